// A run folder from somebody else: no command reads or writes outside of it unasked.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run as command } from "../cli/testing/terminal.js";
import { trainedRun } from "./testing/trainedRun.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-foreign-"));
const cache = process.env.ISTHMUS_CACHE;
let trained = "";
let own = "";
const pictures = join(folder, "private");
beforeAll(async () => {
  process.env.ISTHMUS_CACHE = join(folder, "cache");
  trained = await trainedRun(folder);
  mkdirSync(pictures);
  for (let i = 0; i < 12; i++) {
    await sharp(new Uint8Array(784).fill(20 * i), { raw: { width: 28, height: 28, channels: 1 } }).toFile(
      join(pictures, `${i}.png`),
    );
  }
  const file = join(folder, "own.yaml");
  const text = readFileSync(join(folder, "small.yaml"), "utf8");
  writeFileSync(
    file,
    text
      .replace(/data: .*/, `data: { source: folder, path: ${pictures}, grey: true }`)
      .replace("batchSize: 16", "batchSize: 4"),
  );
  const { stdout, stderr } = await command([
    "train",
    file,
    "--engine=reference",
    "--json",
    "--out",
    join(folder, "own"),
  ]);
  if (stdout === "") throw new Error(stderr);
  own = JSON.parse(stdout.trim().split("\n").at(-1) ?? "").run;
}, 120_000);
afterAll(() => {
  if (cache === undefined) delete process.env.ISTHMUS_CACHE;
  else process.env.ISTHMUS_CACHE = cache;
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
let path = "";
const patience = { timeout: 120_000 };

describe("a run folder with links", patience, () => {
  const elsewhere = (): string => `${path}-elsewhere`;
  beforeEach(() => {
    path = join(folder, "copies", String(++made));
    cpSync(trained, path, { recursive: true });
    mkdirSync(elsewhere());
    for (const name of ["curves.png", "encoder.onnx", "precious"]) writeFileSync(join(elsewhere(), name), "precious");
  });

  it.each([
    ["images", ["evaluate"]],
    ["images", ["map", "--method", "pca"]],
    ["images", ["probe", "--epochs", "1"]],
    ["images", ["sample"]],
    ["images", ["walk", "1", "2"]],
    ["exports", ["export"]],
    ["images", ["train", "--resume"]],
    ["exports", ["train", "--resume"]],
    ["metrics.jsonl", ["train", "--resume"]],
    ["metrics.jsonl", ["evaluate"]],
    ["checkpoints", ["train", "--resume"]],
    ["checkpoints", ["restore", join(pictures, "1.png")]],
    ["images/curves.png", ["train", "--resume"]],
  ])("%s elsewhere: %j neither reads, writes nor removes there", async (name, [first = "", ...rest]) => {
    rmSync(join(path, name), { recursive: true });
    symlinkSync(name.includes(".") ? join(elsewhere(), "precious") : elsewhere(), join(path, name));
    const { code, stderr } = await command([first, path, ...rest]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(`${join(path, name)}: is a link, and nothing in a run folder is followed out of it`);
    expect(stderr).not.toContain("internal:");
    expect(readdirSync(elsewhere()).sort()).toEqual(["curves.png", "encoder.onnx", "precious"]);
    for (const file of readdirSync(elsewhere())) expect(readFileSync(join(elsewhere(), file), "utf8")).toBe("precious");
  });
});

describe("a run folder that names files", patience, () => {
  const said = () => `${join(path, "experiment.yaml")}: would read ${pictures}, and was not made on this machine`;
  beforeEach(() => {
    path = join(folder, "copies", String(++made));
    cpSync(own, path, { recursive: true });
  });
  /** As it would come from another machine. */
  const makeForeign = (): void => {
    const environment = join(path, "environment.json");
    writeFileSync(
      environment,
      readFileSync(environment, "utf8").replace(/"started": "[^"]*"/, `"started": "once ${made}"`),
    );
  };

  it("and was made here reads them unasked, wherever it was moved to", async () => {
    const { code, stderr } = await command(["evaluate", path, "--pictures", "no"]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  it.each([
    ["evaluate", "RUN"],
    ["train", "RUN"],
    ["train", "RUN", "--resume"],
    ["map", "RUN"],
    ["walk", "RUN", "1", "2"],
    ["sample", "RUN"],
    ["probe", "RUN"],
    ["bench", "RUN"],
  ])("and was not is refused, with what it would read: %s %s %s", async (...words) => {
    makeForeign();
    const filled = words.filter((word) => word !== undefined).map((word) => (word === "RUN" ? path : word));
    const asked: string[] = [];
    const no = async (question: string): Promise<boolean> => {
      asked.push(question);
      return false;
    };
    for (const more of [{}, { ask: no }]) {
      const { code, stderr } = await command(filled, more);
      expect(code).not.toBe(0);
      expect(stderr).toContain(said());
      expect(stderr).toContain("--allow-paths");
    }
    expect(asked).toEqual([`${said()}.\nIs that meant? [y/N] `]);
    const silent = await command([...filled, "--no-input"], { ask: no });
    expect(silent.stderr).toContain(said());
    expect(asked).toHaveLength(1);
  });

  it("restores a picture that a person names, for which nothing else is read", async () => {
    makeForeign();
    const out = join(folder, "restored");
    const { code, stderr } = await command(["restore", path, join(pictures, "1.png"), "--out", out]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  it("exports checked on random pixels, and says why", async () => {
    makeForeign();
    const { code, stderr } = await command(["export", path, "--out", join(folder, "exported")]);
    expect(code).toBe(0);
    expect(stderr).toContain("checked on random pixels: the data do not open here (would read");
  });

  it("does what a person allows, and is known from then on", async () => {
    makeForeign();
    const words = ["evaluate", path, "--pictures", "no"];
    expect((await command(words, { ask: async () => true })).code).toBe(0);
    expect((await command(words)).code).toBe(0);
    path = join(folder, "copies", String(++made));
    cpSync(own, path, { recursive: true });
    makeForeign();
    expect((await command(["evaluate", path, "--pictures", "no", "--allow-paths"])).code).toBe(0);
    expect((await command(["evaluate", path, "--pictures", "no"])).code).toBe(0);
  });

  it("is not asked about data that a person names instead", async () => {
    makeForeign();
    const data = "{ source: mnist, limit: { train: 20, test: 12 } }";
    const { code, stderr } = await command([
      "train",
      path,
      "--data",
      data,
      "--epochs",
      "1",
      "--out",
      join(folder, "other"),
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  });

  it("asks about weights to begin with as well", async () => {
    const weights = join(folder, "weights.safetensors");
    writeFileSync(weights, "x");
    cpSync(trained, `${path}-w`, { recursive: true });
    const file = join(`${path}-w`, "experiment.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace(/^initialise: .*$/m, `initialise: { weights: ${weights} }`));
    expect(readFileSync(file, "utf8")).toContain(weights);
    const { code, stderr } = await command(["train", `${path}-w`, "--no-input", "--out", join(folder, "weighted")]);
    expect(code).not.toBe(0);
    expect(stderr).toContain(`would read ${weights}, and was not made on this machine`);
    expect(existsSync(join(folder, "weighted"))).toBe(false);
  });
});

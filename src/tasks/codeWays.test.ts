import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { run } from "../cli/testing/terminal.js";
import { taskFunction } from "./call.js";
import { tasks } from "./index.js";
import { trainedRun } from "./testing/trainedRun.js";

const train = taskFunction(tasks.train);
const walk = taskFunction(tasks.walk);
const sample = taskFunction(tasks.sample);
const map = taskFunction(tasks.map);

const phases = [{ epochs: 1, batchSize: 30, optimizer: "adam" }];
const data = { source: "printed-digits", perClass: 10, size: 28, grey: true };
const experiments = {
  plain: {
    name: "plain",
    data,
    model: {
      kind: "autoencoder",
      encoder: ["flatten", { dense: 4 }],
      decoder: [{ dense: 784 }, "sigmoid", { unflatten: [1, 28, 28] }],
    },
    loss: "mse",
    phases,
  },
  variational: {
    name: "variational",
    data,
    model: {
      kind: "variationalAutoencoder",
      code: 3,
      encoder: ["flatten", { dense: 8 }],
      decoder: [{ dense: 784 }, "sigmoid", { unflatten: [1, 28, 28] }],
    },
    loss: "bce",
    phases,
  },
};

let folder = "";
const runs = { plain: "", variational: "" };
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-walks-"));
  vi.stubEnv("ISTHMUS_CACHE", join(folder, "cache"));
  for (const name of ["plain", "variational"] as const) {
    const file = join(folder, `${name}.yaml`);
    // JSON is YAML.
    writeFileSync(file, JSON.stringify(experiments[name]));
    runs[name] = (await train({ experiment: file, engine: "reference", out: join(folder, "runs") })).run;
  }
}, 120_000);
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe("walk", () => {
  it("draws the path among the run's images and tells stops, nearest images and their distances", async () => {
    const result = await walk({ run: runs.plain, stops: ["0", "class:3", "train:2"], steps: 4 });
    expect(result.file).toBe(join(runs.plain, "images", "walk-0-class-3-train-2.png"));
    // The test split has one image of each digit.
    const three = result.stops[1]?.image;
    expect(three?.class).toBe("3");
    expect(result.stops.map(({ stop, frame }) => [stop, frame])).toEqual([
      ["0", 0],
      ["class:3", 3],
      ["train:2", 6],
    ]);
    expect(result.frames).toHaveLength(7);
    for (const { nearest, distance } of result.frames) {
      expect(nearest.split).toBe("test");
      expect([0, three?.index]).not.toContain(nearest.index);
      expect(distance).toBeGreaterThan(0);
    }
    const { width, height } = await sharp(result.file).metadata();
    // Images of 28 pixels doubled to 56: seven of them with gaps of 4 between the names and the border.
    expect([width, height]).toEqual([144 + 7 * 56 + 6 * 4 + 20, 20 + 56 + 4 + 56 + 22 + 20]);
  });

  it("moves there and back in a GIF, resting at the stops", async () => {
    const out = join(folder, "moving.gif");
    await walk({ run: runs.variational, stops: ["1", "2"], steps: 4, path: "spherical", out });
    const { pages, delay } = await sharp(out, { animated: true }).metadata();
    expect(pages).toBe(6);
    expect(delay).toEqual([640, 80, 80, 640, 80, 80]);
  });

  it("is a command: prints the file, or everything as JSON", async () => {
    const out = join(folder, "command.png");
    const plain = await run(["walk", runs.plain, "0", "1", "--out", out]);
    expect(plain).toMatchObject({ code: 0, stdout: `${out}\n` });
    const { code, stdout } = await run(["walk", runs.plain, "0", "1", "--steps", "3", "--out", out, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: out,
      path: "straight",
      steps: 3,
      stops: [{ frame: 0 }, { frame: 2 }],
    });
  });

  it("takes pictures' files, fitted as asked, light and dark turned around where asked", async () => {
    const out = join(folder, "files.png");
    const strip = async (file: string, options: Partial<Parameters<typeof walk>[0]> = {}) => {
      await walk({ run: runs.plain, stops: [file, "0"], steps: 2, out, ...options });
      return readFileSync(out);
    };
    const write = async (name: string, width: number, grey: (i: number) => number) => {
      // Of one name, as that stands under the picture.
      const file = join(folder, name, "bar.png");
      mkdirSync(dirname(file), { recursive: true });
      const bytes = Uint8Array.from({ length: width * 28 }, (_, i) => grey(i));
      await sharp(bytes, { raw: { width, height: 28, channels: 1 } }).toFile(file);
      return file;
    };
    // Of the model's own size, so that nothing is rounded.
    const light = await write("light", 28, (i) => i % 256);
    const dark = await write("dark", 28, (i) => 255 - (i % 256));
    const plain = await strip(light);
    expect(await strip(dark, { invert: true })).toEqual(plain);
    expect(await strip(dark)).not.toEqual(plain);
    const wide = await write("wide", 56, (i) => 4 * (i % 56));
    const middle = await strip(wide);
    expect(await strip(wide, { fit: "cover" })).toEqual(middle);
    expect(await strip(wide, { fit: "stretch" })).not.toEqual(middle);
  });

  it("warns of a picture that is dark on light to a model of light on dark", async () => {
    const onBlack = await trainedRun(folder);
    const white = join(folder, "white.png");
    await sharp({ create: { width: 28, height: 28, channels: 3, background: "#fff" } }).toFile(white);
    const { stderr, code } = await run(["walk", onBlack, white, "0", "--out", join(folder, "warned.png")]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      `warning: ${white} looks dark on light, and the model was trained on light on dark. --invert turns it around.`,
    );
  });

  it.each([
    ["a picture that is not there", ["0", "nothing.png"], 1, /nothing\.png: /],
    ["a single stop", ["0"], 2, /STOP: expected two stops or more, got “0”/],
    ["an image that is not there", ["0", "999"], 1, /STOP: the test split has 10 images/],
    [
      "a name of another kind",
      ["0", "1", "--out", "walk.jpg"],
      1,
      /--out: expected a name that ends in .png, .gif or .webp/,
    ],
  ])("refuses %s", async (_, words, code, text) => {
    const result = await run(["walk", runs.plain, ...words]);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(text);
  });
});

describe("sample", () => {
  it("draws from the prior of a variational model and from a fitted distribution of a plain one", async () => {
    const prior = await sample({ run: runs.variational, count: 6 });
    expect(prior).toMatchObject({ from: "prior", fittedTo: 0, seed: 0 });
    expect(prior.file).toBe(join(runs.variational, "images", "samples-prior-0.png"));
    expect(existsSync(prior.file)).toBe(true);
    expect(prior.codes.map(({ length }) => length)).toEqual(Array(6).fill(3));
    const fitted = await sample({ run: runs.plain, count: 2 });
    expect(fitted).toMatchObject({ from: "gaussian", fittedTo: 90 });
    expect((await sample({ run: runs.plain, count: 2, from: "prior" })).fittedTo).toBe(0);
  });

  it("gives the same for the same seed, others for another, and begins many with the few", async () => {
    const codes = async (count: number, seed: number) =>
      (await sample({ run: runs.plain, count, seed, out: join(folder, "s.png") })).codes;
    const few = await codes(2, 1);
    expect((await codes(4, 1)).slice(0, 2)).toEqual(few);
    expect(await codes(2, 2)).not.toEqual(few);
  });

  it("leaves no temporary files", () => {
    for (const path of Object.values(runs)) {
      expect(readdirSync(join(path, "images")).filter((name) => name.endsWith(".part"))).toEqual([]);
    }
  });

  it("refuses another ending than .png", async () => {
    const { code, stderr } = await run(["sample", runs.plain, "--out", "s.gif"]);
    expect(code).toBe(2);
    expect(stderr).toContain("--out: expected a name that ends in .png, got “s.gif”");
  });
});

describe("map", () => {
  it("draws the codes of a split's pictures by PCA, and tells where each lies", async () => {
    const { file, points, shares } = await map({ run: runs.plain, method: "pca", on: "train", count: 50 });
    expect(file).toBe(join(runs.plain, "images", "map-pca-train-0.png"));
    expect(existsSync(file)).toBe(true);
    expect(points).toHaveLength(50);
    expect(new Set(points.map(({ image }) => image)).size).toBe(50);
    expect(points.every(({ class: name = "" }) => /^[0-9]$/.test(name))).toBe(true);
    // Principal components: centred, without correlation, the first with more variance.
    const sum = (of: (point: (typeof points)[number]) => number) =>
      points.reduce((total, point) => total + of(point), 0);
    const [across, up] = [sum(({ x }) => x * x), sum(({ y }) => y * y)];
    expect(Math.abs(sum(({ x }) => x))).toBeLessThan(1e-4 * Math.sqrt(50 * across));
    expect(Math.abs(sum(({ x, y }) => x * y))).toBeLessThan(1e-4 * Math.sqrt(across * up));
    expect((shares?.[0] ?? 0) / (shares?.[1] ?? 0)).toBeCloseTo(across / up, 3);
  });

  it("draws the same map by UMAP for the same seed", async () => {
    const options = { run: runs.variational, on: "train", count: 40, neighbours: 5 } as const;
    const { points } = await map({ ...options, out: join(folder, "one.png") });
    expect((await map({ ...options, out: join(folder, "other.png") })).points).toEqual(points);
    expect(points.every(({ x, y }) => Number.isFinite(x + y))).toBe(true);
  });

  it("says what is missing", async () => {
    await expect(map({ run: runs.plain, on: "validation" })).rejects.toThrow("this source has no split validation");
    await expect(map({ run: runs.plain, on: "train", count: 12 })).rejects.toMatchObject({
      at: "--count",
      message: "a map of 15 neighbours needs 16 pictures, --count is 12",
    });
    await expect(map({ run: runs.plain, neighbours: 15 })).rejects.toThrow(
      "a map of 15 neighbours needs 16 pictures, there are 10",
    );
  });
});

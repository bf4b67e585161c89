// score and the ROC part of evaluate, from end to end on a run of a second.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run as command } from "../cli/testing/terminal.js";
import { evaluate, exportRun, score } from "../index.js";
import { trainedRun } from "./testing/trainedRun.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-score-"));
const inFolder = (...names: string[]): string => join(folder, ...names);
const cache = process.env.ISTHMUS_CACHE;
let path = "";
beforeAll(async () => {
  process.env.ISTHMUS_CACHE = inFolder("cache");
  path = await trainedRun(folder);
  mkdirSync(inFolder("photos", "deep"), { recursive: true });
  const light = new Uint8Array(60 * 90 * 3).fill(255);
  await sharp(light, { raw: { width: 90, height: 60, channels: 3 } }).toFile(inFolder("photos", "white.png"));
  const black = { width: 28, height: 28, channels: 1 as const };
  await sharp(new Uint8Array(784), { raw: black }).toFile(inFolder("photos", "deep", "black, plain.png"));
  writeFileSync(inFolder("photos", "broken.png"), "\x89PNG\r\n\x1a\nand no more");
}, 120_000);
afterAll(() => {
  if (cache === undefined) delete process.env.ISTHMUS_CACHE;
  else process.env.ISTHMUS_CACHE = cache;
  rmSync(folder, { recursive: true, force: true });
});
const out = (name: string) => inFolder("out", name);

describe("score", () => {
  it("sorts a folder, the most unlike first, with quantiles, verdicts, a page and heat maps", async () => {
    const result = await score({ run: path, images: [inFolder("photos")], out: out("a"), threshold: "0.9" });
    expect(result.pictures.map(({ picture, verdict }) => [picture, verdict])).toEqual([
      [inFolder("photos", "white.png"), "anomalous"],
      [inFolder("photos", "deep", "black, plain.png"), expect.any(String)],
    ]);
    const [white, black] = result.pictures;
    expect(white?.quantile).toBe(1);
    expect(white?.score).toBeGreaterThan(black?.score ?? Number.POSITIVE_INFINITY);
    expect(result.reference).toMatchObject({ what: "the 40 training pictures", pictures: 40 });
    expect(result.notes.join()).toContain("broken.png was left out");
    expect(readdirSync(out("a")).sort()).toEqual(["black-plain-heat.png", "scores.csv", "white-heat.png", "worst.png"]);
    const lines = readFileSync(result.csv, "utf8").split("\n");
    // Folders below the one that was named are classes, as the source folder has them.
    expect(lines[0]).toBe("picture,class,score,quantile,verdict");
    expect(lines[2]?.startsWith(`"${inFolder("photos", "deep", "black, plain.png")}",deep,`)).toBe(true);
    // The heat map lies over the whole picture, magnified twice to some 192 pixels, with the scale at its right.
    const { width, height } = await sharp(out("a/white-heat.png")).metadata();
    expect([width, height]).toEqual([2 * 90 + 16 + 72 + 12, 2 * 60 + 44]);
  });

  it("calls as many training pictures anomalous as the threshold says", async () => {
    const whole = { run: path, on: "train", pictures: 0, out: out("b") } as const;
    for (const by of ["combined", "mse", "mae", "ssim", "local", "mahalanobis", "neighbour"] as const) {
      const { anomalous, pictures, threshold } = await score({ ...whole, by, threshold: "0.9" });
      // 36 of 40 scores reach the threshold's, none of them twice; what lies above is anomalous. A training picture is its own neighbour.
      expect([by, pictures.length, anomalous]).toEqual([by, 40, by === "neighbour" ? 0 : 4]);
      expect(threshold.quantile).toBe(0.9);
    }
    const byScore = await score({ ...whole, by: "mse", threshold: "score:0" });
    expect([byScore.anomalous, byScore.threshold]).toEqual([40, { score: 0 }]);
    expect(byScore.pictures[0]?.class).toMatch(/^\d$/);
    expect(byScore.page).toBeUndefined();
  });

  it("keeps the training pictures' scores in the run folder, and makes them again where they are not whole", async () => {
    const asked = { run: path, images: [inFolder("photos")], by: "mae", pictures: 0, out: out("c") } as const;
    const first = await score(asked);
    const file = first.reference.file ?? "";
    const bytes = readFileSync(file);
    const { mtimeMs } = statSync(file);
    expect(await score(asked)).toEqual(first);
    expect(statSync(file).mtimeMs).toBe(mtimeMs);
    for (const damaged of [
      bytes.subarray(0, 50),
      Buffer.from("junk"),
      Buffer.from(bytes).fill(0xff, bytes.length - 16),
    ]) {
      writeFileSync(file, damaged);
      expect(await score(asked)).toEqual(first);
      expect(readFileSync(file)).toEqual(bytes);
    }
    // Something that can't be written over is no obstacle.
    rmSync(file);
    mkdirSync(join(file, "in the way"), { recursive: true });
    const again = await score(asked);
    expect(again.pictures).toEqual(first.pictures);
    expect(again.notes.join()).toContain("can't be kept in the run folder");
    rmSync(file, { recursive: true });
    expect(readdirSync(join(path, "scores")).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("works with two ONNX files, held against the pictures in a folder", async () => {
    const { files } = await exportRun({ run: path, out: inFolder("onnx") });
    const [encoder = "", decoder = ""] = files;
    const asked = { encoder, decoder, images: [inFolder("photos", "white.png")], by: "mse", pictures: 0 } as const;
    await expect(score({ ...asked, out: out("d") })).rejects.toMatchObject({ at: "--reference" });
    const found = await score({ ...asked, out: out("d"), reference: inFolder("photos"), threshold: "0.5" });
    const ofRun = await score({ run: path, images: asked.images, by: "mse", pictures: 0, out: out("d") });
    expect(found.reference.pictures).toBe(2);
    // Another engine: float32 on its way.
    expect((found.pictures[0]?.score ?? 0) / (ofRun.pictures[0]?.score ?? 1)).toBeCloseTo(1, 4);
    // Of the two reference pictures one is itself, which is no smaller.
    expect(found.pictures[0]?.quantile).toBe(0.5);
  });

  it("writes over no picture that it reads", async () => {
    mkdirSync(out("e"), { recursive: true });
    const input = out("e/worst.png");
    await sharp(inFolder("photos", "white.png")).toFile(input);
    const before = readFileSync(input);
    const result = await score({ run: path, images: [out("e")], out: out("e"), pictures: 1 });
    expect(result.page).toBe(out("e/worst-2.png"));
    expect(readFileSync(input)).toEqual(before);
  });

  it("hears an abort", async () => {
    const controller = new AbortController();
    const asked = score(
      { run: path, images: [inFolder("photos")], out: out("f") },
      { signal: controller.signal, report: () => controller.abort() },
    );
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    expect(existsSync(out("f"))).toBe(false);
  });
});

describe("the command score", () => {
  it("prints a table, CSV and JSON", async () => {
    const words = ["score", path, inFolder("photos"), "--pictures", "0", "--out", out("g")];
    const table = await command(words);
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(
      /of 2 pictures anomalous: a score above [\d.]+, the quantile 0.99 of the 40 training pictures/,
    );
    expect(table.stderr).toContain("40 reference pictures are too few to tell a quantile of 0.99");
    const csv = await command([...words, "--format", "csv"]);
    expect(csv.stdout).toBe(readFileSync(out("g/scores.csv"), "utf8"));
    const json = await command([...words, "--json"]);
    expect(JSON.parse(json.stdout).pictures).toHaveLength(2);
    expect((await command([...words, "--format", "json"])).stdout).toBe(json.stdout);
  });

  it("says in a sentence what is wrong", async () => {
    const error = async (words: readonly string[]) => {
      const { code, stderr } = await command(["score", ...words]);
      expect(stderr).not.toMatch(/internal:| at .*\.ts/);
      return `${code} ${stderr.split("\n")[0]}`;
    };
    expect(await error([])).toBe("2 error: isthmus score: no run is named");
    expect(await error([inFolder("nowhere"), folder])).toContain("there is no such run folder");
    expect(await error([path, inFolder("nowhere.png")])).toContain("there is no such file or folder");
    expect(await error([path, inFolder("photos", "broken.png")])).toMatch(/^1 error: .*broken\.png/);
    expect(await error([path, inFolder("small.yaml")])).toMatch(/^1 error: .*small\.yaml/);
    expect(await error([path, inFolder("photos"), "--threshold", "1.5"])).toContain(
      "expected a quantile above 0 and at most 1",
    );
    expect(await error([path, inFolder("photos"), "--threshold", "score:"])).toContain("expected a quantile");
    expect(await error([path, inFolder("photos"), "--by", "combind"])).toMatch(/^2 /);
    expect(await error([path, inFolder("photos"), "--by", "kl"])).toContain(
      "--by: kl is a score of variational models",
    );
    expect(await error([path, inFolder("photos"), "--reference", "./gone"])).toContain(
      "there is no such file or folder",
    );
    expect(await error([path, inFolder("photos"), "--reference", "mnst"])).toContain("did you mean mnist");
    expect(await error([path, inFolder("photos"), "--data", "mnist"])).toContain("goes without names of pictures");
    expect(await error([path, "--on", "validation"])).toContain("this source has no split validation");
    expect(await error([path, inFolder("photos"), "--json", "--format", "csv"])).toContain("one form at a time");
    symlinkSync(inFolder("gone"), inFolder("dangling.png"));
    expect(await error([path, inFolder("dangling.png")])).toContain("there is no such file or folder");
    writeFileSync(inFolder("a file"), "");
    expect(await error([path, inFolder("photos"), "--out", inFolder("a file")])).toContain("can't be written");
  });
});

describe("evaluate, of normal and anomalous classes", () => {
  it("gives areas beside PCA's and the nearest picture's, whatever says which classes are normal", async () => {
    const asked = await evaluate({ run: path, normal: ["1,2", "7"], pictures: "yes" });
    const { anomalies } = asked;
    expect(anomalies?.rows.map(({ what }) => what)).toEqual(["combined", "mse", "pca", "nearestImage"]);
    expect([anomalies?.normal ?? 0, anomalies?.anomalous ?? 0].reduce((a, b) => a + b)).toBe(20);
    // Of MNIST's first 20 test digits 7, 2, 1, 0, 4, 1, 4, 9, 5, 9, 0, 6, 9, 0, 1, 5, 9, 7, 3, 4 six are 1, 2 or 7.
    expect([anomalies?.normal, anomalies?.normalClasses, anomalies?.because]).toEqual([
      6,
      ["1", "2", "7"],
      "by --normal",
    ]);
    for (const { area, interval } of anomalies?.rows ?? []) {
      expect(interval[0]).toBeLessThanOrEqual(area);
      expect(interval[1]).toBeGreaterThanOrEqual(area);
    }
    expect(existsSync(asked.files.roc ?? "")).toBe(true);
    const turned = await evaluate({ run: path, anomalous: ["0,3,4,5,6,8,9"], pictures: "no" }).catch(({ at }) => at);
    // There is no 8 among them, but among the training pictures.
    expect(turned).toMatchObject({ anomalies: { rows: anomalies?.rows } });
    expect((await evaluate({ run: path, pictures: "no" })).anomalies).toBeUndefined();
    const text = await command(["evaluate", path, "--pictures", "no", "--normal", "1", "--by", "mae"]);
    expect(text.stdout).toContain("the model, mae: as isthmus score, 0.99 of training");
  });

  it("says in a sentence which classes there are not", async () => {
    const fails = (more: object) => evaluate({ run: path, pictures: "no", ...more });
    await expect(fails({ normal: ["eleven"] })).rejects.toMatchObject({
      at: "--normal",
      message: expect.stringContaining("there is no class called eleven"),
    });
    await expect(fails({ normal: ["1"], anomalous: ["2"] })).rejects.toMatchObject({ at: "--anomalous" });
    await expect(fails({ normal: ["0,1,2,3,4,5,6,7,8,9"] })).rejects.toThrow("all of these pictures would be normal");
    await expect(fails({ normal: ["8"] })).rejects.toThrow("none of these pictures would be normal");
  });
});

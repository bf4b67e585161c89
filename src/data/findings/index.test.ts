// Small folders, each with one defect: that is found, and nothing in a folder without any.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderSizes } from "../folderSizes.js";
import { readSource } from "../sources/index.js";
import type { Finding } from "./define.js";
import { findingKinds, findingsOf, inspect, worstFindings } from "./index.js";

let folder = "";
let seed = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-findings-"));
  seed = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (name: string) => join(folder, name);
/** A picture of coloured discs, different each time. */
async function put(name: string, { height = 16, width = 16, isGrey = false } = {}): Promise<void> {
  mkdirSync(dirname(path(name)), { recursive: true });
  const draw = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  draw();
  const bytes = Buffer.alloc(height * width * 3, 30);
  for (let disc = 0; disc < 6; disc++) {
    const [cy, cx, radius] = [draw() * height, draw() * width, 2 + (draw() * height) / 4];
    const colour = [draw() * 256, draw() * 256, draw() * 256];
    for (let i = 0; i < height * width; i++) {
      if ((Math.floor(i / width) - cy) ** 2 + ((i % width) - cx) ** 2 > radius * radius) continue;
      for (let c = 0; c < 3; c++) bytes[3 * i + c] = Math.floor(colour[isGrey ? 0 : c] ?? 0);
    }
  }
  // Grey pixels in a file of colour.
  if (isGrey) for (let i = 0; i < height * width; i++) bytes.fill(bytes[3 * i] ?? 0, 3 * i, 3 * i + 3);
  await sharp(bytes, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path(name));
}
/** Two classes with enough of everything. */
async function putClean(options: Parameters<typeof put>[1] = {}): Promise<void> {
  for (let i = 0; i < 55; i++) {
    await put(`train/a/${i}.png`, options);
    await put(`train/b/${i}.png`, options);
  }
  for (const name of ["a", "b"]) for (let i = 0; i < 5; i++) await put(`test/${name}/${i}.png`, options);
}
async function found(options: object = {}): Promise<readonly Finding[]> {
  const source = await readSource({ source: "folder", path: folder, ...options }, "data").open();
  const sizes = await folderSizes(folder, 1e6);
  return findingsOf(await inspect(source, { sizes }));
}
const names = (findings: readonly Finding[]) => findings.map(({ name }) => name);

describe("a folder", () => {
  it("without a defect has no finding", async () => {
    await putClean();
    expect(await found()).toEqual([]);
    const source = await readSource(`folder:${folder}`, "data").open();
    expect(worstFindings(source, false)).toEqual([]);
  });

  it("with a picture in train and test has that, first of all, and a training is warned", async () => {
    await putClean();
    copyFileSync(path("train/a/3.png"), path("test/a/again.png"));
    const [first, second] = await found();
    expect(first).toMatchObject({ name: "trainInTest", severity: 3, share: 1 / 11 });
    expect(first?.message).toBe(
      "1 of 11 test images is in the training images too, so the test figures are better than they should be: test/a/again.png and train/a/3.png",
    );
    expect(second).toMatchObject({ name: "copies", severity: 1 });
    const source = await readSource(`folder:${folder}`, "data").open();
    expect(names(worstFindings(source, false))).toEqual(["trainInTest"]);
  });

  it("with a picture saved again as JPEG in the test has a near copy", async () => {
    await putClean({ height: 32, width: 32 });
    await sharp(path("train/b/7.png")).jpeg({ quality: 90 }).toFile(path("test/b/again.jpg"));
    const [first, second, ...others] = await found();
    expect(first).toMatchObject({ name: "nearTrainInTest", severity: 3 });
    expect(first?.message).toContain("test/b/again.jpg and train/b/7.png");
    expect([second?.name, others]).toEqual(["nearCopies", []]);
  });

  it("with a picture in two classes has a wrong label", async () => {
    await putClean();
    copyFileSync(path("train/a/3.png"), path("train/b/wrong.png"));
    const [first] = await found();
    expect(first).toMatchObject({ name: "contraryLabels", severity: 3 });
    expect(first?.message).toBe(
      "1 picture is in several classes at once, so a label is wrong: train/a/3.png is in a and b",
    );
  });

  it("with a broken file and a text file names both, with the reason", async () => {
    await putClean();
    writeFileSync(path("train/a/cut.png"), readFileSync(path("train/a/1.png")).subarray(0, 90));
    writeFileSync(path("train/a/notes.txt"), "seen in spring");
    const findings = await found();
    expect(findings.map(({ name, severity }) => [name, severity])).toEqual([
      ["brokenFiles", 2],
      ["otherFiles", 1],
    ]);
    expect(findings[0]?.message).toBe(
      "1 picture cannot be read and is left out: train/a/cut.png (the picture is damaged or cut off)",
    );
    expect(findings[1]?.message).toContain("passed over: train/a/notes.txt");
    // Opening has said it.
    const source = await readSource(`folder:${folder}`, "data").open();
    expect(worstFindings(source, false)).toEqual([]);
  });

  it("with pictures that show nothing names them", async () => {
    await putClean();
    const background = { r: 200, g: 40, b: 90 };
    for (const name of ["x", "y"])
      await sharp({
        create: { width: 16, height: 16, channels: 3, background: { ...background, b: name === "x" ? 90 : 20 } },
      })
        .png()
        .toFile(path(`train/a/${name}.png`));
    const [first, ...others] = await found();
    expect(first).toMatchObject({ name: "emptyPictures", severity: 2, share: 2 / 122 });
    expect(first?.message).toContain("train/a/x.png, train/a/y.png");
    expect(others).toEqual([]);
  });

  it("with a class of three pictures names it, and that none of them is tested", async () => {
    await putClean();
    for (let i = 0; i < 3; i++) await put(`train/c/${i}.png`);
    const findings = await found();
    expect(names(findings)).toEqual(["smallClasses"]);
    expect(findings[0]?.message).toBe(
      "1 of 3 classes has fewer than 10 training images, too few to be told apart: c (3); 1 has no test image",
    );
  });

  it("of few pictures says so, unless few were asked for", async () => {
    for (let i = 0; i < 30; i++) await put(`${i}.png`);
    const findings = await found();
    expect(names(findings)).toEqual(["fewPictures"]);
    expect(findings[0]?.message).toContain("there are 27 training images");
    const source = await readSource({ source: "folder", path: folder, limit: { train: 5 } }, "data").open();
    expect(worstFindings(source, true)).toEqual([]);
  });

  it("of several sizes names the smallest and the largest, and what is enlarged", async () => {
    await putClean();
    await put("train/a/wide.png", { height: 12, width: 40 });
    const findings = await found({ size: 40 });
    expect(findings[0]).toMatchObject({ name: "mixedSizes", severity: 2 });
    // 120 pictures of 16×16 are enlarged two and a half times.
    expect(findings[0]?.message).toContain("2 sizes, from 16×16 to 12×40");
    expect(findings[0]?.message).toContain("; 121 are enlarged more than twice to 40×40");
  });

  it("of grey pictures in files of colour says that one channel would do", async () => {
    await putClean({ isGrey: true });
    expect(names(await found({ grey: false }))).toEqual(["greyAsColour"]);
    expect(await found({ grey: true })).toEqual([]);
  });
});

describe("values of a small range", () => {
  it("are found, for they hide what a loss means", async () => {
    const pixels = Uint8Array.from({ length: 120 * 64 }, (_, i) => ((i * i) % 1013) % 20);
    const indices = Uint32Array.from({ length: 120 }, (_, i) => i);
    const set = { count: 120, shape: [1, 8, 8], pixels, indices };
    const card = { name: "made", title: "made", origin: "here", licence: "none", checksums: {} };
    const other = { ...set, pixels: pixels.map((value) => (value * 7 + 3) % 20) };
    const findings = findingsOf(await inspect({ card, splits: { train: set, test: other } }));
    expect(findings[0]).toMatchObject({ name: "narrowRange", severity: 3 });
    expect(findings[0]?.message).toContain("all values lie from 0 to 19 of 255");
  });
});

describe("the list", () => {
  it("names each kind once, with a sentence", () => {
    expect(new Set(findingKinds.map(({ name }) => name)).size).toBe(findingKinds.length);
    for (const { summary } of findingKinds) expect(summary).toMatch(/^[A-Z].*\.$/);
  });
});

import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FolderDisk, folderDisk } from "../folderDisk.js";
import { readPixels } from "../imageStore.js";
import { openFolder } from "./folder.js";
import { readSource } from "./index.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-folder-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(name: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), bytes);
}
const png = (grey: number, width = 4, height = 4) =>
  sharp(new Uint8Array(width * height).fill(grey), { raw: { width, height, channels: 1 } })
    .toColourspace("b-w")
    .png()
    .toBuffer();
/** `count` pictures of greys 1, 2, … in a folder of a class. */
async function putClass(name: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await put(`${name}/${String(i).padStart(3, "0")}.png`, await png(i + 1));
}
const open = (more: Record<string, unknown> = {}) =>
  readSource({ source: "folder", path: folder, ...more }, "data").open();
const refusal = (message: unknown, more: Record<string, unknown> = {}) => ({ name: "UserError", message, ...more });

describe("folder", () => {
  it("takes subfolders as classes and splits each in proportion, from one name", async () => {
    await putClass("7", 20);
    await putClass("3", 10);
    const { splits, classes, card, notes } = await readSource(`folder:${folder}`, "data").open();
    expect(classes).toEqual(["3", "7"]);
    expect([splits.train.count, splits.test.count, splits.train.shape]).toEqual([27, 3, [1, 4, 4]]);
    expect([...(splits.test.labels ?? [])].sort()).toEqual([0, 1, 1]);
    // Images are numbered in the order of their names: 3/000.png to 3/009.png, then 7/000.png.
    for (const set of [splits.train, splits.test]) {
      for (const [place, index] of set.indices.entries()) {
        expect(readPixels(set, place, 1)[0]).toBe((index < 10 ? index : index - 10) + 1);
        expect(set.labels?.[place]).toBe(index < 10 ? 0 : 1);
      }
    }
    expect(card.title).toBe(`30 pictures in ${folder}`);
    expect(notes).toBeUndefined();
  });

  it("has the same order and checksum whatever order the disk lists", async () => {
    await putClass("b", 6);
    await putClass("a", 6);
    const given = { path: folder, fit: "cover", strict: false, limitPixels: 1e6 } as const;
    const split = { train: 0.9, by: "image", seed: 0 } as const;
    const backwards: FolderDisk = {
      ...folderDisk,
      list: async (path) => [...(await folderDisk.list(path))].sort().reverse(),
    };
    const forwards: FolderDisk = { ...folderDisk, list: async (path) => [...(await folderDisk.list(path))].sort() };
    const options = { ...given, size: undefined, grey: undefined, split };
    const a = await openFolder(options, {}, backwards);
    const b = await openFolder(options, {}, forwards);
    expect([...a.splits.train.indices]).toEqual([...b.splits.train.indices]);
    expect([...readPixels(a.splits.train, 0, 11)]).toEqual([...readPixels(b.splits.train, 0, 11)]);
    expect(a.card.checksums).toEqual(b.card.checksums);
    await rename(join(folder, "a/000.png"), join(folder, "a/zzz.png"));
    expect((await openFolder(options, {}, forwards)).card.checksums).not.toEqual(b.card.checksums);
  });

  it("takes folders train, val and test as splits", async () => {
    await putClass("train/x", 3);
    await putClass("train/y", 2);
    await putClass("val/x", 1);
    await putClass("test/y", 4);
    const { splits, classes } = await open();
    expect(classes).toEqual(["x", "y"]);
    expect([splits.train.count, splits.validation?.count, splits.test.count]).toEqual([5, 1, 4]);
    expect([...(splits.test.labels ?? [])]).toEqual([1, 1, 1, 1]);
  });

  it("resizes pictures of mixed sizes, and asks for the size where none is given", async () => {
    await put("a.png", await png(10, 20, 20));
    await put("b.png", await png(20, 64, 48));
    await put("c.png", await png(30, 1, 1));
    await expect(open()).rejects.toMatchObject(
      refusal("the pictures have 3 sizes, from 1×1 to 48×64; a model takes one", {
        at: folder,
        hint: `Say which, for example { source: folder, path: ${folder}, size: [64, 64] }.`,
      }),
    );
    const { splits } = await open({ size: [8, 6], split: { train: 0.6 } });
    expect([splits.train.count, splits.test.count, splits.train.shape]).toEqual([2, 1, [1, 8, 6]]);
    const flat = [...readPixels(splits.train, 0, 2), ...readPixels(splits.test, 0, 1)];
    expect([...new Set(flat)].sort((a, b) => a - b)).toEqual([10, 20, 30]);
  });

  it("is grey where all pictures are, else in colour, and as one says", async () => {
    await put("a.png", await png(10));
    await put(
      "b.png",
      await sharp({ create: { width: 4, height: 4, channels: 3, background: "#f00" } })
        .png()
        .toBuffer(),
    );
    expect((await open()).splits.train.shape).toEqual([3, 4, 4]);
    expect((await open({ grey: true })).splits.train.shape).toEqual([1, 4, 4]);
  });

  it("reads names with spaces, Cyrillic and emoji", async () => {
    const names = ["my pictures/a b.png", "цифры/семь.png", "🙂/😀 1.png", "é/e\u0301.png"];
    for (const [i, name] of names.entries()) await put(name, await png(i + 1));
    const { splits, classes } = await open({ split: { train: 0.75 } });
    expect(splits.train.count + splits.test.count).toBe(4);
    expect(new Set(classes)).toEqual(new Set(["my pictures", "цифры", "🙂", "é"]));
  });

  it("splits by class and by group, which then share nothing, in validation too", async () => {
    for (const name of ["a", "b", "c", "d"]) await putClass(name, 5);
    const { splits } = await open({ split: { train: 0.75, by: "class" }, validation: 5 });
    expect([splits.train.count, splits.validation?.count, splits.test.count]).toEqual([10, 5, 5]);
    const seen = [splits.train, splits.validation, splits.test].map((set) => [...new Set(set?.labels)]);
    expect(seen.flat().sort()).toEqual([0, 1, 2, 3]);
  });

  it("labels more than 256 classes with 16 bits", async () => {
    const picture = await png(5);
    for (let i = 0; i < 300; i++) await put(`${String(i).padStart(3, "0")}/a.png`, picture);
    const { splits } = await open({ split: { by: "class" } });
    expect(splits.train.labels).toBeInstanceOf(Uint16Array);
    expect(Math.max(...(splits.train.labels ?? []), ...(splits.test.labels ?? []))).toBe(299);
  });

  it("says why pictures have no labels, and that a class has one picture", async () => {
    await putClass("a", 9);
    await put("loose.png", await png(1));
    const loose = await open();
    expect(loose.splits.train.labels).toBeUndefined();
    expect(loose.notes).toEqual([
      "the pictures have no labels: 1 of 10 lie beside the class folders, for example loose.png",
    ]);
    await rename(join(folder, "loose.png"), join(folder, "a/loose.png"));
    await putClass("single", 1);
    expect((await open()).notes).toEqual(["the class “single” has one picture, which is trained on and never tested"]);
  });
});

describe("a folder with something wrong", () => {
  it("without a picture, or that is not there, is refused", async () => {
    await put("readme.txt", "no picture here");
    await expect(open()).rejects.toMatchObject(
      refusal("there is no picture in this folder", {
        at: folder,
        hint: "PNG, JPEG, WebP, GIF, TIFF, AVIF and SVG files are read, in subfolders too.",
      }),
    );
    const missing = join(folder, "missing");
    await expect(readSource(`folder:${missing}`, "data").open()).rejects.toMatchObject(
      refusal("there is no such file or folder", { at: missing }),
    );
    await expect(readSource(`folder:${join(folder, "readme.txt")}`, "data").open()).rejects.toMatchObject(
      refusal("is a file, not a folder"),
    );
  });

  it("with a text file called .png among a thousand good ones skips and counts it, and refuses it with strict", async () => {
    const picture = await png(9);
    for (let i = 0; i < 1000; i++) await put(`${i}.png`, picture);
    await put("500b.png", "this is text");
    const { splits, notes } = await open();
    expect(splits.train.count + splits.test.count).toBe(1000);
    expect(notes).toEqual(["1 of 1,001 files was skipped: 500b.png (this is no picture)"]);
    await expect(open({ strict: true })).rejects.toMatchObject(
      refusal("this is no picture", { at: join(folder, "500b.png") }),
    );
  });

  it("skips truncated, empty and too large pictures with their reasons", async () => {
    await putClass("good", 5);
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
    const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    await put("good/cut.jpg", jpeg.subarray(0, jpeg.length / 2));
    await put("good/empty.png", "");
    await put("good/huge.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>');
    const { splits, notes } = await open({ size: 4, grey: true, split: { train: 0.5 } });
    expect(splits.train.count + splits.test.count).toBe(5);
    expect(notes).toEqual([
      "3 of 8 files were skipped: good/cut.jpg (the picture is damaged or cut off), " +
        "good/empty.png (the file is empty), " +
        "good/huge.svg (the picture has 20000×20000 pixels, more than the limit of 100,000,000)",
    ]);
  });

  it("finds pictures without an ending by their bytes, and leaves other files alone", async () => {
    await put("a", await png(1));
    await put("b.dat", await png(2));
    await put("labels.csv", "a,1\nb,2\n");
    await put(".hidden.png", await png(3));
    const { splits, notes } = await open({ split: { train: 0.5 } });
    expect([splits.train.count, splits.test.count, notes]).toEqual([1, 1, undefined]);
  });

  it("leaves out links that lead in a circle, and refuses them with strict", async () => {
    await putClass("a", 4);
    await symlink(folder, join(folder, "a", "loop"));
    await symlink("self.png", join(folder, "self.png"));
    const { splits, notes } = await open();
    expect(splits.train.count + splits.test.count).toBe(4);
    expect(notes).toEqual([
      "2 of 6 files were skipped: a/loop (this link leads back to a folder that it lies in), " +
        "self.png (is a link that leads back to itself)",
    ]);
    await expect(open({ strict: true })).rejects.toMatchObject(refusal(expect.stringContaining("lead")));
  });

  it("says that a folder or a picture may not be read", async () => {
    await putClass("a", 3);
    await putClass("b", 3);
    const denied = (part: string): FolderDisk => {
      const check = (path: string): void => {
        if (path.includes(part)) throw Object.assign(new Error("EACCES"), { code: "EACCES" });
      };
      return {
        ...folderDisk,
        async list(path) {
          check(path);
          return await folderDisk.list(path);
        },
        async read(path) {
          check(path);
          return await folderDisk.read(path);
        },
      };
    };
    const options = { path: folder, size: 4, grey: true, fit: "cover", strict: false, limitPixels: 1e6 } as const;
    const split = { train: 0.5, by: "image", seed: 0 } as const;
    await expect(openFolder({ ...options, split }, {}, denied(`${folder}/b`))).rejects.toMatchObject(
      refusal("cannot be read: permission denied", {
        at: join(folder, "b"),
        hint: "Make it readable for this user (chmod u+r).",
      }),
    );
    const { notes } = await openFolder({ ...options, split }, {}, denied("a/001.png"));
    expect(notes).toEqual(["1 of 6 files was skipped: a/001.png (cannot be read: permission denied)"]);
  });

  it("of which no picture can be read is refused", async () => {
    await put("a.png", "text");
    await put("b.png", "text");
    await expect(open()).rejects.toMatchObject(
      refusal("no picture for training can be read", { hint: "For example a.png: this is no picture." }),
    );
  });

  it("with one picture cannot be split", async () => {
    await put("a.png", await png(1));
    await expect(open()).rejects.toMatchObject(refusal("one picture cannot be parted into training and test"));
  });
});

describe("the spec of a folder", () => {
  it.each([
    ["folder", "the source folder needs a path", "data"],
    ["folder:", "the source folder needs a path", "data"],
    ["mnist:./x", "the source mnist takes no path", "data"],
    [{ source: "folder", path: "x", size: 0 }, "expected at least 1 pixel, got 0", "data.size"],
    [{ source: "folder", path: "x", fit: "crop" }, 'expected one of cover, contain, stretch, got "crop"', "data.fit"],
    [
      { source: "folder", path: "x", split: { by: "person" } },
      'expected image, class or group, got "person"',
      "data.split.by",
    ],
    [
      { source: "folder", path: "x", validation: 1.5 },
      "expected a share of the training images below 1, or a number of images",
      "data.validation",
    ],
  ])("%j is refused", (spec, message, at) => {
    expect(() => readSource(spec, "data")).toThrow(expect.objectContaining({ name: "UserError", message, at }));
  });
});

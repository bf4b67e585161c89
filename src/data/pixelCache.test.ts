// What is kept of a folder's pictures: taken again where nothing has changed, and never where something has.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OpenSource } from "./define.js";
import { folderDisk } from "./folderDisk.js";
import { readPixels } from "./imageStore.js";
import { openPixelCache, type PixelCacheOptions } from "./pixelCache.js";
import { openFolder } from "./sources/folder.js";

let root = "";
let pictures = "";
let cache = "";
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "isthmus-kept-"));
  pictures = join(root, "pictures");
  cache = join(root, "cache");
  mkdirSync(pictures);
  for (let i = 0; i < 12; i++) await put(`${String(i).padStart(2, "0")}.png`, i + 1);
});
afterEach(() => rmSync(root, { recursive: true }));

const picture = (grey: number, side = 4) =>
  sharp(new Uint8Array(side * side).fill(grey), { raw: { width: side, height: side, channels: 1 } })
    .toColourspace("b-w")
    .png({ compressionLevel: 0 })
    .toBuffer();
async function put(name: string, grey: number): Promise<void> {
  writeFileSync(join(pictures, name), await picture(grey));
}

/** What an opening gives, and which files it read. Its clock is ahead, so that files made just now are sure. */
async function open(
  more: Partial<PixelCacheOptions> = {},
  options: Record<string, unknown> = {},
  /** Ends the opening when this is the file that is read. */
  abortAt?: string,
) {
  const abort = new AbortController();
  const read: string[] = [];
  const disk = {
    ...folderDisk,
    read: (path: string) => {
      read.push(path.slice(pictures.length + 1));
      if (path.endsWith(abortAt ?? "\n")) abort.abort();
      return folderDisk.read(path);
    },
  };
  const split = { train: 0.5, by: "image", seed: 0 } as const;
  const source = await openFolder(
    { path: pictures, size: 4, grey: true, fit: "cover", strict: false, limitPixels: 1e6, split, ...options },
    { signal: abort.signal },
    disk,
    { folder: cache, most: 1e9, now: () => Date.now() + 10_000, ...more },
  );
  return { source, read, told: facts(source) };
}
const facts = ({ splits, card, notes }: OpenSource) => ({
  card,
  notes,
  train: [...splits.train.indices].map((index, place) => [index, ...readPixels(splits.train, place, 1)]),
  test: [...splits.test.indices].map((index, place) => [index, ...readPixels(splits.test, place, 1)]),
});
const entries = () => readdirSync(cache).sort();

describe("decoded pictures that are kept", () => {
  it("are taken the second time, when no file is read, with the same pixels, checksum and skipped files", async () => {
    writeFileSync(join(pictures, "broken.png"), "no picture");
    const first = await open();
    expect(first.read).toHaveLength(13);
    const second = await open();
    expect(second.read).toEqual([]);
    expect(second.told).toEqual(first.told);
    expect(second.told.notes).toEqual(["1 of 13 files was skipped: broken.png (this is no picture)"]);
    expect(entries()).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.pixels$/)]);
  });

  it("are those that an opening has decoded when it is aborted, where they are more than were kept before", async () => {
    // Eight are begun at once, one more with each that is done.
    await expect(open({}, {}, "10.png")).rejects.toMatchObject({ name: "AbortError" });
    const second = await open();
    expect(second.read.length).toBeLessThan(12);
    expect(second.read).toContain("11.png");
    await put("05.png", 99);
    await expect(open({}, {}, "05.png")).rejects.toMatchObject({ name: "AbortError" });
    const third = await open();
    expect(third.read).toEqual(["05.png"]);
    rmSync(cache, { recursive: true });
    expect(third.told).toEqual((await open()).told);
  });

  it("are kept apart for each size and way of decoding, and found for headers too", async () => {
    const unsized = { size: undefined, grey: undefined };
    await open({}, unsized);
    const again = await open({}, unsized);
    expect([again.read, again.source.splits.train.shape]).toEqual([[], [1, 4, 4]]);
    expect((await open({}, { size: 2 })).read).toHaveLength(12);
    expect((await open({}, { size: 2 })).read).toEqual([]);
    // Another split takes the same pictures.
    expect((await open({}, { size: 2, split: { train: 0.75, by: "image", seed: 1 } })).read).toEqual([]);
    expect(entries()).toHaveLength(2);
  });

  it("are decoded again for files that changed, alone: contents, name, length, and what is new", async () => {
    await open();
    await put("03.png", 200);
    renameSync(join(pictures, "04.png"), join(pictures, "04b.png"));
    truncateSync(join(pictures, "05.png"), 60);
    rmSync(join(pictures, "06.png"));
    await put("20.png", 77);
    const changed = await open();
    expect(changed.read.sort()).toEqual(["03.png", "04b.png", "05.png", "20.png"]);
    expect(changed.told.notes).toEqual(["1 of 12 files was skipped: 05.png (the picture is damaged or cut off)"]);
    rmSync(cache, { recursive: true });
    expect((await open()).told).toEqual(changed.told);
    expect((await open()).read).toEqual([]);
  });

  it("are decoded again for a file of the same length and time of change: the system notes that its time was set", async () => {
    const path = join(pictures, "07.png");
    utimesSync(path, 1000, 1000);
    const first = await open();
    const before = statSync(path);
    // As short as the system's clock for files may go.
    while (Date.now() - before.ctimeMs < 50) await new Promise((later) => void setTimeout(later, 10));
    await put("07.png", 250);
    utimesSync(path, 1000, 1000);
    const after = statSync(path);
    expect([after.size, after.mtimeMs]).toEqual([before.size, before.mtimeMs]);
    const second = await open();
    expect(second.read).toEqual(["07.png"]);
    expect(second.told).not.toEqual(first.told);
  });

  it("are not believed of files that changed less than two seconds before they were read", async () => {
    const changed = Math.min(...readdirSync(pictures).map((name) => statSync(join(pictures, name)).ctimeMs));
    const now = () => changed + 1000;
    await open({ now });
    expect((await open({ now })).read).toHaveLength(12);
  });
});

describe("a file of kept pictures", () => {
  const only = () => join(cache, entries()[0] ?? "");

  it.each([
    ["cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ["cut off within the pixels", (bytes: Buffer) => bytes.subarray(0, 100)],
    ["empty", () => Buffer.alloc(0)],
    ["of something else", () => Buffer.from("this is another program's file, of whatever length it may be")],
    ["with another length of its index", (bytes: Buffer) => changedAt(bytes, bytes.length - 50)],
    ["with a changed index", (bytes: Buffer) => changedAt(bytes, bytes.length - 200)],
  ])("%s is not believed, and made again", async (_, damage) => {
    const first = await open();
    writeFileSync(only(), damage(readFileSync(only())));
    const second = await open();
    expect([second.read.length, second.told]).toEqual([12, first.told]);
    expect((await open()).read).toEqual([]);
  });

  it("with a changed pixel has that picture decoded again, and is made again the next time", async () => {
    const first = await open();
    // The first row lies behind the 17 bytes that every such file begins with.
    writeFileSync(only(), changedAt(readFileSync(only()), 20));
    const second = await open();
    expect([second.read, second.told]).toEqual([["00.png"], first.told]);
    expect((await open()).read).toHaveLength(12);
    expect((await open()).read).toEqual([]);
  });

  it("stays within the bound of all: what was used last is kept, what was left half-written goes", async () => {
    await open({}, { size: 100 });
    const [large = ""] = entries();
    const bytes = statSync(join(cache, large)).size;
    await open({}, { size: 99 });
    const second = entries().find((name) => name !== large) ?? "";
    writeFileSync(join(cache, "notes.txt"), "somebody's own");
    const part = `${"0".repeat(32)}.pixels.1-a.part`;
    writeFileSync(join(cache, part), "left behind");
    utimesSync(join(cache, part), 1000, 1000);
    // The first is used again, later than the second was.
    await open({ now: () => Date.now() + 60_000 }, { size: 100 });
    await open({ most: 2.5 * bytes, now: () => Date.now() + 90_000 }, { size: 98 });
    expect(entries()).toContain(large);
    expect(entries()).not.toContain(second);
    expect(entries()).not.toContain(part);
    expect(entries()).toContain("notes.txt");
    expect(entries()).toHaveLength(3);
    // What would not fit alone is not kept at all, and nothing makes room for it.
    const third = await open({ most: bytes / 2 }, { size: 101 });
    expect(third.told.notes).toBeUndefined();
    expect(entries()).toHaveLength(3);
  });

  it("is done without where the disk is full, with one sentence and nothing left half-written", async () => {
    let left = 3;
    const append: NonNullable<PixelCacheOptions["append"]> = () => {
      if (left-- > 0) return 1;
      throw Object.assign(new Error("no room"), { code: "ENOSPC" });
    };
    const { told, source } = await open({ append });
    expect(source.splits.train.count + source.splits.test.count).toBe(12);
    expect(told.notes).toEqual([
      `the decoded pictures are not kept for the next opening: the disk is full (${cache}; ISTHMUS_CACHE=off keeps none)`,
    ]);
    expect(entries()).toEqual([]);
    expect((await open()).told.notes).toBeUndefined();
    expect(entries()).toHaveLength(1);
  });

  it("is done without where its folder is a file", async () => {
    writeFileSync(cache, "a file");
    const { told, source } = await open();
    expect(source.splits.train.count).toBe(6);
    expect(told.notes).toEqual([expect.stringContaining("the cache folder is a file")]);
  });

  it("may be written by two at once, and read while it is replaced", async () => {
    const [a, b] = await Promise.all([open(), open()]);
    expect(a.told).toEqual(b.told);
    expect(entries()).toHaveLength(1);
    const options = { settings: "two", folder: cache, most: 1e9, now: () => Date.now() + 10_000 };
    const file = (name: string) => ({ name, facts: { bytes: 1, modified: 2, changed: 3 } });
    const write = (grey: number) => {
      const writer = openPixelCache(pictures, options)?.write([1, 1, 2], 1);
      writer?.add(file("a"), undefined, { hash: String(grey), pixels: new Uint8Array(2).fill(grey) });
      return writer;
    };
    write(10)?.finish();
    const old = openPixelCache(pictures, options);
    const [one, two] = [write(20), write(30)];
    one?.finish();
    two?.finish();
    const pixelsOf = (one: typeof old) => {
      const found = one?.find(file("a"));
      return found === undefined || "reason" in found ? undefined : one?.pixels(found)?.[0];
    };
    expect(pixelsOf(old)).toBe(10);
    expect(pixelsOf(openPixelCache(pictures, options))).toBe(30);
  });

  it("is not made where the bound is 0", async () => {
    await open({ most: 0 });
    expect(() => readdirSync(cache)).toThrow("ENOENT");
  });
});

function changedAt(bytes: Buffer, place: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[place] = (changed[place] ?? 0) ^ 255;
  return changed;
}

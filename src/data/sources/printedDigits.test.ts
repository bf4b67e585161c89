import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ImageSet } from "../define.js";
import { readPixels } from "../imageStore.js";
import { readSource } from "./index.js";

let cache = "";
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "isthmus-cache-"));
  vi.stubEnv("ISTHMUS_CACHE", cache);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

const open = (more: Readonly<Record<string, unknown>> = {}) =>
  readSource({ source: "printed-digits", perClass: 20, size: 32, ...more }, "data").open();

describe("printed-digits", () => {
  it("splits each digit's pictures alike, and every picture is in one split", async () => {
    const { splits, classes } = await open();
    expect(splits.train).toMatchObject({ count: 180, shape: [3, 32, 32] });
    expect(splits.test).toMatchObject({ count: 20, shape: [3, 32, 32] });
    expect(classes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    const perDigit = ({ labels = new Uint8Array() }: ImageSet) =>
      Array.from({ length: 10 }, (_, digit) => [...labels].filter((label) => label === digit).length);
    expect(perDigit(splits.train)).toEqual(Array(10).fill(18));
    expect(perDigit(splits.test)).toEqual(Array(10).fill(2));
    const indices = [...splits.train.indices, ...splits.test.indices].sort((a, b) => a - b);
    expect(indices).toEqual(Array.from({ length: 200 }, (_, image) => image));
    expect([...splits.test.indices].map((image) => image % 10)).toEqual([...(splits.test.labels ?? [])]);
  });

  it("gives the size of each digit as an attribute", async () => {
    const { splits } = await open();
    for (const { attributes, count } of [splits.train, splits.test]) {
      const sizes = attributes?.size ?? new Float32Array();
      expect(sizes).toHaveLength(count);
      // A fifth of 32 pixels is 6.4, so 6 rows may be inked; nearly all is 96 %.
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(6 / 32);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(31 / 32);
    }
  });

  it("turns to grey by luma", async () => {
    const colour = (await open()).splits.test;
    const grey = (await open({ grey: true })).splits.test;
    expect(grey.shape).toEqual([1, 32, 32]);
    const [colours, greys] = [readPixels(colour, 0, 20), readPixels(grey, 0, 20)];
    let furthest = 0;
    for (let i = 0; i < 20 * 1024; i++) {
      const at = Math.floor(i / 1024) * 3072 + (i % 1024);
      const [red = 0, green = 0, blue = 0] = [colours[at], colours[at + 1024], colours[at + 2048]];
      furthest = Math.max(furthest, Math.abs((greys[i] ?? 0) - (0.299 * red + 0.587 * green + 0.114 * blue)));
    }
    // Half a step: luma is rounded to a byte.
    expect(furthest).toBeLessThanOrEqual(0.5 + 1e-9);
  });

  it("opens the same twice, and otherwise with another seed", async () => {
    const [first, again, other] = [await open(), await open(), await open({ seed: 1 })];
    expect(again.card).toEqual(first.card);
    expect(Buffer.compare(readPixels(again.splits.train, 0, 180), readPixels(first.splits.train, 0, 180))).toBe(0);
    expect(other.card.checksums).not.toEqual(first.card.checksums);
    expect([...other.splits.test.indices]).not.toEqual([...first.splits.test.indices]);
  });

  it("takes another share to train on", async () => {
    const { splits } = await open({ split: { train: 0.5 } });
    expect([splits.train.count, splits.test.count]).toEqual([100, 100]);
  });

  it.each([
    [{ split: { train: 0.99 } }, "0.99 of 20 pictures of each digit leaves none to test on"],
    [{ split: { train: 0.01 } }, "0.01 of 20 pictures of each digit leaves none to train on"],
  ])("refuses a split %j with a sentence", async (more, message) => {
    await expect(open(more)).rejects.toMatchObject({ name: "UserError", at: "split.train", message });
  });

  it.each([
    [{ split: { train: 1 } }, "data.split.train", "expected less than 1, got 1"],
    [{ perClass: 1 }, "data.perClass", "expected at least 2, one to train and one to test, got 1"],
    [{ size: 8 }, "data.size", "expected at least 28, for smaller digits cannot be read, got 8"],
    [{ seed: -1 }, "data.seed", "expected 0 or more, got -1"],
    [{ grey: 1 }, "data.grey", "expected true or false, got 1"],
  ])("refuses %j before anything is drawn", (more, at, message) => {
    expect(() => readSource({ source: "printed-digits", ...more }, "data")).toThrow(
      expect.objectContaining({ name: "UserError", at, message }),
    );
  });
});

import { describe, expect, it } from "vitest";
import type { ImageSet, OpenSource } from "../define.js";
import { correlation, exactCopies, inspect } from "./inspect.js";

const card = { name: "made", title: "made", origin: "here", licence: "none", checksums: {} };
function setOf(images: readonly (readonly number[])[], shape: readonly number[]): ImageSet {
  return {
    count: images.length,
    shape,
    pixels: Uint8Array.from(images.flat()),
    indices: Uint32Array.from(images.keys()),
  };
}

describe("exact copies", () => {
  it("are found within splits and between them, whatever the pictures' number of bytes", () => {
    const [a, b, c] = [
      [1, 2, 3],
      [1, 2, 4],
      [0, 0, 0],
    ] as const;
    const train = setOf([a, b, a, c], [1, 1, 3]);
    const test = setOf([b, [4, 2, 1]], [1, 1, 3]);
    const groups = exactCopies([
      { name: "train", set: train },
      { name: "test", set: test },
    ]);
    expect(groups).toEqual([
      [
        { split: "train", place: 0 },
        { split: "train", place: 2 },
      ],
      [
        { split: "train", place: 1 },
        { split: "test", place: 0 },
      ],
    ]);
  });
});

describe("near copies", () => {
  const picture = (phase: number) =>
    Array.from({ length: 256 }, (_, i) =>
      Math.round(120 + 60 * Math.sin(phase + (i % 16) / (2 + phase)) + 50 * Math.cos(Math.floor(i / 16) / (1 + phase))),
    );

  it("are those of nearly the same pixels, and pictures of one value are none", async () => {
    const images = [picture(0), picture(1), picture(2), picture(1).map((value, i) => value + (i % 2) * 4 + 9)];
    const flat = [new Array(256).fill(7), new Array(256).fill(8)];
    const train = setOf([...images, ...flat], [1, 16, 16]);
    const source: OpenSource = { card, splits: { train, test: setOf([picture(3)], [1, 16, 16]) } };
    const { copies } = await inspect(source);
    expect(copies).toEqual({
      exact: [],
      near: [
        [
          { split: "train", place: 1 },
          { split: "train", place: 3 },
        ],
      ],
      isPartial: false,
    });
  });

  it("are heard to be aborted", async () => {
    const train = setOf([picture(0)], [1, 16, 16]);
    const signal = AbortSignal.abort();
    await expect(inspect({ card, splits: { train, test: train } }, { signal })).rejects.toThrow("abort");
  });
});

describe("the correlation", () => {
  it("is Pearson's", () => {
    // Σ(x−2)(y−3) = 2·1 … by hand: x 1 2 3, y 2 2 5: 3/√(2·6)
    expect(correlation(Uint8Array.from([1, 2, 3]), Uint8Array.from([2, 2, 5]))).toBeCloseTo(3 / Math.sqrt(12), 12);
    expect(correlation(Uint8Array.from([1, 2]), Uint8Array.from([2, 2]))).toBe(0);
  });
});

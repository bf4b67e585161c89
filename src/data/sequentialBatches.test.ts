import { describe, expect, it } from "vitest";
import type { ImageSet } from "./define.js";
import { sequentialBatches } from "./sequentialBatches.js";

const set: ImageSet = {
  count: 5,
  shape: [1, 1, 2],
  pixels: new Uint8Array([0, 255, 51, 102, 153, 204, 255, 0, 51, 51]),
  indices: new Uint32Array([0, 1, 2, 3, 4]),
};

describe("sequentialBatches", () => {
  it("covers all images once, in order, the last batch smaller", () => {
    const { batches, batchSize, fill, view } = sequentialBatches(set, 2);
    expect({ batches, batchSize }).toEqual({ batches: 3, batchSize: 2 });
    const values: number[] = [];
    const counts = [0, 2, 4].map((start) => {
      const count = fill(start);
      values.push(...view(count));
      return count;
    });
    expect(counts).toEqual([2, 2, 1]);
    expect(values).toEqual([...set.pixels].map((value) => Math.fround(value / 255)));
  });

  it("gives the same array object for the same count", () => {
    const { view } = sequentialBatches(set, 2);
    expect(view(1)).toBe(view(1));
    expect(view(2)).toBe(view(2));
    expect(view(1).buffer).toBe(view(2).buffer);
  });

  it("makes one batch of a set smaller than a batch", () => {
    const { batches, batchSize, fill } = sequentialBatches(set, 100);
    expect({ batches, batchSize, filled: fill(0) }).toEqual({ batches: 1, batchSize: 5, filled: 5 });
  });
});

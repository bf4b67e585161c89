import { describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import type { ImageSet } from "./define.js";
import { readPixels } from "./imageStore.js";
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
    expect(values).toEqual([...readPixels(set, 0, 5)].map((value) => Math.fround(value / 255)));
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

  it("corrupts the input alone, the same each time, by (seed, 0, index) and in whatever batch an image is", () => {
    const corrupt = [{ gaussianNoise: 0.3 }];
    const change = pipeline(readTransforms(corrupt, "corrupt", ""), [1, 1, 2]);
    const expected = [0, 1, 2, 3, 4].flatMap((image) => {
      const values = Float32Array.from(readPixels(set, image, 1), (value) => value / 255);
      change(values, randomSequence(9, "corrupt", 0, image));
      return [...values];
    });
    for (const batchSize of [2, 5]) {
      const { fill, view, input } = sequentialBatches(set, batchSize, { corrupt, seed: 9 });
      // The third time comes from what was kept the second time.
      for (let time = 0; time < 3; time++) {
        const inputs: number[] = [];
        const targets: number[] = [];
        for (let start = 0; start < 5; ) {
          const count = fill(start);
          inputs.push(...input(count));
          targets.push(...view(count));
          start += count;
        }
        expect(inputs).toEqual(expected);
        expect(targets).toEqual([...readPixels(set, 0, 5)].map((value) => Math.fround(value / 255)));
      }
    }
  });

  it("gives one object for input and target where nothing corrupts", () => {
    const { view, input } = sequentialBatches(set, 2);
    expect(input(2)).toBe(view(2));
  });
});

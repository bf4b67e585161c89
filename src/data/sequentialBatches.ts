// Images in their written order, for evaluation: no thread, one buffer.
import { unitFromPixels } from "../pixels/index.js";
import { sizeOf } from "../tensor/ops/define.js";
import type { ImageSet } from "./define.js";

export interface SequentialBatches {
  /** Batches that cover the set; the last may be smaller. */
  readonly batches: number;
  /** Images in a full batch. */
  readonly batchSize: number;
  /**
   * Puts the images from `start` on into the buffer, as floats in [0, 1].
   * @returns how many: a full batch, or those that are left
   */
  fill(start: number): number;
  /** The buffer's first `count` images, [image, channel, height, width]; the same object for the same count. */
  view(count: number): Float32Array;
}

/** @param batchSize lowered to the size of the set where that is smaller */
export function sequentialBatches(set: ImageSet, batchSize: number): SequentialBatches {
  const size = sizeOf(set.shape);
  const full = Math.min(batchSize, set.count);
  const buffer = new Float32Array(full * size);
  const views = new Map<number, Float32Array>([[full, buffer]]);
  return {
    batches: full === 0 ? 0 : Math.ceil(set.count / full),
    batchSize: full,
    fill(start) {
      const count = Math.max(0, Math.min(full, set.count - start));
      unitFromPixels(set.pixels.subarray(start * size, (start + count) * size), buffer);
      return count;
    },
    view(count) {
      const view = views.get(count) ?? buffer.subarray(0, count * size);
      views.set(count, view);
      return view;
    },
  };
}

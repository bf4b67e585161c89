// Images in their written order, for evaluation: no thread, reused buffers. What corrupts them is drawn by the image
// alone, so that whatever is evaluated faces the same inputs.
import { randomSequence } from "../base/random.js";
import { isPauseDue, pause } from "../base/turns.js";
import { unitFromPixels } from "../pixels/index.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import { sizeOf } from "../tensor/ops/define.js";
import type { ImageSet } from "./define.js";
import { readPixels } from "./imageStore.js";

export interface SequentialBatches {
  /** Batches that cover the set; the last may be smaller. */
  readonly batches: number;
  /** Images in a full batch. */
  readonly batchSize: number;
  /**
   * Puts the images from `start` on into the buffers, as floats in [0, 1].
   * @returns how many: a full batch, or those that are left
   */
  fill(start: number): number;
  /** As `fill`, giving the thread back between images that are slow to corrupt. @throws AbortError */
  fillInTurns(start: number, signal?: AbortSignal): Promise<number>;
  /** The buffer's first `count` images, [image, channel, height, width]; the same object for the same count. */
  view(count: number): Float32Array;
  /** Likewise the corrupted images; the same object as `view` gives where nothing corrupts. */
  input(count: number): Float32Array;
}

/** What corrupts the images of an evaluation: each by the draws of (seed, "corrupt", 0, its index in the unsplit source). */
export interface EvaluationCorruption {
  /** As in an experiment; see `readTransforms`. */
  readonly corrupt: readonly unknown[];
  /** The experiment's evaluation seed. */
  readonly seed: number;
  /** Where `corrupt` stands, for errors. Default `corrupt`. */
  readonly at?: string;
}

/** Bytes of a set's corrupted images up to which they are kept from the second time that they are asked for. */
const keptBytes = 256 * 2 ** 20;

/**
 * @param batchSize lowered to the size of the set where that is smaller
 * @throws UserError for transforms that do not fit the set
 */
export function sequentialBatches(
  set: ImageSet,
  batchSize: number,
  corruption: EvaluationCorruption = { corrupt: [], seed: 0 },
): SequentialBatches {
  const size = sizeOf(set.shape);
  const full = Math.min(batchSize, set.count);
  const fromFile = set.pixels instanceof Uint8Array ? undefined : new Uint8Array(full * size);
  const wanted = new Float32Array(full * size);
  const view = viewsByCount(wanted, size);
  const corrupted = corruption.corrupt.length === 0 ? undefined : corruptedImages(set, full, corruption);
  const read = (start: number): number => {
    const count = Math.max(0, Math.min(full, set.count - start));
    unitFromPixels(readPixels(set, start, count, fromFile), wanted);
    corrupted?.begin(start);
    return count;
  };
  return {
    batches: full === 0 ? 0 : Math.ceil(set.count / full),
    batchSize: full,
    fill(start) {
      const count = read(start);
      for (let i = 0; corrupted !== undefined && i < count; i++) corrupted.fill(start, i, wanted);
      return count;
    },
    async fillInTurns(start, signal) {
      await pause(signal);
      const count = read(start);
      for (let i = 0; corrupted !== undefined && i < count; i++) {
        if (isPauseDue()) await pause(signal);
        corrupted.fill(start, i, wanted);
      }
      return count;
    },
    view,
    input: corrupted?.view ?? view,
  };
}

function corruptedImages(set: ImageSet, batchSize: number, { corrupt, seed, at = "corrupt" }: EvaluationCorruption) {
  const change = pipeline(readTransforms(corrupt, "corrupt", at), set.shape);
  const size = sizeOf(set.shape);
  const given = new Float32Array(batchSize * size);
  // One evaluation alone shall not cost the memory, so nothing is kept before an image comes again.
  const seen = new Uint8Array(set.count);
  let kept: Float32Array | undefined;
  let known = new Uint8Array();
  return {
    view: viewsByCount(given, size),
    /** To be called before the images of a batch. */
    begin(start: number): void {
      if (kept === undefined && seen[start] === 1 && 4 * set.count * size <= keptBytes) {
        kept = new Float32Array(set.count * size);
        known = new Uint8Array(set.count);
      }
    },
    /** Image `i` of the batch that begins at `start`. */
    fill(start: number, i: number, wanted: Float32Array): void {
      const image = start + i;
      const whole = kept?.subarray(image * size, (image + 1) * size);
      const own = given.subarray(i * size, (i + 1) * size);
      if (whole !== undefined && known[image] === 1) {
        own.set(whole);
        return;
      }
      own.set(wanted.subarray(i * size, (i + 1) * size));
      change(own, randomSequence(seed, "corrupt", 0, set.indices[image] as number));
      seen[image] = 1;
      if (whole === undefined) return;
      whole.set(own);
      known[image] = 1;
    },
  };
}

function viewsByCount(buffer: Float32Array, size: number): (count: number) => Float32Array {
  const views = new Map<number, Float32Array>([[buffer.length / size, buffer]]);
  return (count) => {
    const view = views.get(count) ?? buffer.subarray(0, count * size);
    views.set(count, view);
    return view;
  };
}

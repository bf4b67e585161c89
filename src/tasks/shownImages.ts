// Which test images a run shows of itself, the same at every epoch: its first ones, or some spread over all where the first ones are of
// few classes because folders come one after the other. By labels alone, so that equal runs show equal images.
import type { ImageSet } from "../data/define.js";
import { type EvaluationCorruption, sequentialBatches } from "../data/sequentialBatches.js";
import type { EpochPictures } from "../runs/epochPictures.js";
import { sizeOf } from "../tensor/index.js";

/** Images of a sheet. */
export const shownImages = 32;

export interface ShownImages {
  readonly count: number;
  /** Their places in the split, rising; undefined for the first ones. */
  readonly places?: readonly number[];
}

/**
 * @param most images
 * @param before what the run keeps already: a training that goes on shows what it has shown
 */
export function shownImagesOf(
  test: Pick<ImageSet, "count" | "labels">,
  most: number,
  before?: Pick<EpochPictures, "count" | "images" | "epochs">,
): ShownImages {
  const count = Math.min(most, test.count);
  if (before !== undefined && before.epochs.length > 0 && before.count === count) {
    return before.images === undefined ? { count } : { count, places: before.images };
  }
  const { labels } = test;
  if (labels === undefined || count === test.count || !isByClass(labels, count)) return { count };
  return { count, places: Array.from({ length: count }, (_, i) => Math.floor((i * test.count) / count)) };
}

/** Whether the first images show one class of several, or a beginning of classes that lie one after the other. */
function isByClass(labels: ArrayLike<number>, first: number): boolean {
  const kinds = (most: number): number => {
    const seen = new Set<number>();
    for (let image = 0; image < most; image++) seen.add(labels[image] as number);
    return seen.size;
  };
  const [there, shown] = [kinds(labels.length), kinds(first)];
  if (shown === there) return false;
  return shown === 1 || changes(labels) < there;
}

/** How often the class changes from one image to the next: one less than there are classes where they lie one after the other. */
function changes(labels: ArrayLike<number>): number {
  let count = 0;
  for (let image = 1; image < labels.length; image++) if (labels[image] !== labels[image - 1]) count++;
  return count;
}

/** Those images as an evaluation gives them, [image, channel, height, width]; `inputs` are corrupted where something corrupts. */
export function shownBatch(
  test: ImageSet,
  { count, places }: ShownImages,
  corruption: EvaluationCorruption,
): { readonly originals: Float32Array; readonly inputs: Float32Array } {
  if (places === undefined) {
    const batches = sequentialBatches(test, count, corruption);
    batches.fill(0);
    return { originals: batches.view(count).slice(), inputs: batches.input(count).slice() };
  }
  const size = sizeOf(test.shape);
  const [originals, inputs] = [new Float32Array(count * size), new Float32Array(count * size)];
  const one = sequentialBatches(test, 1, corruption);
  for (const [i, place] of places.entries()) {
    one.fill(place);
    originals.set(one.view(1), i * size);
    inputs.set(one.input(1), i * size);
  }
  return { originals, inputs };
}

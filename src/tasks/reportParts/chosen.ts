// Which pictures of a split a section looks at.
import { randomOrder } from "../../base/random.js";
import { withThousands } from "../../base/text.js";
import type { ImageSet } from "../../data/define.js";
import { readPixels } from "../../data/imageStore.js";
import { selectImages } from "../../data/split.js";
import { unitFromPixels } from "../../pixels/index.js";
import { sizeOf } from "../../tensor/index.js";

export interface ChosenImages {
  readonly set: ImageSet;
  /** The place of each in the whole split. */
  readonly places: ArrayLike<number>;
  /** `1,000 of 10,000 test images, drawn by lot`. */
  readonly what: string;
}

/** So many pictures of a split, by lot (seed 0, for the first ones may be of one class), in their order; all where there are no more. */
export function chosenImages(set: ImageSet, count: number, split: string): ChosenImages {
  if (count >= set.count) {
    const places = Array.from({ length: set.count }, (_, image) => image);
    return { set, places, what: `${withThousands(set.count)} ${split} images` };
  }
  const places = randomOrder(set.count, 0, "sample", 0).slice(0, count).sort();
  const isWanted = new Set(places);
  const what = `${withThousands(count)} of ${withThousands(set.count)} ${split} images, drawn by lot`;
  return { set: selectImages(set, (image) => isWanted.has(image)), places, what };
}

/** Pictures of a set as floats in [0, 1], [image, channel, height, width]. */
export function pixelsOf(set: ImageSet, images: ArrayLike<number>): Float32Array {
  const size = sizeOf(set.shape);
  const pixels = new Uint8Array(images.length * size);
  for (let i = 0; i < images.length; i++) pixels.set(readPixels(set, images[i] as number, 1), i * size);
  return unitFromPixels(pixels);
}

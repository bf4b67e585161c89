// Sums over the images of a set, in whole numbers and so exact.
import { pause } from "../base/turns.js";
import { sizeOf } from "../tensor/index.js";
import type { ImageSet } from "./define.js";
import { readPixels } from "./imageStore.js";

/** Images that are looked at together, so that a set in a file takes little memory. */
const chunk = 256;

export interface PixelSums {
  /** Of each place [channel, height, width] over the images, stored values 0 to 255. */
  readonly sums: Float64Array;
  /** Of the squares of all values. */
  readonly squares: number;
}

/** @throws AbortError */
export async function pixelSums(set: ImageSet, signal?: AbortSignal): Promise<PixelSums> {
  const size = sizeOf(set.shape);
  const sums = new Float64Array(size);
  let squares = 0;
  const buffer = set.pixels instanceof Uint8Array ? undefined : new Uint8Array(chunk * size);
  for (let first = 0; first < set.count; first += chunk) {
    await pause(signal);
    const pixels = readPixels(set, first, Math.min(chunk, set.count - first), buffer);
    for (let start = 0; start < pixels.length; start += size) {
      for (let i = 0; i < size; i++) {
        const value = pixels[start + i] as number;
        sums[i] = (sums[i] as number) + value;
        squares += value * value;
      }
    }
  }
  return { sums, squares };
}

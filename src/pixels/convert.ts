// Between stored pixels (whole numbers, 0 to 255) and the floats in [0, 1] that networks see.
import { kernels } from "../base/kernels.js";

/** Pixels that are turned at a time, a multiple of 4: they and their floats stay in the cache. */
const atATime = 32_768;

/**
 * Stored pixels as floats in [0, 1], into `out` or a new array.
 * @param out at least as long as `pixels`
 */
export function unitFromPixels(pixels: Uint8Array, out: Float32Array = new Float32Array(pixels.length)): Float32Array {
  const { unitFromBytes, scratch, bytes, floats } = kernels();
  const from = scratch(5 * atATime);
  const to = from + atATime;
  for (let start = 0; start < pixels.length; start += atATime) {
    const some = pixels.length <= atATime ? pixels : pixels.subarray(start, start + atATime);
    bytes().set(some, from);
    unitFromBytes(from, to, some.length);
    out.set(floats().subarray(to / 4, to / 4 + some.length), start);
  }
  return out;
}

/**
 * Floats as stored pixels: clipped to [0, 1], times 255, rounded to the nearest (half up). A value that is not a number
 * becomes 0.
 */
export function pixelsFromUnit(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(values.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = pixelFromUnit(values[i] as number);
  return pixels;
}

/** One value of `pixelsFromUnit`. */
export function pixelFromUnit(value: number): number {
  if (value >= 1) return 255;
  return value > 0 ? Math.floor(value * 255 + 0.5) : 0;
}

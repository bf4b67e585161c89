// Brightness of colours, and from colour to grey and back.
import { InternalError } from "../base/errors.js";
import type { ImageSizes } from "./imageSizes.js";

/** What red, green and blue give to the luma Y′ (ITU-R BT.601, as JPEG, Pillow and torchvision have it); together 1. */
export const lumaWeights = { red: 0.299, green: 0.587, blue: 0.114 } as const;

/** Bytes or floats. */
export type Planes = Uint8Array | Float32Array;

/**
 * The luma 0.299 R + 0.587 G + 0.114 B of each pixel, into `out`; bytes are rounded to the nearest.
 * @param colour [3, height, width] @param out [height, width], of the same kind
 */
export function lumaOf<Some extends Planes>(colour: Some, out: Some): Some {
  const plane = colour.length / 3;
  if (out.length !== plane) throw new InternalError(`the luma of ${plane} pixels does not fit ${out.length}`);
  const { red, green, blue } = lumaWeights;
  // Typed arrays of bytes cut off what is behind the point.
  const half = colour instanceof Uint8Array ? 0.5 : 0;
  for (let i = 0; i < plane; i++) {
    out[i] =
      red * (colour[i] as number) +
      green * (colour[i + plane] as number) +
      blue * (colour[i + 2 * plane] as number) +
      half;
  }
  return out;
}

/** The mean luma of an image of three channels; of others the mean of all values. */
export function meanLuma(image: Float32Array, { channels, height, width }: ImageSizes): number {
  const plane = height * width;
  const { red, green, blue } = lumaWeights;
  const weights = channels === 3 ? [red, green, blue] : new Array<number>(channels).fill(1 / channels);
  let mean = 0;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    const end = (channel + 1) * plane;
    for (let i = channel * plane; i < end; i++) sum += image[i] as number;
    mean += ((weights[channel] as number) * sum) / plane;
  }
  return mean;
}

/** Grey as three equal planes. @param grey [height, width] @returns [3, height, width] */
export function colourOfGrey<Some extends Planes>(grey: Some, out: Some): Some {
  if (out.length !== 3 * grey.length)
    throw new InternalError(`three planes of ${grey.length} pixels do not fit ${out.length}`);
  for (let channel = 0; channel < 3; channel++) out.set(grey, channel * grey.length);
  return out;
}

/** Dark becomes light and light dark, in place: 255 − value, or 1 − value. */
export function invert(image: Planes): void {
  const white = image instanceof Uint8Array ? 255 : 1;
  for (let i = 0; i < image.length; i++) image[i] = white - (image[i] as number);
}

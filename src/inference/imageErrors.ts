// How far a reconstruction lies from its picture, in one number: the errors that scores are made of. float64.
import { meanAbsoluteError, structuralSimilarity } from "../pixels/compare.js";
import type { ImageSizes } from "../pixels/imageSizes.js";
import { type ImageError, meanSquaredError } from "./trainedModel.js";

export const imageErrorNames = ["mse", "mae", "ssim", "local"] as const;
export type ImageErrorName = (typeof imageErrorNames)[number];

/**
 * `mse` and `mae`: the mean squared and absolute difference over all values. `ssim`: 1 less the structural similarity, for
 * images from 11×11 pixels on. `local`: the largest value of the squared error's map (mean over channels) after a Gaussian
 * blur, which a small defect moves as much as a large one.
 */
export function imageError(name: ImageErrorName, sizes: ImageSizes): ImageError {
  if (name === "mse") return meanSquaredError;
  if (name === "mae") return meanAbsoluteError;
  if (name === "ssim") return (made, image) => 1 - structuralSimilarity(made, image, sizes);
  const { height, width } = sizes;
  const blur = makeBlur(height, width, Math.max(1, Math.min(height, width) / 16));
  return (made, image) => {
    const blurred = blur(errorMap(made, image, sizes, (difference) => difference * difference));
    return blurred.reduce((largest, value) => Math.max(largest, value), 0);
  };
}

/**
 * The error at each place, the mean over channels: [height, width].
 * @param made,image [channel, height, width]
 * @param of of a difference; default its absolute value
 */
export function errorMap(
  made: ArrayLike<number>,
  image: ArrayLike<number>,
  { channels, height, width }: ImageSizes,
  of: (difference: number) => number = Math.abs,
): Float64Array {
  const size = height * width;
  const map = new Float64Array(size);
  for (let channel = 0, at = 0; channel < channels; channel++) {
    for (let place = 0; place < size; place++, at++) {
      map[place] = (map[place] as number) + of((made[at] as number) - (image[at] as number)) / channels;
    }
  }
  return map;
}

/** A Gaussian blur whose weights are those of the places inside the picture, so that edges are no darker. */
function makeBlur(height: number, width: number, sigma: number): (map: Float64Array) => Float64Array {
  const radius = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: radius + 1 }, (_, i) => Math.exp(-(i * i) / (2 * sigma * sigma)));
  const between = new Float64Array(height * width);
  const out = new Float64Array(height * width);
  const pass = (
    from: Float64Array,
    to: Float64Array,
    length: number,
    step: number,
    lines: number,
    lineStep: number,
  ) => {
    for (let line = 0; line < lines; line++) {
      const start = line * lineStep;
      for (let i = 0; i < length; i++) {
        let sum = 0;
        let total = 0;
        for (let j = Math.max(0, i - radius); j <= Math.min(length - 1, i + radius); j++) {
          const weight = weights[Math.abs(j - i)] as number;
          sum += weight * (from[start + j * step] as number);
          total += weight;
        }
        to[start + i * step] = sum / total;
      }
    }
  };
  return (map) => {
    pass(map, between, width, 1, height, width);
    pass(between, out, height, width, width, 1);
    return out;
  };
}

// How far two images are apart, exactly: sums in float64, on the processor that this runs on. Training's figures are
// computed on engines instead (nn/metrics); these are for single images and for checking those.
import { InternalError, UserError } from "../base/errors.js";
import type { ImageSizes } from "./imageSizes.js";

type Values = ArrayLike<number>;

/** The mean squared difference. */
export function meanSquaredError(a: Values, b: Values): number {
  checkLengths(a, b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    sum += difference * difference;
  }
  return sum / a.length;
}

/** The mean absolute difference. */
export function meanAbsoluteError(a: Values, b: Values): number {
  checkLengths(a, b);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}

/** Peak signal-to-noise ratio in decibels, 10 log₁₀(1/mse), of values in [0, 1]; infinite for equal images. */
export function peakSignalToNoise(a: Values, b: Values): number {
  return -10 * Math.log10(meanSquaredError(a, b));
}

const windowSize = 11;
const sigma = 1.5;
/** K₁ and K₂ times the range of the pixels, which is 1, squared. */
const c1 = 0.01 ** 2;
const c2 = 0.03 ** 2;
const windowWeights = makeWindow();

/**
 * Mean structural similarity of two images in [0, 1] (Wang et al. 2004), at most 1: Gaussian window of 11×11 pixels with
 * standard deviation 1.5, averaged over every window that lies wholly inside, and over channels. The definition of the
 * loss and metric `ssim`, and scikit-image's `structural_similarity` with gaussian_weights, use_sample_covariance=False
 * and data_range=1.
 * @param a,b [channel, height, width]
 * @throws UserError for images below 11×11
 */
export function structuralSimilarity(a: Values, b: Values, { channels, height, width }: ImageSizes): number {
  checkLengths(a, b);
  if (height < windowSize || width < windowSize) {
    throw new UserError(`ssim needs images of at least ${windowSize}×${windowSize} pixels, got ${height}×${width}`, {
      hint: "For smaller images take mse, mae or psnr.",
    });
  }
  const plane = height * width;
  const outHeight = height - windowSize + 1;
  const outWidth = width - windowSize + 1;
  const products = new Float64Array(plane);
  const between = new Float64Array(height * outWidth);
  const means = Array.from({ length: 5 }, () => new Float64Array(outHeight * outWidth));
  const [meanA, meanB, meanAA, meanBB, meanAB] = means as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let sum = 0;
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * plane;
    const smooth = (out: Float64Array, value: (i: number) => number): void => {
      for (let i = 0; i < plane; i++) products[i] = value(start + i);
      smoothInto(products, between, out, height, width);
    };
    smooth(meanA, (i) => a[i] as number);
    smooth(meanB, (i) => b[i] as number);
    smooth(meanAA, (i) => (a[i] as number) ** 2);
    smooth(meanBB, (i) => (b[i] as number) ** 2);
    smooth(meanAB, (i) => (a[i] as number) * (b[i] as number));
    for (let i = 0; i < meanA.length; i++) {
      const [x, y] = [meanA[i] as number, meanB[i] as number];
      const covariance = (meanAB[i] as number) - x * y;
      const variances = (meanAA[i] as number) - x * x + (meanBB[i] as number) - y * y;
      sum += ((2 * x * y + c1) * (2 * covariance + c2)) / ((x * x + y * y + c1) * (variances + c2));
    }
  }
  return sum / (channels * outHeight * outWidth);
}

/** The window's means at every place where it lies wholly inside: along rows into `between`, then along columns. */
function smoothInto(
  values: Float64Array,
  between: Float64Array,
  out: Float64Array,
  height: number,
  width: number,
): void {
  const weights = windowWeights;
  const outWidth = width - windowSize + 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < outWidth; x++) {
      let sum = 0;
      for (let k = 0; k < windowSize; k++) sum += (weights[k] as number) * (values[y * width + x + k] as number);
      between[y * outWidth + x] = sum;
    }
  }
  out.fill(0);
  for (let y = 0; y <= height - windowSize; y++) {
    for (let k = 0; k < windowSize; k++) {
      const weight = weights[k] as number;
      for (let x = 0; x < outWidth; x++) {
        out[y * outWidth + x] =
          (out[y * outWidth + x] as number) + weight * (between[(y + k) * outWidth + x] as number);
      }
    }
  }
}

function makeWindow(): Float64Array {
  const radius = (windowSize - 1) / 2;
  const weights = Float64Array.from({ length: windowSize }, (_, i) => Math.exp(-0.5 * ((i - radius) / sigma) ** 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function checkLengths(a: Values, b: Values): void {
  if (a.length === b.length && a.length > 0) return;
  throw new InternalError(`images of ${a.length} and ${b.length} values can't be compared`);
}

// The baseline that needs no training: every test image "reconstructed" as the mean training image.
import { InternalError } from "../base/errors.js";
import type { ImageSet } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";

export interface MeanImageFigures {
  /** Mean squared error over every pixel of the split, pixels in [0, 1]. */
  readonly mse: number;
  /** Binary cross-entropy in nats, mean over every pixel; logarithms are clamped at −100, as in the loss. */
  readonly bce: number;
}

/**
 * Figures of the mean image of `train` as the reconstruction of every image of `test`. A model above them learned
 * nothing. Both splits have the same shape. Computed in float64 from sums of whole numbers, so it is exact but for the
 * last few operations.
 */
export function meanImageFigures(train: ImageSet, test: ImageSet): MeanImageFigures {
  const size = train.shape.reduce((product, length) => product * length, 1);
  if (test.shape.join() !== train.shape.join()) throw new InternalError("train and test images differ in shape");
  const { sums: trainSums } = columnSums(train, size);
  const { sums: testSums, squares } = columnSums(test, size);

  let squaredError = squares / 255 ** 2;
  let crossEntropy = 0;
  for (let pixel = 0; pixel < size; pixel++) {
    const mean = (trainSums[pixel] ?? 0) / (255 * train.count);
    const sum = (testSums[pixel] ?? 0) / 255;
    // Σ(t − m)² = Σt² − 2mΣt + n·m²
    squaredError += mean * (test.count * mean - 2 * sum);
    crossEntropy -= sum * clampedLog(mean) + (test.count - sum) * clampedLog(1 - mean);
  }
  const elements = size * test.count;
  return { mse: squaredError / elements, bce: crossEntropy / elements };
}

/** The mean of a set's images, as floats in [0, 1]: [channel, height, width]. */
export function meanImageOf(set: ImageSet): Float32Array {
  const size = set.shape.reduce((product, length) => product * length, 1);
  return Float32Array.from(columnSums(set, size).sums, (sum) => sum / (255 * set.count));
}

function clampedLog(value: number): number {
  return Math.max(Math.log(value), -100);
}

/** Images that are looked at together, so that a set in a file takes little memory. */
const chunk = 256;

function columnSums(set: ImageSet, size: number): { readonly sums: Float64Array; readonly squares: number } {
  const sums = new Float64Array(size);
  let squares = 0;
  const buffer = set.pixels instanceof Uint8Array ? undefined : new Uint8Array(chunk * size);
  for (let first = 0; first < set.count; first += chunk) {
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

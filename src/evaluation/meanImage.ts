// The baseline that needs no training: every test image "reconstructed" as the mean training image.
import { InternalError } from "../base/errors.js";
import type { ImageSet } from "../data/define.js";
import { pixelSums } from "../data/pixelSums.js";

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
 * @throws AbortError
 */
export async function meanImageFigures(
  train: ImageSet,
  test: ImageSet,
  signal?: AbortSignal,
): Promise<MeanImageFigures> {
  const size = train.shape.reduce((product, length) => product * length, 1);
  if (test.shape.join() !== train.shape.join()) throw new InternalError("train and test images differ in shape");
  const { sums: trainSums } = await pixelSums(train, signal);
  const { sums: testSums, squares } = await pixelSums(test, signal);

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
export async function meanImageOf(set: ImageSet, signal?: AbortSignal): Promise<Float32Array> {
  const { sums } = await pixelSums(set, signal);
  return Float32Array.from(sums, (sum) => sum / (255 * set.count));
}

function clampedLog(value: number): number {
  return Math.max(Math.log(value), -100);
}

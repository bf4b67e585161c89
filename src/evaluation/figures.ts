// What a reconstruction is worth, image by image, so that means can be taken over any group of them. float64.
import { isPauseDue, pause } from "../base/turns.js";
import { structuralSimilarity } from "../pixels/compare.js";
import { type Shape, sizeOf } from "../tensor/index.js";

/** Figures of each image of a set, in its order. */
export interface ImageFigures {
  readonly mse: Float64Array;
  readonly mae: Float64Array;
  /** Absent where images are smaller than the window of 11×11. */
  readonly ssim?: Float64Array;
  /** Nats a pixel; absent where a reconstruction left [0, 1], of which it is not defined. */
  readonly bce?: Float64Array;
}

/** Means over images. */
export interface MeanFigures {
  readonly images: number;
  readonly mse: number;
  readonly mae: number;
  /** Decibels: the mean over images of each image's −10·log₁₀(mse), each at most 100, as the metric `psnr` has it. */
  readonly psnr: number;
  /** Decibels: −10·log₁₀ of the mean mse, which bad images weigh more in. */
  readonly psnrOfMse: number;
  readonly ssim?: number;
  /** Nats a pixel, logarithms held at −100. */
  readonly bce?: number;
}

export interface FigureCollector {
  /** @param reconstructions,targets [image, channel, height, width] of the images from `first` on */
  add(first: number, reconstructions: Float32Array, targets: Float32Array): Promise<void>;
  finish(): ImageFigures;
}

/** Collects figures of `count` images of `shape`. Aborting the signal ends the work with an AbortError. */
export function collectFigures(count: number, shape: Shape, signal?: AbortSignal): FigureCollector {
  const size = sizeOf(shape);
  const [channels = 1, height = 0, width = 0] = shape;
  const mse = new Float64Array(count);
  const mae = new Float64Array(count);
  const bce = new Float64Array(count);
  const ssim = height >= 11 && width >= 11 ? new Float64Array(count) : undefined;
  let isUnit = true;
  return {
    async add(first, reconstructions, targets) {
      for (let start = 0, image = first; start < targets.length; start += size, image++) {
        if (isPauseDue()) await pause(signal);
        let squares = 0;
        let distances = 0;
        let crossEntropy = 0;
        for (let i = start; i < start + size; i++) {
          const target = targets[i] as number;
          const found = reconstructions[i] as number;
          const difference = found - target;
          squares += difference * difference;
          distances += Math.abs(difference);
          if (!isUnit) continue;
          if (found >= 0 && found <= 1) crossEntropy += crossEntropyOf(found, target);
          else isUnit = false;
        }
        mse[image] = squares / size;
        mae[image] = distances / size;
        bce[image] = crossEntropy / size;
        if (ssim === undefined) continue;
        const [a, b] = [reconstructions.subarray(start, start + size), targets.subarray(start, start + size)];
        ssim[image] = structuralSimilarity(a, b, { channels, height, width });
      }
    },
    finish: () => ({ mse, mae, ...(ssim === undefined ? {} : { ssim }), ...(isUnit ? { bce } : {}) }),
  };
}

function crossEntropyOf(found: number, target: number): number {
  // Most pixels of digits are wholly black or white, which saves a logarithm.
  const white = target === 0 ? 0 : target * Math.max(Math.log(found), -100);
  const black = target === 1 ? 0 : (1 - target) * Math.max(Math.log(1 - found), -100);
  return -(white + black);
}

/** Means over the images that are named, or all. NaN for none. */
export function meanFigures({ mse, mae, ssim, bce }: ImageFigures, images?: readonly number[]): MeanFigures {
  const count = images?.length ?? mse.length;
  const mean = (values: Float64Array, of: (value: number) => number = (value) => value): number => {
    let sum = 0;
    if (images === undefined) for (let i = 0; i < values.length; i++) sum += of(values[i] as number);
    else for (const image of images) sum += of(values[image] as number);
    return sum / count;
  };
  const meanMse = mean(mse);
  return {
    images: count,
    mse: meanMse,
    mae: mean(mae),
    psnr: mean(mse, (value) => -10 * Math.log10(Math.max(value, 1e-10))),
    psnrOfMse: -10 * Math.log10(meanMse),
    ...(ssim === undefined ? {} : { ssim: mean(ssim) }),
    ...(bce === undefined ? {} : { bce: mean(bce) }),
  };
}

/** Pixels that are looked at before the clock. */
const looked = 4096;

/**
 * The entropy of pixels in [0, 1] taken as Bernoulli's, in nats a pixel: no reconstruction has a lower BCE.
 * @param targets one or more images
 * @throws AbortError
 */
export async function entropySum(targets: Float32Array, signal?: AbortSignal): Promise<number> {
  let sum = 0;
  for (let start = 0; start < targets.length; start += looked) {
    if (isPauseDue()) await pause(signal);
    const end = Math.min(targets.length, start + looked);
    for (let i = start; i < end; i++) sum += crossEntropyOf(targets[i] as number, targets[i] as number);
  }
  return sum;
}

/** The images with the largest values, the largest first. */
export function worst(values: Float64Array, count: number): number[] {
  return Array.from(values.keys())
    .sort((a, b) => (values[b] as number) - (values[a] as number))
    .slice(0, count);
}

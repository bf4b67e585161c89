// Principal components of a set's pictures: the best that a linear code can do, and the baseline of every autoencoder.

import { symmetricEigen } from "../../base/eigen.js";
import { InternalError, UserError } from "../../base/errors.js";
import { orthonormalRows } from "../../base/matrices.js";
import { randomSequence } from "../../base/random.js";
import { withThousands } from "../../base/text.js";
import { pause } from "../../base/turns.js";
import type { Engine } from "../../engines/engine.js";
import { decodeSafetensors, encodeSafetensors } from "../../formats/safetensors.js";
import { unitFromPixels } from "../../pixels/index.js";
import { sizeOf } from "../../tensor/index.js";
import type { ImageSet } from "../define.js";
import { readPixels } from "../imageStore.js";
import { pixelSums } from "../pixelSums.js";
import { openProducts, type Products } from "./products.js";

export interface Pca {
  /** Numbers in an image. */
  readonly size: number;
  /** Components that were kept: as many as asked for, at most as many as the pictures have. */
  readonly count: number;
  readonly mean: Float32Array;
  /** [component, pixel], from the largest variance down, perpendicular and of length 1. */
  readonly components: Float32Array;
  /** Variance along each component: the sum over images divided by their number. */
  readonly variances: Float64Array;
  /** Sum of the variances of all pixels. */
  readonly totalVariance: number;
}

/** Up to this size of an image the covariance is decomposed whole, which is exact; a thousand takes some seconds. */
const largestWhole = 1024;
/** Images that a product takes at a time. */
const chunk = 1000;

/**
 * Fits principal components to a set's pictures, values in [0, 1]. Small pictures by their covariance, whose blocks are summed
 * in float64 and decomposed in float64; large ones by subspace iteration (Halko, Martinsson and Tropp 2011, "Finding
 * structure with randomness", algorithm 4.4) until the variance that is left over changes by less than `tolerance` of itself.
 * @param count components wanted
 * @throws UserError for a set of one image
 */
export async function fitPca(
  engine: Engine,
  set: ImageSet,
  count: number,
  options: {
    readonly progress?: (what: string) => void;
    readonly signal?: AbortSignal;
    /** Default 1024. */
    readonly largestWhole?: number;
    /** Change of the variance left over, by itself, at which components of large pictures are good enough. Default 1e-5. */
    readonly tolerance?: number;
  } = {},
): Promise<Pca> {
  const size = sizeOf(set.shape);
  if (set.count < 2) throw new UserError("principal components need two training images at least", { at: "data" });
  const kept = Math.min(count, size, set.count - 1);
  const { mean, totalVariance } = await moments(set, options.signal);
  const products = await openProducts(engine);
  try {
    const blocks = centredBlocks(set, mean, options);
    const found =
      size <= (options.largestWhole ?? largestWhole)
        ? await byCovariance(products, blocks, { images: set.count, size, count: kept, signal: options.signal })
        : await bySubspace(products, blocks, {
            ...{ images: set.count, size, count: kept, totalVariance },
            ...{ tolerance: options.tolerance ?? 1e-5, signal: options.signal },
          });
    return { size, count: kept, mean, totalVariance, ...found };
  } finally {
    products.dispose();
  }
}

/** What is left over of each image when its components are all that is kept of it: `images` → reconstructions, not clipped. */
export async function pcaReconstructor(engine: Engine, pca: Pca) {
  const products = await openProducts(engine);
  const { size, count, mean, components } = pca;
  return {
    /** @param images [image, pixel] */
    async reconstruct(images: Float32Array): Promise<Float32Array> {
      const rows = images.length / size;
      const centred = new Float32Array(images.length);
      for (let i = 0, pixel = 0; i < images.length; i++, pixel = pixel + 1 === size ? 0 : pixel + 1) {
        centred[i] = (images[i] as number) - (mean[pixel] as number);
      }
      const shapeB = [count, size];
      const codes = await products.multiply(centred, components, { shapeA: [rows, size], shapeB, transposeB: true });
      const back = await products.multiply(codes, components, { shapeA: [rows, count], shapeB });
      for (let i = 0, pixel = 0; i < back.length; i++, pixel = pixel + 1 === size ? 0 : pixel + 1) {
        back[i] = (back[i] as number) + (mean[pixel] as number);
      }
      return back;
    },
    dispose: () => products.dispose(),
  };
}

/**
 * What is nearest to other pictures among all that is linear in components: least squares of `targets`, one for each image that
 * the components were fitted to, on the images' coordinates. Where the targets are those images it gives the components again.
 * @returns `mean` of the targets, and in the place of each component what a step of 1 along it adds to the target
 */
export async function regressOnComponents(
  engine: Engine,
  pca: Pca,
  images: ImageSet,
  targets: ImageSet,
  options: { readonly progress?: (what: string) => void; readonly signal?: AbortSignal } = {},
): Promise<Pick<Pca, "mean" | "components">> {
  const { size, count, components, variances } = pca;
  const { mean } = await moments(targets, options.signal);
  const sums = new Float64Array(count * size);
  const products = await openProducts(engine);
  try {
    const wanted = centredBlocks(targets, mean, {})();
    for await (const { rows, images: given } of centredBlocks(images, pca.mean, options)()) {
      const block = (await wanted.next()).value;
      if (block?.rows !== rows) throw new InternalError("each image needs a target");
      const shapes = { shapeA: [rows, size], shapeB: [count, size] };
      const codes = await products.multiply(given, components, { ...shapes, transposeB: true });
      const part = await products.multiply(codes, block.images, {
        shapeA: [rows, count],
        shapeB: [rows, size],
        transposeA: true,
      });
      for (let i = 0; i < part.length; i++) sums[i] = (sums[i] as number) + (part[i] as number) / images.count;
    }
  } finally {
    products.dispose();
  }
  // Coordinates of different components are uncorrelated, so each is fitted alone.
  const least = 1e-12 * (variances[0] ?? 1);
  const effects = Float32Array.from(sums, (sum, i) => {
    const variance = variances[Math.floor(i / size)] as number;
    return variance > least ? sum / variance : 0;
  });
  return { mean, components: effects };
}

type Blocks = () => AsyncGenerator<{ readonly rows: number; readonly images: Float32Array }>;

/** The images less their mean, again from the first one at each call; the array is reused. */
function centredBlocks(
  set: ImageSet,
  mean: Float32Array,
  { progress, signal }: { readonly progress?: (what: string) => void; readonly signal?: AbortSignal },
): Blocks {
  const size = mean.length;
  const values = new Float32Array(Math.min(chunk, set.count) * size);
  const buffer = set.pixels instanceof Uint8Array ? undefined : new Uint8Array(values.length);
  return async function* () {
    progress?.(`principal components of ${withThousands(set.count)} training images`);
    for (let first = 0; first < set.count; first += chunk) {
      await pause(signal);
      const rows = Math.min(chunk, set.count - first);
      const images = unitFromPixels(readPixels(set, first, rows, buffer), values).subarray(0, rows * size);
      for (let start = 0; start < images.length; start += size) {
        for (let i = 0; i < size; i++) images[start + i] = (images[start + i] as number) - (mean[i] as number);
      }
      yield { rows, images };
    }
  };
}

/** From sums of whole numbers, so exact but for the last operations. */
async function moments(
  set: ImageSet,
  signal: AbortSignal | undefined,
): Promise<{ mean: Float32Array; totalVariance: number }> {
  const { sums, squares } = await pixelSums(set, signal);
  const mean = Float32Array.from(sums, (sum) => sum / (255 * set.count));
  let totalVariance = squares / 255 ** 2 / set.count;
  for (const sum of sums) totalVariance -= (sum / (255 * set.count)) ** 2;
  return { mean, totalVariance };
}

interface Fitting {
  readonly images: number;
  /** Numbers in an image. */
  readonly size: number;
  /** Components to be kept. */
  readonly count: number;
  readonly signal: AbortSignal | undefined;
}

async function byCovariance(products: Products, blocks: Blocks, { images, size, count, signal }: Fitting) {
  const covariance = new Float64Array(size * size);
  for await (const block of blocks()) {
    const shape = [block.rows, size];
    const part = await products.multiply(block.images, block.images, {
      shapeA: shape,
      shapeB: shape,
      transposeA: true,
    });
    for (let i = 0; i < part.length; i++) covariance[i] = (covariance[i] as number) + (part[i] as number) / images;
  }
  const { values, vectors } = await symmetricEigen(covariance, size, { count, signal });
  return { components: Float32Array.from(vectors), variances: values.slice(0, count) };
}

/** Passes over the images that the components of large pictures take at most. */
export const mostRounds = 40;

/**
 * A basis of somewhat more directions than wanted is multiplied by the covariance, without ever making it, and made
 * perpendicular again, until it holds still; then the covariance within it is decomposed.
 */
async function bySubspace(
  products: Products,
  blocks: Blocks,
  {
    images,
    size,
    count,
    totalVariance,
    tolerance,
    signal,
  }: Fitting & { readonly totalVariance: number; readonly tolerance: number },
) {
  const width = Math.min(size, images - 1, count + Math.max(20, Math.round(count / 10)));
  const random = randomSequence(0, "sample", 0, 0);
  let basis = orthonormalRows(
    Float64Array.from({ length: width * size }, () => random.normal()),
    width,
    size,
  );
  let left = Number.POSITIVE_INFINITY;
  for (let round = 0; ; round++) {
    const { image, within } = await throughCovariance(products, blocks, images, basis, width, size);
    const { values, vectors } = await symmetricEigen(within, width, { signal });
    const nowLeft = totalVariance - values.subarray(0, count).reduce((sum, value) => sum + value, 0);
    if (Math.abs(left - nowLeft) <= tolerance * nowLeft || nowLeft <= 1e-6 * totalVariance || round === mostRounds) {
      const turn = Float32Array.from(vectors.subarray(0, count * width));
      const components = await products.multiply(turn, Float32Array.from(basis), {
        shapeA: [count, width],
        shapeB: [width, size],
      });
      return { components, variances: values.slice(0, count) };
    }
    left = nowLeft;
    basis = orthonormalRows(image, width, size);
  }
}

/** Rows basis·C and the small matrix basis·C·basisᵀ, C the covariance. */
async function throughCovariance(
  products: Products,
  blocks: Blocks,
  images: number,
  basis: Float64Array,
  width: number,
  size: number,
): Promise<{ image: Float64Array; within: Float64Array }> {
  const rows = Float32Array.from(basis);
  const image = new Float64Array(width * size);
  const within = new Float64Array(width * width);
  for await (const block of blocks()) {
    const shapeA = [block.rows, size];
    const shapeB = [width, size];
    const codes = await products.multiply(block.images, rows, { shapeA, shapeB, transposeB: true });
    const shapeCodes = [block.rows, width];
    const back = await products.multiply(codes, block.images, { shapeA: shapeCodes, shapeB: shapeA, transposeA: true });
    const square = await products.multiply(codes, codes, { shapeA: shapeCodes, shapeB: shapeCodes, transposeA: true });
    for (let i = 0; i < back.length; i++) image[i] = (image[i] as number) + (back[i] as number) / images;
    for (let i = 0; i < square.length; i++) within[i] = (within[i] as number) + (square[i] as number) / images;
  }
  return { image, within };
}

/** A file of fitted components, for a cache. */
export function encodePca({ size, count, mean, components, variances, totalVariance }: Pca): Uint8Array {
  return encodeSafetensors({
    tensors: {
      mean: { dtype: "F32", shape: [size], data: mean },
      components: { dtype: "F32", shape: [count, size], data: components },
      variances: { dtype: "F64", shape: [count], data: variances },
    },
    metadata: { totalVariance: String(totalVariance) },
  });
}

/** @throws UserError for a damaged file */
export function decodePca(bytes: Uint8Array, at: string): Pca {
  const { tensors, metadata } = decodeSafetensors(bytes, at);
  const { mean, components, variances } = tensors;
  const totalVariance = Number(metadata?.totalVariance);
  if (
    !(mean?.data instanceof Float32Array) ||
    !(components?.data instanceof Float32Array) ||
    !(variances?.data instanceof Float64Array) ||
    !Number.isFinite(totalVariance)
  ) {
    throw new UserError("is damaged: it holds no principal components", { at, hint: "Delete it; it is made again." });
  }
  const [size, count] = [mean.data.length, variances.data.length];
  if (components.data.length !== size * count) throw new InternalError(`components in ${at} are of another size`);
  return { size, count, mean: mean.data, components: components.data, variances: variances.data, totalVariance };
}

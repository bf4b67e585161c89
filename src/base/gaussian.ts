// Normal distributions of codes: fitted to them, and how far a code lies from one. float64.
import { InternalError } from "./errors.js";
import { isPauseDue, pause } from "./turns.js";

/** A normal distribution of codes: mean + factor · standard normal. */
export interface CodeGaussian {
  /** [unit] */
  readonly mean: Float64Array;
  /** [unit, unit], lower triangular, factor · factorᵀ is the covariance; row by row. */
  readonly factor: Float64Array;
}

/**
 * Mean and covariance of codes, in float64; the covariance is divided by the number of codes less one.
 * @param codes [code, unit], at least two
 * @param ridge added to the diagonal, as a share of the units' mean variance; default none
 * @throws AbortError
 */
export async function fitGaussian(
  codes: Float32Array,
  codeSize: number,
  signal?: AbortSignal,
  ridge = 0,
): Promise<CodeGaussian> {
  const count = codes.length / codeSize;
  if (!Number.isInteger(count) || count < 2) {
    throw new InternalError(`${codes.length} numbers are no two or more codes of ${codeSize}`);
  }
  const mean = new Float64Array(codeSize);
  for (let at = 0; at < codes.length; at += codeSize) {
    for (let unit = 0; unit < codeSize; unit++)
      mean[unit] = (mean[unit] as number) + (codes[at + unit] as number) / count;
  }
  // The lower triangle, one code after the other: rows of the matrix lie together and the innermost loop runs along them.
  const covariance = new Float64Array(codeSize * codeSize);
  const centred = new Float64Array(codeSize);
  for (let at = 0; at < codes.length; at += codeSize) {
    if (isPauseDue()) await pause(signal);
    for (let unit = 0; unit < codeSize; unit++) centred[unit] = (codes[at + unit] as number) - (mean[unit] as number);
    for (let i = 0, row = 0; i < codeSize; i++, row += codeSize) {
      const value = (centred[i] as number) / (count - 1);
      for (let j = 0; j <= i; j++)
        covariance[row + j] = (covariance[row + j] as number) + value * (centred[j] as number);
    }
  }
  if (ridge > 0) {
    let trace = 0;
    for (let i = 0; i < codeSize; i++) trace += covariance[i * codeSize + i] as number;
    for (let i = 0; i < codeSize; i++) {
      covariance[i * codeSize + i] = (covariance[i * codeSize + i] as number) + (ridge * trace) / codeSize;
    }
  }
  return { mean, factor: await cholesky(covariance, codeSize, signal) };
}

/**
 * Mahalanobis distances of codes from a distribution's mean: Euclidean ones after its covariance was made the identity. Directions
 * in which the distribution has no width do not count.
 * @param codes [code, unit]
 * @throws AbortError
 */
export async function mahalanobisDistances(
  { mean, factor }: CodeGaussian,
  codes: Float32Array,
  signal?: AbortSignal,
): Promise<Float64Array> {
  const size = mean.length;
  const distances = new Float64Array(codes.length / size);
  const whitened = new Float64Array(size);
  for (let code = 0, at = 0; code < distances.length; code++, at += size) {
    if (isPauseDue()) await pause(signal);
    let squares = 0;
    for (let i = 0, row = 0; i < size; i++, row += size) {
      let rest = (codes[at + i] as number) - (mean[i] as number);
      for (let j = 0; j < i; j++) rest -= (factor[row + j] as number) * (whitened[j] as number);
      const pivot = factor[row + i] as number;
      whitened[i] = pivot === 0 ? 0 : rest / pivot;
      squares += (whitened[i] as number) ** 2;
    }
    distances[code] = Math.sqrt(squares);
  }
  return distances;
}

/**
 * The lower triangular factor of a positive semi-definite matrix, factor · factorᵀ. A column whose pivot is zero but for
 * rounding is zero: units that never change, or that follow from others, and more units than codes, are no obstacle.
 * @param matrix [size, size]; only its lower triangle is read
 * @throws AbortError
 */
export async function cholesky(matrix: Float64Array, size: number, signal?: AbortSignal): Promise<Float64Array> {
  const factor = new Float64Array(size * size);
  let largest = 0;
  for (let i = 0; i < size; i++) largest = Math.max(largest, matrix[i * size + i] as number);
  // A pivot is what is left of a diagonal value after up to `size` subtractions, each rounded.
  const zero = largest * size * Number.EPSILON;
  for (let i = 0, row = 0; i < size; i++, row += size) {
    if (isPauseDue()) await pause(signal);
    for (let j = 0, other = 0; j <= i; j++, other += size) {
      let rest = matrix[row + j] as number;
      for (let k = 0; k < j; k++) rest -= (factor[row + k] as number) * (factor[other + k] as number);
      if (i === j) factor[row + j] = rest > zero ? Math.sqrt(rest) : 0;
      else {
        const pivot = factor[other + j] as number;
        factor[row + j] = pivot === 0 ? 0 : rest / pivot;
      }
    }
  }
  return factor;
}

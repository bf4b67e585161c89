// Codes drawn as points of a plane: by their two principal components, or by UMAP, which keeps neighbours together.
import { UMAP } from "umap-js";
import { symmetricEigen } from "../base/eigen.js";
import { InternalError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import { isPauseDue, pause } from "../base/turns.js";

export interface PrincipalMap {
  /** [code, 2] */
  readonly points: Float32Array;
  /** The parts of the codes' variance along each axis, 0 to 1. */
  readonly shares: readonly [number, number];
  /** [unit], where both axes are 0. */
  readonly mean: Float64Array;
  /** [axis, unit], each of length 1; zeros for an axis that the codes do not have. A place (x, y) is mean + x·first + y·second. */
  readonly directions: Float64Array;
}

/**
 * The codes' coordinates along the two directions in which they vary most, in the codes' own units. Each direction points to
 * where its largest entry is positive, so that the map does not turn over by chance.
 * @param codes [code, unit], at least one
 * @throws AbortError
 */
export async function principalMap(codes: Float32Array, codeSize: number, signal?: AbortSignal): Promise<PrincipalMap> {
  const count = codes.length / codeSize;
  if (!Number.isInteger(count) || count < 1)
    throw new InternalError(`${codes.length} numbers are no codes of ${codeSize}`);
  const mean = new Float64Array(codeSize);
  for (let at = 0; at < codes.length; at += codeSize) {
    if (isPauseDue()) await pause(signal);
    for (let unit = 0; unit < codeSize; unit++) {
      mean[unit] = (mean[unit] as number) + (codes[at + unit] as number) / count;
    }
  }
  const rows = new Float64Array(codes.length);
  let squares = 0;
  for (let at = 0; at < codes.length; at += codeSize) {
    if (isPauseDue()) await pause(signal);
    for (let unit = 0; unit < codeSize; unit++) {
      const value = (codes[at + unit] as number) - (mean[unit] as number);
      rows[at + unit] = value;
      squares += value * value;
    }
  }
  const total = squares / count;
  const { values, vectors } = await leadingDirections(rows, codeSize, signal);
  const points = new Float32Array(2 * count);
  const shares: [number, number] = [0, 0];
  const directions = new Float64Array(2 * codeSize);
  for (const axis of [0, 1] as const) {
    // A code of one unit has no second direction.
    if (axis >= codeSize) continue;
    const vector = vectors.subarray(axis * codeSize, (axis + 1) * codeSize);
    const sign = Math.sign(vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)) || 1;
    for (let unit = 0; unit < codeSize; unit++) directions[axis * codeSize + unit] = sign * (vector[unit] as number);
    shares[axis] = total === 0 ? 0 : Math.max(0, values[axis] as number) / total;
    for (let code = 0; code < count; code++) {
      points[2 * code + axis] = sign * dot(rows, code * codeSize, vector, 0, codeSize);
    }
  }
  return { points, shares, mean, directions };
}

/** Directions that are followed together: more than two, so that the second is found even where the third is nearly as long. */
const followed = 8;
const mostRounds = 100;

/**
 * The longest principal directions of centred rows, by subspace iteration (Golub and Van Loan, "Matrix computations", section 8.2.4):
 * the covariance, which has the square of the code's size, is never made.
 * @returns as `symmetricEigen`, of at least two directions where the code has as many numbers
 */
async function leadingDirections(rows: Float64Array, size: number, signal: AbortSignal | undefined) {
  const count = rows.length / size;
  const width = Math.min(followed, size);
  const random = randomSequence(0, "sample", 0, 0);
  let basis = orthonormal(Float64Array.from({ length: width * size }, random.normal), size);
  let before = Number.NaN;
  for (let round = 0; ; round++) {
    // Coordinates [row, direction], then their products with the rows: the covariance times the basis.
    const image = new Float64Array(width * size);
    const inner = new Float64Array(width * width);
    const coordinates = new Float64Array(width);
    for (let at = 0; at < rows.length; at += size) {
      if (isPauseDue()) await pause(signal);
      for (let k = 0; k < width; k++) coordinates[k] = dot(rows, at, basis, k * size, size);
      for (let k = 0; k < width; k++) {
        const value = (coordinates[k] as number) / count;
        for (let other = 0; other < width; other++) {
          inner[k * width + other] = (inner[k * width + other] as number) + value * (coordinates[other] as number);
        }
        for (let i = 0, to = k * size; i < size; i++, to++) {
          image[to] = (image[to] as number) + value * (rows[at + i] as number);
        }
      }
    }
    const { values, vectors } = await symmetricEigen(inner, width, { signal });
    const found = (values[0] as number) + (values[1] ?? 0);
    // The sum of two variances has the error's square: 1e-12 of it is 1e-6 of a direction.
    if (round === mostRounds || Math.abs(found - before) <= 1e-12 * found) {
      return { values, vectors: combined(vectors, basis, width, size) };
    }
    before = found;
    basis = orthonormal(image, size);
  }
}

function dot(a: Float64Array, fromA: number, b: Float64Array, fromB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[fromA + i] as number) * (b[fromB + i] as number);
  return sum;
}

/** Rows made perpendicular and of length 1 (Gram–Schmidt, twice over); what is nothing after that becomes zeros. */
function orthonormal(rows: Float64Array, size: number): Float64Array {
  for (let row = 0; row < rows.length; row += size) {
    const length = Math.sqrt(dot(rows, row, rows, row, size));
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < row; other += size) {
        const part = dot(rows, row, rows, other, size);
        for (let i = 0; i < size; i++) rows[row + i] = (rows[row + i] as number) - part * (rows[other + i] as number);
      }
    }
    const left = Math.sqrt(dot(rows, row, rows, row, size));
    const scale = left > 1e-12 * length ? 1 / left : 0;
    for (let i = 0; i < size; i++) rows[row + i] = (rows[row + i] as number) * scale;
  }
  return rows;
}

/** Small eigenvectors [width, width] as combinations of the basis [width, size]. */
function combined(vectors: Float64Array, basis: Float64Array, width: number, size: number): Float64Array {
  const out = new Float64Array(width * size);
  for (let k = 0; k < width; k++) {
    for (let j = 0; j < width; j++) {
      const weight = vectors[k * width + j] as number;
      for (let i = 0; i < size; i++) {
        out[k * size + i] = (out[k * size + i] as number) + weight * (basis[j * size + i] as number);
      }
    }
  }
  return out;
}

export interface NeighbourMapOptions {
  /** Neighbours of each code that the map tries to keep near; fewer show detail, more the whole. */
  readonly neighbours: number;
  /** Least distance of points on the map, in its units; 0 packs neighbours tightly. */
  readonly minimumDistance: number;
  readonly seed: number;
  /** Told how much is done, 0 to 1; may throw to stop. The library's first half is one piece, of seconds for thousands of codes. */
  readonly progress?: (done: number) => void;
}

/**
 * UMAP (McInnes, Healy and Melville 2018, "UMAP: Uniform manifold approximation and projection for dimension reduction")
 * with Euclidean distances. What is near on the map was near in the space of codes; distances between groups, sizes of
 * groups and the axes mean nothing. Draws are keyed by the seed (stream "sample").
 * @param codes [code, unit], more codes than neighbours
 * @returns [code, 2]
 */
export async function neighbourMap(
  codes: Float32Array,
  codeSize: number,
  { neighbours, minimumDistance, seed, progress }: NeighbourMapOptions,
): Promise<Float32Array> {
  const count = codes.length / codeSize;
  if (!Number.isInteger(count) || count <= neighbours) {
    throw new InternalError(`${codes.length} numbers are no more than ${neighbours} codes of ${codeSize}`);
  }
  const { uniform } = randomSequence(seed, "sample", 0, 0);
  const umap = new UMAP({ nNeighbors: neighbours, minDist: minimumDistance, nComponents: 2, random: uniform });
  // The library reads rows by index and length alone, so views do.
  const rows = Array.from({ length: count }, (_, i) => codes.subarray(i * codeSize, (i + 1) * codeSize));
  progress?.(0);
  const epochs = umap.initializeFit(rows as unknown as number[][]);
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    progress?.(epoch / epochs);
    await pause();
  }
  const points = new Float32Array(2 * count);
  for (const [i, point] of umap.getEmbedding().entries()) points.set(point, 2 * i);
  return points;
}

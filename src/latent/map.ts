// Codes drawn as points of a plane: by their two principal components, or by UMAP, which keeps neighbours together.
import { UMAP } from "umap-js";
import { symmetricEigen } from "../base/eigen.js";
import { InternalError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";

export interface PrincipalMap {
  /** [code, 2] */
  readonly points: Float32Array;
  /** The parts of the codes' variance along each axis, 0 to 1. */
  readonly shares: readonly [number, number];
}

/**
 * The codes' coordinates along the two directions in which they vary most, in the codes' own units. Each direction points to
 * where its largest entry is positive, so that the map does not turn over by chance.
 * @param codes [code, unit], at least one
 */
export function principalMap(codes: Float32Array, codeSize: number): PrincipalMap {
  const count = codes.length / codeSize;
  if (!Number.isInteger(count) || count < 1)
    throw new InternalError(`${codes.length} numbers are no codes of ${codeSize}`);
  const mean = new Float64Array(codeSize);
  codes.forEach((value, at) => {
    mean[at % codeSize] = (mean[at % codeSize] as number) + value / count;
  });
  const covariance = new Float64Array(codeSize * codeSize);
  const centred = new Float64Array(codeSize);
  for (let at = 0; at < codes.length; at += codeSize) {
    for (let unit = 0; unit < codeSize; unit++) centred[unit] = (codes[at + unit] as number) - (mean[unit] as number);
    for (let i = 0, row = 0; i < codeSize; i++, row += codeSize) {
      const value = (centred[i] as number) / count;
      for (let j = i; j < codeSize; j++) {
        covariance[row + j] = (covariance[row + j] as number) + value * (centred[j] as number);
      }
    }
  }
  const { values, vectors } = symmetricEigen(covariance, codeSize, 2);
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const points = new Float32Array(2 * count);
  const shares: [number, number] = [0, 0];
  for (const axis of [0, 1] as const) {
    // A code of one unit has no second direction.
    if (axis >= codeSize) continue;
    const vector = vectors.subarray(axis * codeSize, (axis + 1) * codeSize);
    const sign = Math.sign(vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)) || 1;
    shares[axis] = total === 0 ? 0 : Math.max(0, values[axis] as number) / total;
    for (let code = 0; code < count; code++) {
      let place = 0;
      for (let unit = 0; unit < codeSize; unit++) {
        place += ((codes[code * codeSize + unit] as number) - (mean[unit] as number)) * (vector[unit] as number);
      }
      points[2 * code + axis] = sign * place;
    }
  }
  return { points, shares };
}

export interface NeighbourMapOptions {
  /** Neighbours of each code that the map tries to keep near; fewer show detail, more the whole. */
  readonly neighbours: number;
  /** Least distance of points on the map, in its units; 0 packs neighbours tightly. */
  readonly minimumDistance: number;
  readonly seed: number;
  /** Told how much is done, 0 to 1; may throw to stop. */
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
  const rows = Array.from({ length: count }, (_, i) => [...codes.subarray(i * codeSize, (i + 1) * codeSize)]);
  progress?.(0);
  const epochs = umap.initializeFit(rows);
  for (let epoch = 0; epoch < epochs; epoch++) {
    umap.step();
    if (epoch % 10 !== 0) continue;
    progress?.(epoch / epochs);
    // An interruption is heard of only where the thread is let go.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const points = new Float32Array(2 * count);
  for (const [i, point] of umap.getEmbedding().entries()) points.set(point, 2 * i);
  return points;
}

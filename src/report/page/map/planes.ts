// The planes that codes are drawn in, and the way back from a place to a code: principal directions, two units, or a plane
// that only codes have (UMAP). Pure.
import { principalMap } from "../../../latent/map.js";
import { pointIndex } from "./pointIndex.js";

/** Codes drawn in a plane. */
export interface Plane {
  readonly kind: "pca" | "units" | "umap";
  /** [code, 2] */
  readonly points: Float32Array;
  /** Across and up, where the plane is two units. */
  readonly units?: readonly [number, number];
  /** What the axes are, for people; nothing where they mean nothing. */
  readonly axes: readonly [string, string] | undefined;
  /** How a place becomes a code, in a sentence. */
  readonly wayBack: string;
  /** The code of a place. */
  codeAt(x: number, y: number): Float32Array;
}

/** Along the two directions in which the codes vary most. @throws AbortError */
export async function principalPlane(codes: Float32Array, codeSize: number, signal?: AbortSignal): Promise<Plane> {
  const { points, shares, mean, directions } = await principalMap(codes, codeSize, signal);
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  return {
    kind: "pca",
    points,
    axes: [`first direction, ${percent(shares[0])} of the variance`, `second direction, ${percent(shares[1])}`],
    wayBack: "A place is decoded exactly: the mean code and so much of each direction.",
    codeAt: (x, y) =>
      Float32Array.from(mean, (value, unit) => value + x * directions[unit] + y * directions[codeSize + unit]),
  };
}

/** Two units of the code as they are. */
export function unitPlane(codes: Float32Array, codeSize: number, [across, up]: readonly [number, number]): Plane {
  const count = codes.length / codeSize;
  const points = new Float32Array(2 * count);
  const mean = new Float64Array(codeSize);
  for (let i = 0; i < count; i++) {
    points[2 * i] = codes[i * codeSize + across];
    points[2 * i + 1] = codes[i * codeSize + up];
    for (let unit = 0; unit < codeSize; unit++) mean[unit] += codes[i * codeSize + unit] / count;
  }
  return {
    kind: "units",
    points,
    units: [across, up],
    axes: [`unit ${across + 1}`, `unit ${up + 1}`],
    wayBack: "A place is decoded with these two units from it, and all others at their mean.",
    codeAt(x, y) {
      const code = Float32Array.from(mean);
      code[up] = y;
      code[across] = x;
      return code;
    },
  };
}

/** Codes that are blended at a place. */
const blended = 8;

/**
 * A plane that has no way back of its own: a place's code is the mean of its nearest points' codes, weighted by one over the
 * squared distance (Shepard 1968, "A two-dimensional interpolation function for irregularly-spaced data"). At a point it is
 * the point's own code.
 * @param points [code, 2]
 */
export function mappedPlane(points: Float32Array, codes: Float32Array, codeSize: number): Plane {
  const index = pointIndex(points);
  return {
    kind: "umap",
    points,
    axes: undefined,
    wayBack: `A place is decoded from the ${blended} nearest points' codes, nearer ones weighing more.`,
    codeAt(x, y) {
      const near = index.nearestFew(x, y, blended);
      const squares = near.map((i) => (points[2 * i] - x) ** 2 + (points[2 * i + 1] - y) ** 2);
      // At a point the weight is without end, and the code the point's.
      const weights = squares[0] === 0 ? squares.map((_, k) => (k === 0 ? 1 : 0)) : squares.map((square) => 1 / square);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const code = new Float64Array(codeSize);
      near.forEach((i, k) => {
        for (let unit = 0; unit < codeSize; unit++) code[unit] += (weights[k] / total) * codes[i * codeSize + unit];
      });
      return Float32Array.from(code);
    },
  };
}

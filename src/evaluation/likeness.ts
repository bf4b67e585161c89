// How alike codes are: the measures of distance, and all pairs of codes that are nearly the same.
import { joined } from "../base/numbers.js";
import { pause } from "../base/turns.js";
import { openProducts } from "../data/principalComponents/products.js";
import type { Engine } from "../engines/engine.js";
import { distanceBetween, squaredLengths } from "./nearestRows.js";

export const distanceNames = ["standardised", "euclidean", "cosine"] as const;
export type DistanceName = (typeof distanceNames)[number];

/** What each distance is, for people. */
export const distanceTexts: Readonly<Record<DistanceName, string>> = {
  standardised: "Euclidean distance of codes whose units have mean 0 and variance 1 over the collection",
  euclidean: "Euclidean distance of codes",
  cosine: "1 − cosine of the angle between codes",
};

/** Codes laid out so that a distance of theirs is Euclidean, and back to the distance. */
export interface DistanceSpace {
  /** @param codes [code, unit] @returns a new array of the same form */
  place(codes: Float32Array): Float32Array;
  /** The distance that a Euclidean one stands for. */
  distanceOf(euclidean: number): number;
  /** The other way. */
  euclideanOf(distance: number): number;
}

/** @param collection [code, unit], at least one: its means and deviations count */
export function distanceSpace(name: DistanceName, collection: Float32Array, width: number): DistanceSpace {
  const same = (distance: number): number => distance;
  if (name === "cosine") {
    return {
      place: (codes) => unitRows(codes, width),
      distanceOf: (euclidean) => euclidean ** 2 / 2,
      euclideanOf: (distance) => Math.sqrt(2 * distance),
    };
  }
  const { mean, scale } = unitMoments(collection, width);
  // Distances do not change when the mean is taken away, and products in float32 lose less.
  const moved = { mean, scale: name === "standardised" ? scale : new Float64Array(width).fill(1) };
  return {
    place(codes) {
      const placed = Float32Array.from(codes);
      standardiseInPlace(placed, moved);
      return placed;
    },
    distanceOf: same,
    euclideanOf: same,
  };
}

/** Rows of length 1; a row of zeros stays. */
function unitRows(codes: Float32Array, width: number): Float32Array {
  const placed = new Float32Array(codes.length);
  for (let at = 0; at < codes.length; at += width) {
    let squares = 0;
    for (let i = at; i < at + width; i++) squares += (codes[i] as number) ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = at; i < at + width; i++) placed[i] = (codes[i] as number) * scale;
  }
  return placed;
}

export interface UnitMoments {
  readonly mean: Float64Array;
  /** 1 over the deviation; 1 for a unit that never changes. */
  readonly scale: Float64Array;
}

/** Mean and reciprocal deviation of each unit of codes [code, unit]. */
export function unitMoments(codes: Float32Array, width: number): UnitMoments {
  const count = codes.length / width;
  const mean = new Float64Array(width);
  const variance = new Float64Array(width);
  for (let at = 0; at < codes.length; at += width) {
    for (let unit = 0; unit < width; unit++) mean[unit] = (mean[unit] as number) + (codes[at + unit] as number) / count;
  }
  for (let at = 0; at < codes.length; at += width) {
    for (let unit = 0; unit < width; unit++) {
      variance[unit] =
        (variance[unit] as number) + ((codes[at + unit] as number) - (mean[unit] as number)) ** 2 / count;
    }
  }
  return { mean, scale: variance.map((value) => (value > 0 ? 1 / Math.sqrt(value) : 1)) };
}

/** Moves and scales codes [code, unit] by moments, where they lie. */
export function standardiseInPlace(codes: Float32Array, { mean, scale }: UnitMoments): void {
  const width = mean.length;
  for (let at = 0; at < codes.length; at += width) {
    for (let unit = 0; unit < width; unit++) {
      codes[at + unit] = ((codes[at + unit] as number) - (mean[unit] as number)) * (scale[unit] as number);
    }
  }
}

export interface ClosePairs {
  /** Rows that are near each other, the first the smaller number; the nearest pairs first. */
  readonly pairs: readonly { readonly first: number; readonly second: number; readonly distance: number }[];
  /** Whether there are more pairs than were kept. Groups are whole all the same. */
  readonly isCut: boolean;
  /** Rows that pairs join, each group sorted, by their first rows. */
  readonly groups: readonly (readonly number[])[];
}

const block = 2000;
/** What products in float32 may be wrong by, as a share of the squared lengths. */
const slack = 1e-5;

/**
 * All pairs of rows at most `within` apart (Euclidean, in float64; candidates are found by products on the engine, so 60,000 codes of
 * 64 numbers are a matter of half a minute on a core).
 * @param rows [row, width], best about 0
 * @param options.mostPairs pairs that are kept. Default 100,000
 * @throws AbortError
 */
export async function closePairs(
  engine: Engine,
  rows: Float32Array,
  width: number,
  options: {
    readonly within: number;
    readonly mostPairs?: number;
    readonly signal?: AbortSignal | undefined;
    readonly progress?: (done: number, of: number) => void;
  },
): Promise<ClosePairs> {
  const { within, mostPairs = 100_000, signal, progress } = options;
  const count = rows.length / width;
  const halves = (await squaredLengths(rows, width, signal)).map((square) => (square * (1 - slack)) / 2);
  const things = joined(count);
  const pairs: { first: number; second: number; distance: number }[] = [];
  let isCut = false;
  const offer = (first: number, second: number): void => {
    if (pairs.length >= mostPairs && things.leaderOf(first) === things.leaderOf(second)) {
      isCut = true;
      return;
    }
    const distance = distanceBetween(rows, first, rows, second, width);
    if (distance > within) return;
    things.join(first, second);
    if (pairs.length < mostPairs) pairs.push({ first, second, distance });
    else isCut = true;
  };
  const products = await openProducts(engine);
  const blocks = Math.ceil(count / block);
  try {
    for (let i = 0, done = 0; i < blocks; i++) {
      const top = i * block;
      const height = Math.min(block, count - top);
      const above = rows.subarray(top * width, (top + height) * width);
      for (let j = i; j < blocks; j++) {
        await pause(signal);
        progress?.(done++, (blocks * (blocks + 1)) / 2);
        const left = j * block;
        const length = Math.min(block, count - left);
        const inner = await products.multiply(above, rows.subarray(left * width, (left + length) * width), {
          shapeA: [height, width],
          shapeB: [length, width],
          transposeB: true,
        });
        for (let row = 0; row < height; row++) {
          const enough = (halves[top + row] as number) - (within * within) / 2;
          const start = i === j ? row + 1 : 0;
          for (let column = start, at = row * length + start; column < length; column++, at++) {
            if ((inner[at] as number) < enough + (halves[left + column] as number)) continue;
            offer(top + row, left + column);
          }
        }
      }
    }
  } finally {
    products.dispose();
  }
  pairs.sort((a, b) => a.distance - b.distance || a.first - b.first || a.second - b.second);
  return { pairs, isCut, groups: things.groups() };
}

// Codes with their classes, as probes take them: standardised, and parted into those to fit and those to choose by.
import { randomOrder } from "../base/random.js";

/** Codes and the class of each. */
export interface LabelledCodes {
  /** [code, unit] */
  readonly codes: Float32Array;
  /** Whole numbers from 0. */
  readonly labels: ArrayLike<number>;
  readonly count: number;
  /** Units. */
  readonly width: number;
}

/**
 * Moves and scales every unit to mean 0 and variance 1 over `train`, and `others` likewise. A unit that never changes is
 * moved only.
 */
export function standardise(train: LabelledCodes, others: readonly LabelledCodes[]): readonly LabelledCodes[] {
  const { width, count } = train;
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let i = 0; i < count * width; i++)
    means[i % width] = (means[i % width] as number) + (train.codes[i] as number) / count;
  for (let i = 0; i < count * width; i++) {
    squares[i % width] =
      (squares[i % width] as number) + ((train.codes[i] as number) - (means[i % width] as number)) ** 2 / count;
  }
  const scales = squares.map((variance) => (variance > 0 ? 1 / Math.sqrt(variance) : 1));
  return [train, ...others].map((set) => ({
    ...set,
    codes: set.codes.map((value, i) => (value - (means[i % width] as number)) * (scales[i % width] as number)),
  }));
}

/** The codes of those places, in their order. */
export function someCodes({ codes, labels, width }: LabelledCodes, places: ArrayLike<number>): LabelledCodes {
  const count = places.length;
  const chosen = new Float32Array(count * width);
  const of = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const place = places[i] as number;
    chosen.set(codes.subarray(place * width, (place + 1) * width), i * width);
    of[i] = labels[place] as number;
  }
  return { codes: chosen, labels: of, count, width };
}

/** A tenth of the codes, drawn by (seed, split), to choose settings by, and the others to fit. */
export function holdOut(
  all: LabelledCodes,
  seed: number,
): { readonly fit: LabelledCodes; readonly held: LabelledCodes } {
  const order = randomOrder(all.count, seed, "split", 0);
  const held = Math.max(1, Math.floor(all.count / 10));
  return { fit: someCodes(all, order.subarray(held).sort()), held: someCodes(all, order.subarray(0, held).sort()) };
}

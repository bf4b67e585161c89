// Codes with their classes, as probes take them: standardised, and parted into those to fit and those to choose by.
import { randomOrder } from "../base/random.js";
import { isPauseDue, pause } from "../base/turns.js";

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
 * @throws AbortError
 */
export async function standardise(
  train: LabelledCodes,
  others: readonly LabelledCodes[],
  signal?: AbortSignal,
): Promise<readonly LabelledCodes[]> {
  const { width, count, codes } = train;
  const means = new Float64Array(width);
  const squares = new Float64Array(width);
  for (let at = 0; at < count * width; at += width) {
    if (isPauseDue()) await pause(signal);
    for (let unit = 0; unit < width; unit++) {
      means[unit] = (means[unit] as number) + (codes[at + unit] as number) / count;
    }
  }
  for (let at = 0; at < count * width; at += width) {
    if (isPauseDue()) await pause(signal);
    for (let unit = 0; unit < width; unit++) {
      squares[unit] = (squares[unit] as number) + ((codes[at + unit] as number) - (means[unit] as number)) ** 2 / count;
    }
  }
  const scales = squares.map((variance) => (variance > 0 ? 1 / Math.sqrt(variance) : 1));
  const moved: LabelledCodes[] = [];
  for (const set of [train, ...others]) {
    const values = new Float32Array(set.codes.length);
    for (let at = 0; at < values.length; at += width) {
      if (isPauseDue()) await pause(signal);
      for (let unit = 0; unit < width; unit++) {
        values[at + unit] = ((set.codes[at + unit] as number) - (means[unit] as number)) * (scales[unit] as number);
      }
    }
    moved.push({ ...set, codes: values });
  }
  return moved;
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

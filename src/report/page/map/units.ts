// What the units of a code do over a set of images: mean, spread, KL, which are dead, histograms, traversals. Pure.

export interface UnitFacts {
  /** Its place in the code, from 0. */
  readonly unit: number;
  readonly mean: number;
  readonly deviation: number;
  /** Mean divergence from the standard normal in nats, of a variational model. */
  readonly kl?: number;
  /** Whether it is the same for every image, or, of a variational model, tells less than 0.01 nats of it. */
  readonly isDead: boolean;
}

/** Deviation below which a unit says nothing, as a share of the widest unit's. */
const deadShare = 1e-3;
const deadNats = 0.01;

/**
 * Every unit, from the one that does most to the one that does least: by KL where it is known, else by variance.
 * @param codes [code, unit]
 * @param kl mean over the images of each unit's divergence, in nats
 */
export function unitFacts(codes: Float32Array, codeSize: number, kl?: ArrayLike<number>): readonly UnitFacts[] {
  const count = codes.length / codeSize;
  const mean = new Float64Array(codeSize);
  const squares = new Float64Array(codeSize);
  for (let at = 0; at < codes.length; at++) mean[at % codeSize] += codes[at] / count;
  for (let at = 0; at < codes.length; at++) squares[at % codeSize] += (codes[at] - mean[at % codeSize]) ** 2 / count;
  const widest = Math.sqrt(squares.reduce((most, value) => Math.max(most, value), 0));
  const facts = Array.from(mean, (value, unit): UnitFacts => {
    const deviation = Math.sqrt(squares[unit]);
    const isFlat = deviation <= deadShare * widest;
    if (kl === undefined) return { unit, mean: value, deviation, isDead: isFlat };
    return { unit, mean: value, deviation, kl: kl[unit], isDead: isFlat || kl[unit] < deadNats };
  });
  return facts.sort((a, b) => (b.kl ?? b.deviation) - (a.kl ?? a.deviation) || a.unit - b.unit);
}

/** Counts of values in bins of equal width from the smallest to the largest. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: readonly number[];
}

export function histogramOf(values: ArrayLike<number>, bins = 32): Histogram {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
  }
  const counts = new Array<number>(bins).fill(0);
  if (low > high) return { low: 0, high: 1, counts };
  if (low === high) high = low + 1;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) counts[Math.min(bins - 1, Math.floor(((values[i] - low) / (high - low)) * bins))]++;
  }
  return { low, high, counts };
}

/** One unit of every code. */
export function unitValues(codes: Float32Array, codeSize: number, unit: number): Float32Array {
  return Float32Array.from({ length: codes.length / codeSize }, (_, i) => codes[i * codeSize + unit]);
}

/** The images whose value is largest and smallest, from the most extreme on. */
export function extremes(
  values: ArrayLike<number>,
  few: number,
): { readonly largest: number[]; readonly smallest: number[] } {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
  return { largest: order.slice(0, few), smallest: order.slice(-few).reverse() };
}

/** Steps from −3 to 3 standard deviations. */
export function deviations(steps: number, reach = 3): readonly number[] {
  return Array.from({ length: steps }, (_, i) => (steps === 1 ? 0 : -reach + (2 * reach * i) / (steps - 1)));
}

/**
 * Codes of a traversal: for each unit a row, in it the start code with that unit at its mean and so many deviations.
 * @returns [unit · step, codeSize]
 */
export function traversalCodes(
  start: ArrayLike<number>,
  units: readonly Pick<UnitFacts, "unit" | "mean" | "deviation">[],
  at: readonly number[],
): Float32Array {
  const size = start.length;
  const codes = new Float32Array(units.length * at.length * size);
  units.forEach(({ unit, mean, deviation }, row) => {
    at.forEach((factor, column) => {
      const place = (row * at.length + column) * size;
      codes.set(Array.from(start), place);
      codes[place + unit] = mean + factor * deviation;
    });
  });
  return codes;
}

/**
 * Mean code of one group less that of another, the direction from what the second has to what the first has.
 * @throws RangeError where a group has no members
 */
export function groupDifference(
  codes: Float32Array,
  codeSize: number,
  group: ArrayLike<number>,
  [first, second]: readonly [number, number],
): Float32Array {
  const meanOf = (k: number): Float64Array => {
    const sum = new Float64Array(codeSize);
    let members = 0;
    for (let i = 0; i < codes.length / codeSize; i++) {
      if (group[i] !== k) continue;
      members++;
      for (let unit = 0; unit < codeSize; unit++) sum[unit] += codes[i * codeSize + unit];
    }
    if (members === 0) throw new RangeError(`group ${k} has no members`);
    return sum.map((value) => value / members);
  };
  const [a, b] = [meanOf(first), meanOf(second)];
  return Float32Array.from(a, (value, unit) => value - b[unit]);
}

/** code + strength · direction */
export function shifted(code: ArrayLike<number>, direction: ArrayLike<number>, strength: number): Float32Array {
  return Float32Array.from({ length: code.length }, (_, unit) => code[unit] + strength * direction[unit]);
}

// Many random numbers for one image, fast: words by the kernels, normals by a table of
// quantiles.
import { kernels, wordCount } from "../base/kernels.js";
import { makeWords, type RandomSequence } from "../base/random.js";

/**
 * Words of a Philox sequence of its own, keyed by three words of `random`: millions of numbers cost that one draw.
 * @returns a function that gives the `count` words from word `first` on (a multiple of four, at most 2,048), in memory that the next call
 *   overwrites
 */
export function wordsFrom(random: RandomSequence): (first: number, count: number) => Uint32Array {
  const seed = random.word();
  const time = random.word();
  const index = random.word();
  return (first, count) => makeWords(count, seed, "corrupt", time, index, first / 4);
}

/**
 * Gives 16 random bits for each of `count` values to `use`, piece by piece: value i has half i mod 2 (low half first) of
 * word ⌊i/2⌋ of `wordsFrom(random)`.
 * @param use takes the bits of the values `start` … `start + length − 1`, at 0 … length − 1 of memory that the next piece
 *   overwrites
 */
export function forHalfWords(
  count: number,
  random: RandomSequence,
  use: (halves: Uint16Array, start: number, length: number) => void,
): void {
  const next = wordsFrom(random);
  for (let start = 0; start < count; start += 2 * wordCount) {
    const length = Math.min(2 * wordCount, count - start);
    const words = next(start / 2, Math.ceil(length / 2));
    // WebAssembly's memory has the low half first on every machine, and typed arrays here see it so.
    use(new Uint16Array(words.buffer, words.byteOffset, length), start, length);
  }
}

/** Adds `sigma` times a standard normal to every value; value i takes entry `half word i` of `normalQuantiles()`. */
export function addNormals(values: Float32Array, sigma: number, random: RandomSequence): void {
  const { addFromTable, wordsAt, tableAt, scratch, floats } = kernels();
  const at = scratch(4 * values.length);
  const memory = floats();
  if (!isTableThere) memory.set(normalQuantiles(), tableAt / 4);
  isTableThere = true;
  memory.set(values, at / 4);
  const next = wordsFrom(random);
  for (let start = 0; start < values.length; start += 2 * wordCount) {
    const count = Math.min(2 * wordCount, values.length - start);
    next(start / 2, Math.ceil(count / 2));
    addFromTable(wordsAt, tableAt, at + 4 * start, count, sigma);
  }
  values.set(memory.subarray(at / 4, at / 4 + values.length));
}

/** Whether the kernels' memory has the quantiles. */
let isTableThere = false;

const tableSize = 65536;
let table: Float32Array | undefined;

/**
 * The standard normal's quantiles at (i + ½)/65,536, scaled to a variance of exactly 1: an equally likely entry is a normal
 * between ±4.3. 256 KiB, which the second-level cache holds; made at the first use.
 */
export function normalQuantiles(): Float32Array {
  table ??= makeNormalQuantiles();
  return table;
}

function makeNormalQuantiles(): Float32Array {
  const half = tableSize / 2;
  const positive = new Float64Array(half);
  let squares = 0;
  for (let i = 0, x = 0; i < half; i++) {
    const probability = (i + 0.5) / tableSize;
    // Newton's method from the neighbour; two steps leave rounding only, except at the far end, which takes a few more.
    for (let step = 0, change = 1; step < 20 && Math.abs(change) > 1e-13; step++) {
      const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
      change = (probability - density * series(x)) / density;
      x += change;
    }
    positive[i] = x;
    squares += (2 * x * x) / tableSize;
  }
  const scale = 1 / Math.sqrt(squares);
  const quantiles = new Float32Array(tableSize);
  for (let i = 0; i < half; i++) {
    const value = (positive[i] as number) * scale;
    quantiles[half + i] = value;
    quantiles[half - 1 - i] = -value;
  }
  return quantiles;
}

/** x + x³/3 + x⁵/(3·5) + …, which times the density is the normal's probability from 0 to x. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return sum;
}

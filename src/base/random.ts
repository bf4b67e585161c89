// Random numbers: Philox 4×32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), keyed, without
// hidden state. Key = (seed, stream), counter = (index, 0, epoch or step, block): every draw can be made again alone.
import { InternalError } from "./errors.js";
import { kernels, wordCount } from "./kernels.js";

/** What a draw is for. Streams of one seed are independent of each other. */
export const streams = {
  initialise: 1,
  split: 2,
  shuffle: 3,
  augment: 4,
  corrupt: 5,
  dropout: 6,
  latent: 7,
  sample: 8,
} as const;
export type Stream = keyof typeof streams;

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High 32 bits of the 64-bit product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(middle2 / 65536)) >>> 0;
}

/** One Philox 4×32-10 block: four unsigned 32-bit words from a counter of four and a key of two, written into `out`. */
export function philox(counter: ArrayLike<number>, key: ArrayLike<number>, out: Uint32Array): void {
  let c0 = counter[0] as number;
  let c1 = counter[1] as number;
  let c2 = counter[2] as number;
  let c3 = counter[3] as number;
  let k0 = key[0] as number;
  let k1 = key[1] as number;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(M0, c0);
    const low0 = Math.imul(M0, c0);
    const high1 = multiplyHigh(M1, c2);
    const low1 = Math.imul(M1, c2);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1 >>> 0;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0 >>> 0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/** A sequence of draws for one (seed, stream, time, index); two with the same arguments give the same numbers. */
export interface RandomSequence {
  /** An unsigned 32-bit word. */
  word(): number;
  /** Uniform in [0, 1), a multiple of 2⁻³². */
  uniform(): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** A whole number, uniform in [0, limit); limit up to 2³². Unbiased (rejection). */
  below(limit: number): number;
}

/**
 * @param seed whole number, 0 to 2³²−1
 * @param time epoch or step
 * @param index image index, parameter number or element block
 */
export function randomSequence(seed: number, stream: Stream, time: number, index: number): RandomSequence {
  return randomSequences(seed, stream)(time, index);
}

/**
 * `randomSequence(seed, stream, time, index)` for one (time, index) after another without allocating: all of them are one
 * object, which gives the numbers of the last that was asked for.
 */
export function randomSequences(seed: number, stream: Stream): (time: number, index: number) => RandomSequence {
  const counter = new Uint32Array(4);
  const key = new Uint32Array([seed, streams[stream]]);
  const words = new Uint32Array(4);
  let used = 4;
  let spare: number | undefined;
  const word = (): number => {
    if (used === 4) {
      philox(counter, key, words);
      counter[3] = (counter[3] as number) + 1;
      used = 0;
    }
    return words[used++] as number;
  };
  const uniform = (): number => word() / 2 ** 32;
  const sequence: RandomSequence = {
    word,
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log((word() + 1) / (2 ** 32 + 1)));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    below(limit) {
      const bound = 2 ** 32 - (2 ** 32 % limit);
      let value = word();
      while (value >= bound) value = word();
      return value % limit;
    },
  };
  return (time, index) => {
    counter[0] = index;
    counter[1] = Math.floor(index / 2 ** 32);
    counter[2] = time;
    counter[3] = 0;
    used = 4;
    spare = undefined;
    return sequence;
  };
}

/**
 * Fills `out` with the words of `randomSequence(seed, stream, time, index)`, from block `firstBlock` (four words each) on.
 * The fast form for many words.
 */
export function fillWords(
  out: Uint32Array,
  seed: number,
  stream: Stream,
  time: number,
  index: number,
  firstBlock = 0,
): void {
  for (let start = 0; start < out.length; start += wordCount) {
    const count = Math.min(wordCount, out.length - start);
    out.set(makeWords(count, seed, stream, time, index, firstBlock + start / 4), start);
  }
}

/**
 * Makes the next `count` words of a sequence (at most `wordCount`) at the kernels' `wordsAt`.
 * @returns them, in memory that the next call overwrites
 */
export function makeWords(
  count: number,
  seed: number,
  stream: Stream,
  time: number,
  index: number,
  firstBlock: number,
): Uint32Array {
  if (count > wordCount) throw new InternalError(`${count} random words do not fit into the kernels' memory`);
  const { philoxBlocks, wordsAt, words } = kernels();
  const end = wordsAt + 4 * count;
  philoxBlocks(wordsAt, end, firstBlock, index, Math.floor(index / 2 ** 32), time, seed, streams[stream]);
  return words().subarray(wordsAt / 4, end / 4);
}

/**
 * A dropout mask: each element of `out` is 0 with probability `probability`, else 1/(1−probability).
 * Element i is decided by 16 bits (half i mod 2, low half first, of word ⌊i/2⌋ of the sequence), so the probability is
 * rounded to a multiple of 1/65,536 (an error of at most 7.7e-6) while the scale keeps the exact one.
 * @param probability in [0, 1)
 * @param time steps done before
 * @param name the random input's name: its `hashName` is the index, so that adding a layer leaves the others' masks alone
 */
export function fillDropoutMask(
  out: Float32Array,
  probability: number,
  seed: number,
  time: number,
  name: string,
): void {
  if (!(probability >= 0 && probability < 1)) {
    throw new InternalError(`the dropout mask ${name} has probability ${probability}, which is not in [0, 1)`);
  }
  const threshold = Math.round(probability * 65536);
  // A probability so near 1 that its rounding drops everything is no threshold of 16 bits.
  if (threshold > 65535) {
    out.fill(0);
    return;
  }
  const { wordsAt, scratch, floats, dropoutMask } = kernels();
  const at = scratch(8 * wordCount);
  const index = hashName(name);
  for (let start = 0; start < out.length; start += 2 * wordCount) {
    const count = Math.min(2 * wordCount, out.length - start);
    makeWords(Math.ceil(count / 2), seed, "dropout", time, index, start / 8);
    dropoutMask(wordsAt, at, count, threshold, 1 / (1 - probability));
    out.set(floats().subarray(at / 4, at / 4 + count), start);
  }
}

/**
 * Standard normals: the numbers that `randomSequence(seed, stream, time, hashName(name)).normal()` gives one by one,
 * rounded to float32.
 * @param time steps done before
 */
export function fillNormals(out: Float32Array, seed: number, stream: Stream, time: number, name: string): void {
  const index = hashName(name);
  for (let start = 0; start < out.length; start += wordCount) {
    const count = Math.min(wordCount, out.length - start);
    const words = makeWords(count + (count % 2), seed, stream, time, index, start / 4);
    for (let i = 0; i < count; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(((words[i] as number) + 1) / (2 ** 32 + 1)));
      const angle = 2 * Math.PI * ((words[i + 1] as number) / 2 ** 32);
      out[start + i] = radius * Math.cos(angle);
      // Beyond an odd end this writes outside the array, which typed arrays ignore.
      out[start + i + 1] = radius * Math.sin(angle);
    }
  }
}

/** Puts whole numbers 0 … count−1 into a random order (Fisher–Yates), keyed by (seed, stream, time). */
export function randomOrder(count: number, seed: number, stream: Stream, time: number): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const random = randomSequence(seed, stream, time, 0);
  for (let i = count - 1; i > 0; i--) {
    const j = random.below(i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}

/** A 32-bit number for a name (FNV-1a), so that what is keyed by a name does not depend on its place in a list. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

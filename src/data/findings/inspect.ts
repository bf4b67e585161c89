// Looks at every picture of a data set once: what it is by itself, and which ones are the same.
import { joined } from "../../base/numbers.js";
import { randomOrder } from "../../base/random.js";
import { pause } from "../../base/turns.js";
import { hashDistance, lumaOf, makePerceptualHasher } from "../../pixels/index.js";
import { sizeOf } from "../../tensor/index.js";
import type { OpenContext, OpenSource, SplitName } from "../define.js";
import { readPixels } from "../imageStore.js";
import type { Copies, InspectedSplit, Inspection, Looks, PictureAt } from "./define.js";

export interface InspectOptions extends OpenContext {
  readonly sizes?: Inspection["sizes"];
  readonly isLimited?: boolean;
}

/**
 * Everything that findings are made of: some seconds for 70,000 small pictures.
 * @throws AbortError
 */
export async function inspect(source: OpenSource, options: InspectOptions = {}): Promise<Inspection> {
  const { sizes, isLimited = false } = options;
  const splits: InspectedSplit[] = [];
  for (const split of splitsOf(source)) splits.push({ ...split, looks: await looksOf(split, options) });
  const copies = await copiesOf(splits, options);
  return {
    ...{ source, splits, copies, isLimited },
    ...(source.files === undefined ? {} : { files: source.files }),
    ...(sizes === undefined ? {} : { sizes }),
  };
}

/** Bytes of pixels whose exact copies are found in about 0.1 s. */
const quickBytes = 300_000_000;

/**
 * What can be told before a training without holding it up: counts, files, and exact copies where the pixels are in memory and
 * few enough (MNIST's 55 MB take 0.1 s).
 */
export function inspectQuickly(source: OpenSource, isLimited: boolean): Inspection {
  const splits = splitsOf(source);
  const bytes = splits.reduce((sum, { set }) => sum + set.count * sizeOf(set.shape), 0);
  const isInMemory = splits.every(({ set }) => set.pixels instanceof Uint8Array);
  return {
    ...{ source, splits, isLimited },
    ...(source.files === undefined ? {} : { files: source.files }),
    ...(isInMemory && bytes <= quickBytes ? { copies: { exact: exactCopies(splits), isPartial: false } } : {}),
  };
}

/**
 * As `inspectQuickly`, and near copies among as many pictures as `numbers` has room for, of each split the same share, by lot (seed 0):
 * 4 million numbers, which are 5,102 of MNIST's pictures, take 0.3 s.
 * @returns of each split how many pictures were looked at
 * @throws AbortError
 */
export async function inspectSome(
  source: OpenSource,
  {
    isLimited,
    numbers,
    signal,
  }: { readonly isLimited: boolean; readonly numbers: number } & Pick<OpenContext, "signal">,
): Promise<{
  readonly inspection: Inspection;
  readonly looked: readonly { readonly name: SplitName; readonly count: number }[];
}> {
  const inspection = inspectQuickly(source, isLimited);
  const { splits } = inspection;
  const share = Math.min(1, numbers / splits.reduce((sum, { set }) => sum + set.count * sizeOf(set.shape), 0));
  const some = splits.map(({ name, set }): readonly PictureAt[] => {
    const places = Array.from({ length: set.count }, (_, place) => place);
    const chosen =
      share === 1 ? places : Array.from(randomOrder(set.count, 0, "sample", 0).slice(0, share * set.count));
    return chosen.sort((a, b) => a - b).map((place) => ({ split: name, place }));
  });
  const exact = inspection.copies?.exact ?? [];
  const doubles = new Set(exact.flatMap((group) => group.slice(1).map(keyText)));
  const pictures: PictureAt[] = [];
  const hashes = new Uint32Array(2 * some.reduce((sum, { length }) => sum + length, 0));
  for (const [i, { set }] of splits.entries()) {
    const [channels = 1, height = 1, width = 1] = set.shape;
    const hash = makePerceptualHasher({ channels, height, width });
    const buffer = new Uint8Array(sizeOf(set.shape));
    for (const at of some[i] ?? []) {
      await pause(signal);
      const image = readPixels(set, at.place, 1, buffer);
      if (rangeOf(image) < leastRange || (doubles.size > 0 && doubles.has(keyText(at)))) continue;
      hash(image, hashes, 2 * pictures.length);
      pictures.push(at);
    }
  }
  const { groups, isPartial } = await nearGroups(splits, pictures, hashes, signal);
  return {
    inspection: { ...inspection, copies: { exact, near: groups, isPartial: isPartial || share < 1 } },
    looked: splits.map(({ name }, i) => ({ name, count: some[i]?.length ?? 0 })),
  };
}

function rangeOf(image: Uint8Array): number {
  let [lowest, highest] = [255, 0];
  for (const value of image) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  return highest - lowest;
}

function splitsOf({ splits }: OpenSource): readonly InspectedSplit[] {
  return (["train", "validation", "test"] as const).flatMap((name) => {
    const set = splits[name];
    return set === undefined ? [] : [{ name, set }];
  });
}

/** Images read at a time. */
const chunk = 512;

async function eachPicture(
  { name, set }: InspectedSplit,
  { progress, signal }: InspectOptions,
  look: (image: Uint8Array, place: number) => void,
): Promise<void> {
  const size = sizeOf(set.shape);
  for (let first = 0; first < set.count; first += chunk) {
    await pause(signal);
    progress?.({ done: first, of: set.count, what: `looking at the pictures of ${name}` });
    const count = Math.min(chunk, set.count - first);
    const pixels = readPixels(set, first, count);
    for (let i = 0; i < count; i++) look(pixels.subarray(i * size, (i + 1) * size), first + i);
  }
  progress?.({ done: set.count, of: set.count, what: `looking at the pictures of ${name}` });
}

async function looksOf(split: InspectedSplit, options: InspectOptions): Promise<Looks> {
  const { count, shape } = split.set;
  const [channels = 1] = shape;
  const looks = {
    lowest: new Uint8Array(count),
    highest: new Uint8Array(count),
    range: new Uint8Array(count),
    isColoured: new Uint8Array(count),
  };
  await eachPicture(split, options, (image, place) => {
    const plane = image.length / channels;
    let [lowest, highest, range] = [255, 0, 0];
    for (let channel = 0, i = 0; channel < channels; channel++) {
      let [low, high] = [255, 0];
      for (const end = i + plane; i < end; i++) {
        const value = image[i] as number;
        if (value < low) low = value;
        if (value > high) high = value;
      }
      lowest = Math.min(lowest, low);
      highest = Math.max(highest, high);
      range = Math.max(range, high - low);
    }
    looks.lowest[place] = lowest;
    looks.highest[place] = highest;
    looks.range[place] = range;
    if (channels !== 3) return;
    for (let i = 0; i < plane; i++) {
      if (image[i] === image[i + plane] && image[i] === image[i + 2 * plane]) continue;
      looks.isColoured[place] = 1;
      return;
    }
  });
  return looks;
}

/** Groups of pictures that are equal pixel by pixel, in the order of their first ones. */
export function exactCopies(splits: readonly InspectedSplit[]): readonly (readonly PictureAt[])[] {
  const groups = new Map<number, PictureAt[]>();
  for (const { name, set } of splits) {
    const size = sizeOf(set.shape);
    const scratch = new Uint8Array(4 * Math.ceil(size / 4));
    const words = new Int32Array(scratch.buffer);
    for (let first = 0; first < set.count; first += chunk) {
      const count = Math.min(chunk, set.count - first);
      const pixels = readPixels(set, first, count);
      for (let i = 0; i < count; i++) {
        scratch.set(pixels.subarray(i * size, (i + 1) * size));
        const key = keyOf(words);
        const found = groups.get(key);
        const at = { split: name, place: first + i };
        if (found === undefined) groups.set(key, [at]);
        else found.push(at);
      }
    }
  }
  const same: PictureAt[][] = [];
  for (const group of groups.values()) if (group.length > 1) same.push(...partedByPixels(splits, group));
  return same;
}

/** 53 bits of a hash of whole numbers: two multiplicative ones, mixed as MurmurHash3 ends. */
function keyOf(words: Int32Array): number {
  let a = 0x9e3779b9 | 0;
  let b = 0x85ebca6b | 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    a = Math.imul(a ^ word, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b + word, 0xcc9e2d51) ^ (b >>> 13);
  }
  return (a >>> 0) + 2 ** 32 * ((b ^ (b >>> 16)) & 0x1fffff);
}

/** Equal hashes are no proof: the pixels are compared. */
function partedByPixels(splits: readonly InspectedSplit[], group: readonly PictureAt[]): PictureAt[][] {
  const parts: { readonly pixels: Uint8Array; readonly pictures: PictureAt[] }[] = [];
  for (const at of group) {
    const pixels = pixelsOf(splits, at);
    const part = parts.find((one) => one.pixels.every((value, i) => value === pixels[i]));
    if (part === undefined) parts.push({ pixels, pictures: [at] });
    else part.pictures.push(at);
  }
  return parts.map(({ pictures }) => pictures).filter(({ length }) => length > 1);
}

function pixelsOf(splits: readonly InspectedSplit[], { split, place }: PictureAt): Uint8Array {
  const found = splits.find(({ name }) => name === split);
  return found === undefined ? new Uint8Array() : readPixels(found.set, place, 1);
}

/** Values between the lowest and the highest of a picture that shows something. */
export const leastRange = 8;

/**
 * Bits of the perceptual hash in which near copies may differ: with four bands of 16 bits, of which one must be equal, none is
 * missed. Copies compressed by JPEG at quality 60 differ in more for 3% of faces, 3% of digits and 17% of clothes.
 */
const mostBits = 3;
/**
 * The least correlation of the brightness of near copies. By the hash alone 95,628 pairs among MNIST's 60,000 digits would be
 * copies, for ones and sevens look alike; of these 157 correlate by 0.98, 31 by 0.985, 2 by 0.99. Copies compressed at quality
 * 90 correlate by 0.996 to 0.9996, at quality 60 by about 0.995.
 */
const leastCorrelation = 0.99;
/** The same over all values of colour pictures: JPEG keeps colours at half the resolution, 0.965 at the least on sharp edges. */
const leastOfColours = 0.95;
/** Pairs of hashes and pixels that are compared at most: about two seconds each. */
const mostPairs = 200_000_000;
const mostCompared = 2_000_000_000;

async function copiesOf(splits: readonly InspectedSplit[], options: InspectOptions): Promise<Copies> {
  const exact = exactCopies(splits);
  const doubles = new Set(exact.flatMap((group) => group.slice(1).map(keyText)));
  const pictures: PictureAt[] = [];
  const total = splits.reduce((sum, { set }) => sum + set.count, 0);
  const hashes = new Uint32Array(2 * total);
  for (const split of splits) {
    const [channels = 1, height = 1, width = 1] = split.set.shape;
    const hash = makePerceptualHasher({ channels, height, width });
    await eachPicture(split, options, (image, place) => {
      const range = split.looks?.range[place] ?? 255;
      const at = { split: split.name, place };
      if (range < leastRange || (doubles.size > 0 && doubles.has(keyText(at)))) return;
      hash(image, hashes, 2 * pictures.length);
      pictures.push(at);
    });
  }
  const { groups, isPartial } = await nearGroups(splits, pictures, hashes, options.signal);
  return { exact, near: groups, isPartial };
}

function keyText({ split, place }: PictureAt): string {
  return `${split}:${place}`;
}

async function nearGroups(
  splits: readonly InspectedSplit[],
  pictures: readonly PictureAt[],
  hashes: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<{ readonly groups: readonly (readonly PictureAt[])[]; readonly isPartial: boolean }> {
  const near = joined(pictures.length);
  let pairs = 0;
  let compared = 0;
  for (let band = 0; band < 4; band++) {
    const buckets = new Map<number, number[]>();
    for (let i = 0; i < pictures.length; i++) {
      const key = ((hashes[2 * i + (band >> 1)] as number) >>> (16 * (band & 1))) & 0xffff;
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [i]);
      else bucket.push(i);
    }
    for (const bucket of buckets.values()) {
      for (let a = 0; a < bucket.length; a++) {
        if (pairs > mostPairs || compared > mostCompared) break;
        await pause(signal);
        const i = bucket[a] as number;
        for (let b = a + 1; b < bucket.length; b++) {
          pairs++;
          const j = bucket[b] as number;
          if (hashDistance(hashes, 2 * i, hashes, 2 * j) > mostBits || near.leaderOf(i) === near.leaderOf(j)) continue;
          const [one, other] = [pixelsOf(splits, pictures[i] as PictureAt), pixelsOf(splits, pictures[j] as PictureAt)];
          compared += one.length;
          if (!areNear(one, other, channelsOf(splits))) continue;
          near.join(i, j);
        }
      }
    }
  }
  return {
    groups: near.groups().map((group) => group.map((picture) => pictures[picture] as PictureAt)),
    isPartial: pairs > mostPairs || compared > mostCompared,
  };
}

function channelsOf([first]: readonly InspectedSplit[]): number {
  return first?.set.shape[0] ?? 1;
}

/** Whether two pictures are near copies, by their pixels. */
function areNear(a: Uint8Array, b: Uint8Array, channels: number): boolean {
  if (channels !== 3) return correlation(a, b) >= leastCorrelation;
  if (correlation(a, b) < leastOfColours) return false;
  const [greyA, greyB] = [new Uint8Array(a.length / 3), new Uint8Array(b.length / 3)];
  return correlation(lumaOf(a, greyA), lumaOf(b, greyB)) >= leastCorrelation;
}

/** Pearson's, over the values of two pictures, −1 to 1; 0 where one of them is of one value. */
export function correlation(a: Uint8Array, b: Uint8Array): number {
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    sumA += x;
    sumB += y;
    squaresA += x * x;
    squaresB += y * y;
    products += x * y;
  }
  const n = a.length;
  const [spreadA, spreadB] = [squaresA - (sumA * sumA) / n, squaresB - (sumB * sumB) / n];
  return spreadA <= 0 || spreadB <= 0 ? 0 : (products - (sumA * sumB) / n) / Math.sqrt(spreadA * spreadB);
}

// What a picture looks like in 64 bits: copies that were resized, compressed again or made a little brighter have nearly the same
// ones.
import type { ImageSizes } from "./imageSizes.js";
import { lumaWeights } from "./luma.js";

/** Frequencies along each side, the mean among them: 11 × 11 hold the 64 lowest beside the mean. */
const frequencies = 11;
const bits = 64;
/** What sums of values up to 255 may be off by: frequencies that are not there are no sign either. */
const rounding = 1e-6;
/** A picture is averaged to at most so many rows and columns first. */
const mostSides = 32;

/**
 * The places [row, column] of the 64 lowest frequencies, by their distance from the mean's, which is left out: brightness is no
 * sign of what a picture shows.
 */
const lowest: readonly (readonly [number, number])[] = Array.from(
  { length: frequencies * frequencies },
  (_, i) => [Math.floor(i / frequencies), i % frequencies] as const,
)
  .slice(1)
  .sort(([a, b], [c, d]) => a * a + b * b - (c * c + d * d) || a - c)
  .slice(0, bits);

/**
 * Hashes one picture after another.
 * @param image [channel, height, width], 0 to 255
 * @param out takes the 64 bits, in two numbers from `at` on
 */
export type PerceptualHasher = (image: Uint8Array, out: Uint32Array, at: number) => void;

/**
 * A hash of pictures of that shape, after Zauner 2010 ("Implementation and Benchmarking of Perceptual Image Hash Functions", pHash):
 * the luma's discrete cosine transform (DCT-II), of whose 64 lowest frequencies each gives one bit, whether it is above their
 * median. Of a picture of one value no bit is set.
 */
export function makePerceptualHasher({ channels, height, width }: ImageSizes): PerceptualHasher {
  const rows = Math.min(height, mostSides);
  const columns = Math.min(width, mostSides);
  const rowOf = places(height, rows);
  const columnOf = places(width, columns);
  const perCell = new Float64Array(rows * columns);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) count(perCell, (rowOf[y] as number) * columns + (columnOf[x] as number));
  const weights =
    channels === 3
      ? [lumaWeights.red, lumaWeights.green, lumaWeights.blue]
      : Array.from({ length: channels }, () => 1 / channels);
  const alongRows = cosines(rows);
  const alongColumns = cosines(columns);
  const cells = new Float64Array(rows * columns);
  const half = new Float64Array(rows * frequencies);
  const found = new Float64Array(bits);
  return (image, out, at) => {
    cells.fill(0);
    for (let channel = 0, from = 0; channel < channels; channel++) {
      const weight = weights[channel] as number;
      for (let y = 0; y < height; y++) {
        const row = (rowOf[y] as number) * columns;
        for (let x = 0; x < width; x++, from++) {
          const cell = row + (columnOf[x] as number);
          cells[cell] = (cells[cell] as number) + weight * (image[from] as number);
        }
      }
    }
    for (let i = 0; i < cells.length; i++) cells[i] = (cells[i] as number) / (perCell[i] as number);
    for (let y = 0; y < rows; y++) {
      for (let u = 0; u < frequencies; u++) {
        let sum = 0;
        for (let x = 0; x < columns; x++)
          sum += (cells[y * columns + x] as number) * (alongColumns[u * columns + x] as number);
        half[y * frequencies + u] = sum;
      }
    }
    for (let i = 0; i < bits; i++) {
      const [v, u] = lowest[i] as readonly [number, number];
      let sum = 0;
      for (let y = 0; y < rows; y++) sum += (half[y * frequencies + u] as number) * (alongRows[v * rows + y] as number);
      found[i] = sum;
    }
    const sorted = found.slice().sort();
    const median = ((sorted[bits / 2 - 1] as number) + (sorted[bits / 2] as number)) / 2;
    for (let word = 0; word < 2; word++) {
      let value = 0;
      for (let i = 0; i < 32; i++) if ((found[32 * word + i] as number) > median + rounding) value |= 1 << i;
      out[at + word] = value;
    }
  };
}

/** How many of the 64 bits differ, 0 to 64. */
export function hashDistance(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  return ones((a[i] as number) ^ (b[j] as number)) + ones((a[i + 1] as number) ^ (b[j + 1] as number));
}

/** Bits of a 32-bit number that are set. */
function ones(value: number): number {
  const pairs = value - ((value >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return (((fours + (fours >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** For each row or column of a picture the one of the averaged picture that it belongs to. */
function places(from: number, to: number): Uint16Array {
  return Uint16Array.from({ length: from }, (_, i) => Math.floor((i * to) / from));
}

/** [frequency, place]: cos(π (place + ½) frequency / length). */
function cosines(length: number): Float64Array {
  const table = new Float64Array(frequencies * length);
  for (let u = 0; u < frequencies; u++)
    for (let x = 0; x < length; x++) table[u * length + x] = Math.cos((Math.PI * (x + 0.5) * u) / length);
  return table;
}

function count(counts: Float64Array, place: number): void {
  counts[place] = (counts[place] as number) + 1;
}

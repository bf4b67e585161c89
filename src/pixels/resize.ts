// Images made smaller or larger, with antialiasing, as Pillow's `resize` does it.
import { InternalError } from "../base/errors.js";
import type { ImageSizes } from "./imageSizes.js";
import type { Planes } from "./luma.js";

/** Pillow's filters by name. `nearest` takes single pixels and aliases. */
export type ResizeFilter = "nearest" | "bilinear" | "bicubic" | "lanczos";

export interface ResizeOptions {
  /** Default bicubic: sharper than bilinear, with less ringing than lanczos. */
  readonly filter?: ResizeFilter;
  /** The part of the image that is taken, in pixels, parts of pixels allowed. Default all of it. */
  readonly box?: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
}

/** Writes `source` into `target`, both bytes or both floats. Bytes are rounded and clipped; floats may overshoot their range. */
export type Resizer = (source: Planes, target: Planes) => void;

/**
 * Prepares a change of size; what it gives may be used for many images. Each output pixel is a weighted mean of the input
 * pixels below the filter, which is widened by the reduction when the image becomes smaller; first along rows, then along
 * columns, and for bytes rounded between the two, as Pillow does (whose weights have 22 bits: results may differ by 1).
 * @param from [channels, height, width] of the source @param to of the target
 */
export function makeResizer(
  from: ImageSizes,
  to: { readonly height: number; readonly width: number },
  { filter = "bicubic", box = { left: 0, top: 0, width: from.width, height: from.height } }: ResizeOptions = {},
): Resizer {
  const across = weightsOf(from.width, to.width, box.left, box.width, filter);
  const down = weightsOf(from.height, to.height, box.top, box.height, filter);
  const firstRow = down.first[0] as number;
  const rows = (down.first.at(-1) as number) + (down.count.at(-1) as number) - firstRow;
  const line = new Float64Array(to.width);
  const size = rows * to.width;
  let bytes: Uint8ClampedArray | undefined;
  let floats: Float32Array | undefined;
  return (source, target) => {
    if (source.length !== from.channels * from.height * from.width) {
      throw new InternalError(
        `a picture of ${source.length} values is not ${from.channels}×${from.height}×${from.width}`,
      );
    }
    if (target.length !== from.channels * to.height * to.width) {
      throw new InternalError(`${target.length} values can't hold ${from.channels}×${to.height}×${to.width}`);
    }
    const isBytes = source instanceof Uint8Array;
    if (isBytes !== target instanceof Uint8Array)
      throw new InternalError("a resize goes from bytes to bytes or floats to floats");
    // Clamped arrays round to the nearest and clip, and nothing in between is as fast.
    const out = isBytes ? new Uint8ClampedArray(target.buffer, target.byteOffset, target.length) : target;
    if (isBytes) bytes ??= new Uint8ClampedArray(size);
    else floats ??= new Float32Array(size);
    const between = (isBytes ? bytes : floats) as Uint8ClampedArray | Float32Array;
    for (let channel = 0; channel < from.channels; channel++) {
      const start = (channel * from.height + firstRow) * from.width;
      resizeRows(source, start, from.width, between, rows, to.width, across);
      resizeColumns(between, firstRow, out, channel * to.height * to.width, to, down, line);
    }
  };
}

/** One image made smaller or larger; see `makeResizer`. */
export function resize<Some extends Planes>(
  source: Some,
  from: ImageSizes,
  to: { readonly height: number; readonly width: number },
  options?: ResizeOptions,
): Some {
  const length = from.channels * to.height * to.width;
  const target = source instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  makeResizer(from, to, options)(source, target);
  return target as Some;
}

/** For each output pixel the input pixels below the filter: `count` from `first` on, their weights from `width · pixel` on. */
interface Weights {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly values: Float64Array;
  readonly width: number;
}

interface Filter {
  /** How far it reaches, in output pixels. */
  readonly support: number;
  at(distance: number): number;
}

const filters: Readonly<Record<Exclude<ResizeFilter, "nearest">, Filter>> = {
  bilinear: { support: 1, at: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Keys 1981 with a = −½, Catmull–Rom.
  bicubic: {
    support: 2,
    at(distance) {
      const x = Math.abs(distance);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  },
  lanczos: { support: 3, at: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function weightsOf(from: number, to: number, start: number, length: number, name: ResizeFilter): Weights {
  if (to < 1 || length <= 0 || start < 0 || start + length > from + 1e-6) {
    throw new InternalError(`pixels ${start} to ${start + length} of ${from} can't become ${to}`);
  }
  const scale = length / to;
  if (name === "nearest") {
    const first = new Int32Array(to);
    // Step by step, as Pillow goes: where a pixel's middle falls between two, rounding decides.
    for (let i = 0, at = start + 0.5 * scale; i < to; i++, at += scale) first[i] = Math.min(from - 1, Math.floor(at));
    return { first, count: new Int32Array(to).fill(1), values: new Float64Array(to).fill(1), width: 1 };
  }
  const { support, at } = filters[name];
  const widened = Math.max(1, scale);
  const reach = support * widened;
  const width = Math.ceil(2 * reach) + 2;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const values = new Float64Array(to * width);
  for (let i = 0; i < to; i++) {
    const centre = start + (i + 0.5) * scale;
    const low = Math.max(0, Math.floor(centre - reach + 0.5));
    const high = Math.min(from, Math.floor(centre + reach + 0.5));
    let total = 0;
    for (let x = low; x < high; x++) {
      const weight = at((x + 0.5 - centre) / widened);
      values[i * width + x - low] = weight;
      total += weight;
    }
    for (let k = 0; k < high - low; k++) values[i * width + k] = (values[i * width + k] as number) / total;
    first[i] = low;
    count[i] = high - low;
  }
  return { first, count, values, width };
}

function resizeRows(
  source: Planes,
  start: number,
  sourceWidth: number,
  out: Uint8ClampedArray | Float32Array,
  rows: number,
  outWidth: number,
  { first, count, values, width }: Weights,
): void {
  for (let y = 0; y < rows; y++) {
    const row = start + y * sourceWidth;
    for (let x = 0; x < outWidth; x++) {
      const from = row + (first[x] as number);
      const weights = x * width;
      const length = count[x] as number;
      let sum = 0;
      for (let k = 0; k < length; k++) sum += (values[weights + k] as number) * (source[from + k] as number);
      out[y * outWidth + x] = sum;
    }
  }
}

function resizeColumns(
  source: Uint8ClampedArray | Float32Array,
  firstRow: number,
  out: Uint8ClampedArray | Planes,
  start: number,
  to: { readonly height: number; readonly width: number },
  { first, count, values, width }: Weights,
  line: Float64Array,
): void {
  const columns = to.width;
  for (let y = 0; y < to.height; y++) {
    line.fill(0);
    const length = count[y] as number;
    for (let k = 0; k < length; k++) {
      const weight = values[y * width + k] as number;
      const from = ((first[y] as number) + k - firstRow) * columns;
      for (let x = 0; x < columns; x++) line[x] = (line[x] as number) + weight * (source[from + x] as number);
    }
    const target = start + y * columns;
    for (let x = 0; x < columns; x++) out[target + x] = line[x] as number;
  }
}

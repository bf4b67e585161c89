// Pictures of one's own as what a training takes: arrays, or batches that come one after another.
import { UserError } from "../base/errors.js";
import type { ImageSet } from "../data/define.js";

/** Pixels of one or more pictures, [image, channel, height, width]: bytes of 0 to 255, or floats in [0, 1]. */
export type Pixels = Uint8Array | Uint8ClampedArray | Float32Array | Float64Array;
/** A class for each picture: whole numbers from 0. */
export type Labels = Uint8Array | Uint16Array | readonly number[];

export interface ImagesOptions {
  /** [channel, height, width] of a picture */
  readonly shape: readonly [channel: number, height: number, width: number];
  /** the class of each picture, whole numbers from 0 */
  readonly labels?: Labels;
  /** pictures to test on, or the share of these that is held back for it (default 0.1) */
  readonly test?: number | ImageSource;
  /** pictures to validate on, or the share of the training pictures that is held back for it (default none) */
  readonly validation?: number | ImageSource;
  /** names of the classes, by their number */
  readonly classes?: readonly string[];
  /** which pictures are held back: another seed, another split (default 0) */
  readonly seed?: number;
}

/** Pictures as they reach the training's thread: bytes in shared memory, and how they are parted. */
export interface HandedImages {
  readonly set: Omit<ImageSet, "indices">;
  readonly test: number | HandedImages["set"];
  readonly validation?: number | HandedImages["set"];
  readonly classes?: readonly string[];
  readonly seed: number;
  /** Sentences about what was done to the values. */
  readonly notes: readonly string[];
}

const readPictures = Symbol("readPictures");

/** Pictures that a training can take. */
export interface ImageSource {
  /** [channel, height, width] of a picture */
  readonly shape: readonly [channel: number, height: number, width: number];
  readonly [readPictures]: () => Promise<HandedImages>;
}

/** Whether a value is what `images` gives. */
export function isImageSource(value: unknown): value is ImageSource {
  return typeof value === "object" && value !== null && readPictures in value;
}

/** The pictures, in shared memory. @throws UserError (by rejection) for values that are no pixels */
export function readImages(source: ImageSource): Promise<HandedImages> {
  return source[readPictures]();
}

/** Numbers that are looked at before the thread is given back: a few milliseconds. */
const chunk = 2 ** 20;
/** A float that is not one of 0/255 … 255/255 loses something as a byte. */
const byteTolerance = 1e-3;

/**
 * Pictures for `train`: an array of whole pictures one after another, or an async iterable of such arrays.
 *
 * A training keeps pictures as bytes. Floats are therefore rounded to the nearest of the 256 steps k/255, at most 0.002 away;
 * where that changes any of them, the training says so in a `warning`. The values are read when a training begins (again by
 * each training that takes them, but for an iterable, which is read once) and not copied before.
 * @param pixels [image, channel, height, width]: bytes of 0 to 255, or floats in [0, 1]
 * @throws UserError for a shape that is none, an array that is no whole number of pictures or has none, labels that are not as
 *   many; when a training reads them, for values outside of [0, 1] and labels that are no classes
 */
export function images(pixels: Pixels | AsyncIterable<Pixels>, options: ImagesOptions): ImageSource {
  const { shape, labels, test = 0.1, validation, classes, seed = 0 } = options;
  const size = sizeOfShape(shape);
  if (isPixels(pixels)) {
    expectWhole(pixels, size, shape);
    expectLabels(labels, pixels.length / size);
  } else if (typeof pixels !== "object" || pixels === null || !(Symbol.asyncIterator in pixels)) {
    throw new UserError(`expected a Uint8Array or Float32Array, or an async iterable of them, got ${kindOf(pixels)}`, {
      at: "images",
      hint: "Bytes are 0 to 255, floats 0 to 1: Float32Array.from(values).",
    });
  }
  for (const [name, part] of Object.entries({ test, validation })) expectPart(part, name, shape);
  let once: Promise<Read> | undefined;
  return {
    shape,
    async [readPictures]() {
      if (!isPixels(pixels)) once ??= readBatches(pixels, size, shape);
      const read = isPixels(pixels) ? await readArray(pixels, size, 0) : await (once as Promise<Read>);
      expectLabels(labels, read.bytes.length / size);
      const notes = read.isRounded
        ? ["the pictures' values are kept as bytes: each was rounded to the nearest k/255"]
        : [];
      return {
        set: {
          count: read.bytes.length / size,
          shape,
          pixels: read.bytes,
          ...(labels === undefined ? {} : { labels: labelNumbers(labels) }),
        },
        test: await partOf(test),
        ...(validation === undefined ? {} : { validation: await partOf(validation) }),
        ...(classes === undefined ? {} : { classes }),
        seed,
        notes,
      };
    },
  };
}

interface Read {
  /** In shared memory. */
  readonly bytes: Uint8Array;
  readonly isRounded: boolean;
}

export function isPixels(value: unknown): value is Pixels {
  return (
    value instanceof Uint8Array ||
    value instanceof Uint8ClampedArray ||
    value instanceof Float32Array ||
    value instanceof Float64Array
  );
}

function sizeOfShape(shape: unknown): number {
  const isShape =
    Array.isArray(shape) && shape.length === 3 && shape.every((length) => Number.isInteger(length) && length > 0);
  if (!isShape) {
    throw new UserError(`expected [channel, height, width], got ${JSON.stringify(shape) ?? "nothing"}`, {
      at: "images.shape",
      hint: "Grey pictures of 28×28 have the shape [1, 28, 28].",
    });
  }
  const [channels = 0, height = 0, width = 0] = shape as readonly number[];
  return channels * height * width;
}

/** @throws UserError where an array is no whole number of pictures, or has none */
export function expectWhole(pixels: Pixels, size: number, shape: readonly number[], at = "images"): void {
  if (pixels.length === 0) throw new UserError("there is no picture: the array is empty", { at });
  if (pixels.length % size === 0) return;
  throw new UserError(
    `${pixels.length} numbers are no whole number of pictures of ${shape.join("×")} (${size} numbers each)`,
    { at, hint: `${Math.floor(pixels.length / size)} pictures leave ${pixels.length % size} numbers.` },
  );
}

function expectLabels(labels: Labels | undefined, count: number): void {
  if (labels === undefined || labels.length === count) return;
  throw new UserError(`${labels.length} labels do not fit ${count} pictures`, {
    at: "images.labels",
    hint: "Give one whole number for each picture.",
  });
}

function expectPart(part: unknown, name: string, shape: readonly number[]): void {
  if (part === undefined) return;
  if (isImageSource(part)) {
    if (part.shape.join() === shape.join()) return;
    throw new UserError(`has pictures of ${part.shape.join("×")}, the others are ${shape.join("×")}`, {
      at: `images.${name}`,
    });
  }
  if (typeof part === "number" && part > 0 && part < 1) return;
  throw new UserError(`expected a share between 0 and 1, or images(…), got ${kindOf(part)}`, { at: `images.${name}` });
}

async function partOf(part: number | ImageSource): Promise<number | HandedImages["set"]> {
  return typeof part === "number" ? part : (await readImages(part)).set;
}

function labelNumbers(labels: Labels): Uint8Array | Uint16Array {
  let largest = 0;
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i] as number;
    if (!Number.isInteger(label) || label < 0 || label > 65_535) {
      throw new UserError(`${label} is no class: expected whole numbers from 0 to 65,535`, {
        at: `images.labels[${i}]`,
      });
    }
    largest = Math.max(largest, label);
  }
  return largest <= 255 ? Uint8Array.from(labels) : Uint16Array.from(labels);
}

async function readBatches(batches: AsyncIterable<Pixels>, size: number, shape: readonly number[]): Promise<Read> {
  const parts: Read[] = [];
  let length = 0;
  for await (const batch of batches) {
    const at = `images: batch ${parts.length}`;
    if (!isPixels(batch)) {
      throw new UserError(`expected a Uint8Array or Float32Array, got ${kindOf(batch)}`, { at });
    }
    expectWhole(batch, size, shape, at);
    // Read before the next one comes: the iterable may fill one array again and again.
    parts.push(await readArray(batch, size, length));
    length += batch.length;
  }
  if (parts.length === 0) throw new UserError("there is no picture: no batch came", { at: "images" });
  const bytes = new Uint8Array(new SharedArrayBuffer(length));
  let at = 0;
  for (const part of parts) {
    await copyInTurns(part.bytes, bytes, at);
    at += part.bytes.length;
  }
  return { bytes, isRounded: parts.some(({ isRounded }) => isRounded) };
}

/** Others get the thread, whatever it is that they do. */
function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

async function copyInTurns(from: Uint8Array, bytes: Uint8Array, to: number): Promise<void> {
  for (let first = 0; first < from.length; first += chunk) {
    bytes.set(from.subarray(first, first + chunk), to + first);
    await turn();
  }
}

/** @param before numbers that came before these, for errors */
async function readArray(pixels: Pixels, size: number, before: number): Promise<Read> {
  const bytes = new Uint8Array(new SharedArrayBuffer(pixels.length));
  let isRounded = false;
  for (let at = 0; at < pixels.length; at += chunk) {
    const some = pixels.subarray(at, at + chunk);
    if (some instanceof Uint8Array || some instanceof Uint8ClampedArray) bytes.set(some, at);
    else if (floatsToBytes(some, bytes, at, { size, before })) isRounded = true;
    await turn();
  }
  return { bytes, isRounded };
}

/** @returns whether rounding changed any of them */
function floatsToBytes(
  values: Float32Array | Float64Array,
  bytes: Uint8Array,
  to: number,
  { size, before }: { readonly size: number; readonly before: number },
): boolean {
  let isRounded = false;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    // Written so that what is not a number is refused too.
    if (!(value >= 0 && value <= 1)) {
      throw new UserError(`picture ${Math.floor((before + to + i) / size)} has the value ${value}, expected 0 to 1`, {
        at: "images",
        hint: Number.isNaN(value)
          ? "Replace what is not a number first."
          : "Divide by the value of white, or hand in bytes of 0 to 255 as a Uint8Array.",
      });
    }
    const byte = Math.floor(value * 255 + 0.5);
    if (Math.abs(value * 255 - byte) > byteTolerance) isRounded = true;
    bytes[to + i] = byte;
  }
  return isRounded;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return `a ${value.constructor?.name ?? "mapping"}`;
  return JSON.stringify(value) ?? typeof value;
}

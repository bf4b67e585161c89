// The IDX codec: the form in which MNIST and its kin are published. Works on bytes, not on files.
// Format: http://yann.lecun.com/exdb/mnist/ (two zero bytes, a type code, the number of axes, each axis' size as a
// big-endian 32-bit number, then the elements, big-endian).
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";

const arrayOf = {
  uint8: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;
export type IdxType = keyof typeof arrayOf;
interface DataByType {
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}
type DataOf<Type extends IdxType> = DataByType[Type];

const codes = { uint8: 0x08, int8: 0x09, int16: 0x0b, int32: 0x0c, float32: 0x0d, float64: 0x0e } as const;

export interface IdxFile<Type extends IdxType = IdxType> {
  readonly type: Type;
  readonly shape: readonly number[];
  readonly data: DataOf<Type>;
}

/** What the reader counts on; anything else is refused as a wrong magic number. */
export interface IdxExpectation<Type extends IdxType> {
  readonly type: Type;
  /** Number of axes: 3 for pictures, 1 for labels. */
  readonly axes: number;
}

/**
 * Reads a file's bytes. One-byte elements come as a view on `bytes`, others as a copy in this machine's byte order.
 * @param fileName for errors
 * @throws UserError when the magic number is wrong, the type unsupported, or the size not what the header promises
 */
export function decodeIdx(bytes: Uint8Array, fileName: string): IdxFile;
export function decodeIdx<Type extends IdxType>(
  bytes: Uint8Array,
  fileName: string,
  expected: IdxExpectation<Type>,
): IdxFile<Type>;
export function decodeIdx(bytes: Uint8Array, fileName: string, expected?: IdxExpectation<IdxType>): IdxFile {
  const { type, shape, start, promised } = readIdxHeader(bytes, fileName, expected);
  checkIdxLength(promised, bytes.length, fileName);
  const length = shape.reduce((product, size) => product * size, 1);
  return { type, shape, data: elements(type, bytes, start, length) };
}

/** @throws UserError where a file has not as many bytes as its header promises */
export function checkIdxLength(promised: number, bytes: number, fileName: string): void {
  if (promised === bytes) return;
  throw new UserError(`the header promises ${withThousands(promised)} bytes, the file has ${withThousands(bytes)}`, {
    at: fileName,
    hint: damaged,
  });
}

const damaged = "Get the file again; it is damaged or was not copied whole.";

/**
 * Reads a file's header; the elements need not be there.
 * @param bytes the file's first ones, its whole header at least
 * @throws UserError as `decodeIdx`, but for the length
 */
export function readIdxHeader(
  bytes: Uint8Array,
  fileName: string,
  expected?: IdxExpectation<IdxType>,
): {
  readonly type: IdxType;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly start: number;
  /** Length of the whole file in bytes. */
  readonly promised: number;
} {
  const wrong = (message: string, hint = damaged): UserError => new UserError(message, { at: fileName, hint });
  if (bytes.length < 4) throw wrong(`an IDX file begins with four bytes, this file has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const axes = magic & 0xff;
  const code = (magic >>> 8) & 0xff;
  const wanted = expected === undefined ? undefined : (codes[expected.type] << 8) | expected.axes;
  if (magic >>> 16 !== 0 || (wanted !== undefined && magic !== wanted)) {
    const form = wanted === undefined ? "0x0000, a type and a number of axes" : describeMagic(wanted);
    const gzipped = magic >>> 16 === 0x1f8b;
    throw wrong(
      `the file begins with ${hex(magic)}, expected ${form}`,
      gzipped ? "The file is compressed; unpack it with gunzip." : "Is this the right file, and an IDX file?",
    );
  }
  const type = (Object.keys(codes) as IdxType[]).find((name) => codes[name] === code);
  if (type === undefined) {
    const known = Object.entries(codes).map(([name, value]) => `0x${value.toString(16).padStart(2, "0")} (${name})`);
    throw wrong(
      `the element type 0x${code.toString(16).padStart(2, "0")} is not supported`,
      `Known types are ${known.join(", ")}.`,
    );
  }
  const start = 4 + 4 * axes;
  if (bytes.length < start) {
    throw wrong(`a header of ${axes} axes has ${start} bytes, the file has ${withThousands(bytes.length)}`);
  }
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const length = shape.reduce((product, size) => product * size, 1);
  return { type, shape, start, promised: start + length * arrayOf[type].BYTES_PER_ELEMENT };
}

/** The bytes of a file. @param shape its product is the number of elements in `data` */
export function encodeIdx<Type extends IdxType>({ type, shape, data }: IdxFile<Type>): Uint8Array<ArrayBuffer> {
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + data.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (codes[type] << 8) | shape.length);
  shape.forEach((size, axis) => {
    view.setUint32(4 + 4 * axis, size);
  });
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  swap(bytes.subarray(start), data.BYTES_PER_ELEMENT);
  return bytes;
}

function elements(type: IdxType, bytes: Uint8Array, start: number, length: number): DataOf<IdxType> {
  if (type === "uint8") return bytes.subarray(start);
  if (type === "int8") return new Int8Array(bytes.buffer, bytes.byteOffset + start, length);
  // A copy by constructor: the `slice` of Node's Buffer, which is a Uint8Array too, copies nothing.
  const copy = new Uint8Array(bytes.subarray(start));
  swap(copy, arrayOf[type].BYTES_PER_ELEMENT);
  return new arrayOf[type](copy.buffer, 0, length);
}

/** Turns elements of `width` bytes around, between big-endian and the little-endian order of the machines Node runs on. */
function swap(bytes: Uint8Array, width: number): void {
  if (width > 1) for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

function describeMagic(magic: number): string {
  const type = (Object.keys(codes) as IdxType[]).find((name) => codes[name] === magic >>> 8);
  const axes = magic & 0xff;
  return `${hex(magic)} (${type}, ${axes} ${axes === 1 ? "axis" : "axes"})`;
}

function hex(magic: number): string {
  return `0x${magic.toString(16).padStart(8, "0")}`;
}

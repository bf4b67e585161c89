// The safetensors codec: named arrays in one file, a JSON header before the raw numbers. Works on bytes, not on files.
// Format: https://github.com/huggingface/safetensors (eight bytes header length, header, data; all little-endian).
import { InternalError, UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";

/** Element types as the header writes them. `F16` and `BF16` stay as raw 16-bit patterns, `BOOL` as bytes. */
const arrayOf = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;
export type SafetensorsType = keyof typeof arrayOf;
export type SafetensorsData =
  | Float64Array
  | Float32Array
  | Uint16Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

/** Tensors by name, as a file has them. */
export type Tensors = Readonly<Record<string, SafetensorsEntry>>;

interface DataConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): SafetensorsData;
}

export interface SafetensorsEntry {
  readonly dtype: SafetensorsType;
  /** Row-major; [] for a single number. */
  readonly shape: readonly number[];
  readonly data: SafetensorsData;
}
export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, SafetensorsEntry>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The format's own limit on the header, which keeps a damaged length from taking all memory. */
const largestHeader = 100_000_000;
const lengthBytes = 8;
const metadataKey = "__metadata__";

/**
 * The bytes of a file. The same input gives the same bytes: metadata first, then tensors in the order given, the header
 * filled up with spaces so that the data begins at a multiple of eight.
 */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  const header: [string, unknown][] = metadata === undefined ? [] : [[metadataKey, metadata]];
  let size = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    if (name === metadataKey) throw new InternalError(`a tensor cannot be called ${metadataKey}`);
    if (!(data instanceof arrayOf[dtype])) {
      throw new InternalError(`tensor ${name} is written as ${dtype} but comes in a ${data.constructor.name}`);
    }
    if (elements(shape) !== data.length) {
      throw new InternalError(`tensor ${name} of shape [${shape.join(", ")}] has ${data.length} elements`);
    }
    header.push([name, { dtype, shape, data_offsets: [size, size + data.byteLength] }]);
    size += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const dataStart = lengthBytes + Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(dataStart + size).fill(0x20, 0, dataStart);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - lengthBytes), true);
  bytes.set(text, lengthBytes);
  let at = dataStart;
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a file's bytes. Each tensor's data is a view on `bytes` where it lies at a multiple of its element size, else a
 * copy. Tensors come in the order of the header.
 * @param name the file, for errors
 * @throws UserError for each way a file can be wrong
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const wrong = (message: string): UserError =>
    new UserError(message, { at: name, hint: "The file is damaged or not a safetensors file; get or save it again." });

  if (bytes.length < lengthBytes) {
    throw wrong(
      `a safetensors file begins with ${lengthBytes} bytes of header length, this file has ${bytes.length} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > largestHeader) {
    throw wrong(`the header claims ${withThousands(headerLength)} bytes, at most 100,000,000 are allowed`);
  }
  const dataStart = lengthBytes + headerLength;
  if (dataStart > bytes.length) {
    const left = withThousands(bytes.length - lengthBytes);
    throw wrong(`the header claims ${withThousands(headerLength)} bytes, the file has ${left} left`);
  }

  const header = readHeader(bytes.slice(lengthBytes, dataStart), wrong);
  const dataLength = bytes.length - dataStart;
  const metadata = readMetadata(header[metadataKey], wrong);
  const entries = Object.entries(header)
    .filter(([key]) => key !== metadataKey)
    .map(([key, entry]) => readEntry(key, entry, wrong));
  checkOffsets(entries, dataLength, wrong);

  const tensors = entries.map(({ key, dtype, shape, begin, end }): [string, SafetensorsEntry] => {
    const Data: DataConstructor = arrayOf[dtype];
    const offset = bytes.byteOffset + dataStart + begin;
    const aligned = offset % Data.BYTES_PER_ELEMENT === 0;
    const data = aligned
      ? new Data(bytes.buffer, offset, elements(shape))
      : // A copy by constructor: the `slice` of Node's Buffer, which is a Uint8Array too, copies nothing.
        new Data(new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end)).buffer);
    return [key, { dtype, shape, data }];
  });
  return { tensors: Object.fromEntries(tensors), ...(metadata === undefined ? {} : { metadata }) };
}

type Wrong = (message: string) => UserError;

function readHeader(text: Uint8Array, wrong: Wrong): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    throw wrong("the header is not JSON");
  }
  if (!isRecord(header)) throw wrong("the header is not a JSON object");
  return header;
}

function readMetadata(metadata: unknown, wrong: Wrong): Record<string, string> | undefined {
  if (metadata === undefined) return undefined;
  if (!isRecord(metadata)) throw wrong(`the header's ${metadataKey} is not an object`);
  const pairs = Object.entries(metadata).map(([key, value]): [string, string] => {
    if (typeof value !== "string") throw wrong(`the header's ${metadataKey} has "${key}", which is not text`);
    return [key, value];
  });
  return Object.fromEntries(pairs);
}

interface HeaderEntry {
  readonly key: string;
  readonly dtype: SafetensorsType;
  readonly shape: readonly number[];
  /** From the start of the data. */
  readonly begin: number;
  readonly end: number;
}

function readEntry(key: string, entry: unknown, wrong: Wrong): HeaderEntry {
  if (!isRecord(entry)) throw wrong(`tensor "${key}" is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string") throw wrong(`tensor "${key}" has no dtype`);
  if (!Object.hasOwn(arrayOf, dtype)) {
    throw wrong(`tensor "${key}" has the unknown dtype ${dtype}; known are ${Object.keys(arrayOf).join(", ")}`);
  }
  if (!isCounts(shape)) throw wrong(`tensor "${key}" has no shape of whole numbers`);
  if (!isCounts(offsets) || offsets.length !== 2) throw wrong(`tensor "${key}" has no pair of data_offsets`);
  const [begin = 0, end = 0] = offsets;
  if (end < begin)
    throw wrong(`tensor "${key}" ends at ${withThousands(end)} before it begins at ${withThousands(begin)}`);
  const type = dtype as SafetensorsType;
  const needed = elements(shape) * arrayOf[type].BYTES_PER_ELEMENT;
  if (end - begin !== needed) {
    const shapeText = `[${shape.join(", ")}]`;
    throw wrong(
      `tensor "${key}" of type ${dtype} and shape ${shapeText} needs ${withThousands(needed)} bytes, its offsets span ${withThousands(end - begin)}`,
    );
  }
  return { key, dtype: type, shape, begin, end };
}

/** The tensors must fill the data exactly, in whatever order: no gap, no overlap, nothing after them. */
function checkOffsets(entries: readonly HeaderEntry[], dataLength: number, wrong: Wrong): void {
  let covered = 0;
  for (const { key, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin > covered)
      throw wrong(`there is a gap of ${withThousands(begin - covered)} bytes before tensor "${key}"`);
    if (begin < covered) throw wrong(`tensor "${key}" overlaps the one before it`);
    covered = end;
  }
  if (covered > dataLength) {
    throw wrong(
      `the tensors need ${withThousands(covered)} bytes, the file has ${withThousands(dataLength)} after its header`,
    );
  }
  if (covered < dataLength) throw wrong(`${withThousands(dataLength - covered)} bytes follow the last tensor`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

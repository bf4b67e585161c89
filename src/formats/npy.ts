// The NPY codec: one array with its type and shape, as NumPy saves it. Works on bytes, not on files.
// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
import { UserError } from "../base/errors.js";
import { timesText, withThousands } from "../base/text.js";

const arrayOf = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;
export type NpyType = keyof typeof arrayOf;
interface DataByType {
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly uint16: Uint16Array;
  readonly int16: Int16Array;
  readonly uint32: Uint32Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}

/** NumPy's names of the element types, without the byte order. */
const codes: Readonly<Record<NpyType, string>> = {
  uint8: "u1",
  int8: "i1",
  uint16: "u2",
  int16: "i2",
  uint32: "u4",
  int32: "i4",
  float32: "f4",
  float64: "f8",
};
const types = Object.keys(codes) as NpyType[];
const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** An array in C order: the last axis is the fastest. */
export interface NpyFile<Type extends NpyType = NpyType> {
  readonly type: Type;
  readonly shape: readonly number[];
  readonly data: DataByType[Type];
}

/** What a file says of its array before the elements. */
export interface NpyHeader {
  readonly type: NpyType;
  readonly shape: readonly number[];
  readonly isBigEndian: boolean;
  /** Where the elements begin. */
  readonly dataStart: number;
}

/**
 * Reads a file's bytes, versions 1 to 3, in C order, of whole numbers up to 32 bits, float32 or float64. The elements are a
 * copy in this machine's byte order; `uint8` comes as a view on `bytes`.
 * @param fileName for errors
 * @throws UserError for a file of another kind, in Fortran order, of another element type, or not as long as its header says
 */
export function decodeNpy(bytes: Uint8Array, fileName: string): NpyFile {
  const header = readNpyHeader(bytes, fileName);
  checkNpyLength(header, bytes.length, fileName);
  const { type, shape, isBigEndian, dataStart } = header;
  const length = shape.reduce((product, size) => product * size, 1);
  const width = arrayOf[type].BYTES_PER_ELEMENT;
  if (type === "uint8") return { type, shape, data: bytes.subarray(dataStart) };
  // A copy by constructor: the `slice` of Node's Buffer, which is a Uint8Array too, copies nothing.
  const copy = new Uint8Array(bytes.subarray(dataStart));
  if (isBigEndian) swap(copy, width);
  return { type, shape, data: new arrayOf[type](copy.buffer, 0, length) };
}

/** @throws UserError where a file of `bytes` bytes is not as long as its header says */
export function checkNpyLength({ type, shape, dataStart }: NpyHeader, bytes: number, fileName: string): void {
  const length = shape.reduce((product, size) => product * size, 1);
  const promised = dataStart + length * arrayOf[type].BYTES_PER_ELEMENT;
  if (promised === bytes) return;
  throw new UserError(
    `an array of ${timesText(shape)} ${type} needs ${withThousands(promised)} bytes, the file has ${withThousands(bytes)}`,
    { at: fileName, hint: damaged },
  );
}

const damaged = "Get the file again; it is damaged or was not copied whole.";

/**
 * Reads a file's header; the elements need not be there.
 * @param bytes the file's first ones, its whole header at least
 * @throws UserError as `decodeNpy`, but for the length
 */
export function readNpyHeader(bytes: Uint8Array, fileName: string): NpyHeader {
  const wrong = (message: string, hint = damaged): UserError => new UserError(message, { at: fileName, hint });
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    const isArchive = bytes[0] === 0x50 && bytes[1] === 0x4b;
    throw wrong(
      "this is no NPY file: it does not begin with \\x93NUMPY",
      isArchive ? "It looks like an NPZ archive; save one array with numpy.save." : "Save an array with numpy.save.",
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] as number;
  if (version < 1 || version > 3) throw wrong(`version ${version} of NPY is not supported, only 1 to 3`);
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) throw wrong(`the file ends within its header, after ${bytes.length} bytes`);
  const headerLength = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataStart = start + headerLength;
  if (dataStart > bytes.length) {
    throw wrong(`the header promises ${withThousands(dataStart)} bytes, the file has ${withThousands(bytes.length)}`);
  }
  const header = new TextDecoder("latin1").decode(bytes.subarray(start, dataStart));
  const description = /'descr'\s*:\s*'([<>|=]?)([a-zA-Z]\d+)'/.exec(header);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (order === undefined || sizes === undefined || !header.includes("'descr'")) {
    throw wrong("the header does not say type, order and shape");
  }
  const type = types.find((name) => codes[name] === description?.[2]);
  if (description === null || type === undefined) {
    const given = /'descr'\s*:\s*('[^']*'|\[)/.exec(header)?.[1] ?? "none";
    throw wrong(
      `the element type ${given === "[" ? "of several fields" : given} is not supported`,
      `Save the array with one of these types: ${types.join(", ")}; for example array.astype("float32").`,
    );
  }
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter((size) => size !== "")
    .map(Number);
  if (!shape.every(Number.isSafeInteger)) throw wrong(`the header's shape, (${sizes}), is not one of whole numbers`);
  if (order === "True" && shape.length > 1) {
    throw wrong("the array is stored in Fortran order", "Save numpy.ascontiguousarray(array) instead.");
  }
  return { type, shape, isBigEndian: description[1] === ">", dataStart };
}

/**
 * The bytes of a file, version 1, little-endian, its elements at a multiple of 64 as NumPy writes them.
 * @param array its shape's product is the number of elements in `data`
 */
export function encodeNpy<Type extends NpyType>({ type, shape, data }: NpyFile<Type>): Uint8Array<ArrayBuffer> {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const order = arrayOf[type].BYTES_PER_ELEMENT === 1 ? "|" : "<";
  const text = `{'descr': '${order}${codes[type]}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64;
  const header = `${text.padEnd(length - 11)}\n`;
  const bytes = new Uint8Array(length + data.byteLength);
  bytes.set(magic);
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), length);
  return bytes;
}

/** Turns elements of `width` bytes around: NumPy on a big-endian machine wrote them, or was asked to. */
function swap(bytes: Uint8Array, width: number): void {
  if (width > 1) for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}

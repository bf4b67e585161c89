import { describe, expect, it } from "vitest";
import { decodeNpy, encodeNpy } from "./npy.js";

/** A file as NumPy writes it: `header` padded with spaces to `headerLength` bytes with a line feed at its end. */
function file(header: string, headerLength: number, data: readonly number[], version = 1): Uint8Array {
  const text = `${header.padEnd(headerLength - 1)}\n`;
  const sizes = version === 1 ? [headerLength & 255, headerLength >> 8] : [headerLength & 255, headerLength >> 8, 0, 0];
  return Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...sizes, ...Buffer.from(text), ...data]);
}
const header = (type: string, shape: string, fortran = "False") =>
  `{'descr': '${type}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

describe("NPY", () => {
  it("reads and writes what numpy.save([[1.5, -2, 3], [0, 0.25, 9]] as float32) writes, byte for byte", () => {
    // The bytes that NumPy 2 gives: 10 + 118 of header, then six little-endian floats.
    const floats = [0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x40, 0x40, 0, 0, 0, 0, 0, 0, 0x80, 0x3e, 0, 0, 0x10, 0x41];
    const bytes = file(header("<f4", "(2, 3)"), 118, floats);
    const { type, shape, data } = decodeNpy(bytes, "a.npy");
    expect({ type, shape, data: [...data] }).toEqual({
      type: "float32",
      shape: [2, 3],
      data: [1.5, -2, 3, 0, 0.25, 9],
    });
    expect(encodeNpy({ type: "float32", shape: [2, 3], data: new Float32Array([1.5, -2, 3, 0, 0.25, 9]) })).toEqual(
      bytes,
    );
  });

  it("reads big-endian elements, version 2, one axis and none", () => {
    expect(decodeNpy(file(header(">i2", "(3,)"), 118, [0, 0, 0, 1, 0, 2]), "a.npy")).toEqual({
      type: "int16",
      shape: [3],
      data: new Int16Array([0, 1, 2]),
    });
    expect(decodeNpy(file(header("|u1", "(2,)"), 116, [7, 8], 2), "a.npy").data).toEqual(new Uint8Array([7, 8]));
    const scalar = decodeNpy(file(header("<f8", "()"), 118, [0, 0, 0, 0, 0, 0, 4, 64]), "a.npy");
    expect(scalar).toEqual({ type: "float64", shape: [], data: new Float64Array([2.5]) });
  });

  it.each([
    ["uint8", new Uint8Array([0, 255])],
    ["int8", new Int8Array([-128, 127])],
    ["uint16", new Uint16Array([0, 65_535])],
    ["int16", new Int16Array([-32_768, 1])],
    ["uint32", new Uint32Array([0, 4_294_967_295])],
    ["int32", new Int32Array([-2_147_483_648, 1])],
    ["float64", new Float64Array([0.1, -0])],
  ] as const)("writes and reads back %s", (type, data) => {
    const bytes = encodeNpy({ type, shape: [2, 1], data });
    const start = bytes.length - data.byteLength;
    expect(start % 64).toBe(0);
    expect(decodeNpy(bytes, "a.npy")).toEqual({ type, shape: [2, 1], data });
  });

  it.each([
    ["text", Buffer.from("hello, this is text"), "this is no NPY file: it does not begin with \\x93NUMPY"],
    ["an empty file", new Uint8Array(), "this is no NPY file: it does not begin with \\x93NUMPY"],
    ["version 9", file(header("<f4", "(1,)"), 118, [0, 0, 0, 0], 9), "version 9 of NPY is not supported, only 1 to 3"],
    ["Fortran order", file(header("<f4", "(1, 1)", "True"), 118, [0, 0, 0, 0]), "the array is stored in Fortran order"],
    [
      "a truncated file",
      file(header("<f4", "(2, 3)"), 118, [0, 0, 0, 0]),
      "an array of 2×3 float32 needs 152 bytes, the file has 132",
    ],
    ["objects", file(header("|O8", "(1,)"), 118, []), "the element type '|O8' is not supported"],
    [
      "records",
      file("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", 118, []),
      "the element type of several fields is not supported",
    ],
    ["a header without a shape", file("{'descr': '<f4'}", 54, []), "the header does not say type, order and shape"],
    [
      "a header cut off",
      file(header("<f4", "(2, 3)"), 118, []).subarray(0, 40),
      "the header promises 128 bytes, the file has 40",
    ],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => decodeNpy(bytes, "codes.npy")).toThrow(
      expect.objectContaining({ name: "UserError", at: "codes.npy", message }),
    );
  });

  it("reads from the middle of a Buffer, whose slices share their memory, and leaves it as it was", () => {
    const bytes = encodeNpy({ type: "float32", shape: [2], data: Float32Array.of(1.5, -2) });
    const inside = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
    expect(decodeNpy(inside, "codes.npy").data).toEqual(Float32Array.of(1.5, -2));
    expect(new Uint8Array(inside)).toEqual(bytes);
  });
});

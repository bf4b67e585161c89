import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeUserError, UserError } from "../base/errors.js";
import { decodeIdx, encodeIdx } from "./idx.js";

function mistake(bytes: Uint8Array, expected?: { type: "uint8"; axes: number }): string {
  try {
    if (expected === undefined) decodeIdx(bytes, "train-images-idx3-ubyte");
    else decodeIdx(bytes, "train-images-idx3-ubyte", expected);
  } catch (error) {
    if (error instanceof UserError) return describeUserError(error);
    throw error;
  }
  return "no mistake";
}
const pictures = { type: "uint8", axes: 3 } as const;

describe("decodeIdx", () => {
  it("reads the layout of the format's description: two zeros, type, axes, big-endian sizes, elements", () => {
    const bytes = new Uint8Array([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 255]);
    const { type, shape, data } = decodeIdx(bytes, "f");
    expect({ type, shape, data: [...data] }).toEqual({ type: "uint8", shape: [2, 3], data: [10, 20, 30, 40, 50, 255] });
    expect(data.buffer).toBe(bytes.buffer);
  });

  it("turns big-endian elements into numbers", () => {
    const float = new Uint8Array([0, 0, 0x0d, 1, 0, 0, 0, 1, 0xc0, 0, 0, 0]);
    expect([...decodeIdx(float, "f").data]).toEqual([-2]);
    const short = new Uint8Array([0, 0, 0x0b, 1, 0, 0, 0, 2, 0x01, 0x02, 0xff, 0xff]);
    expect([...decodeIdx(short, "f").data]).toEqual([258, -1]);
  });

  it("reads from the middle of a Buffer, whose slices share their memory, and leaves it as it was", () => {
    const bytes = encodeIdx({ type: "float32", shape: [2], data: Float32Array.of(1.5, -2) });
    const inside = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
    expect(decodeIdx(inside, "f").data).toEqual(Float32Array.of(1.5, -2));
    expect(new Uint8Array(inside)).toEqual(bytes);
  });

  it("reads back what encodeIdx wrote, for every type", () => {
    const arrays = [
      { type: "uint8", data: new Uint8Array([0, 255]) },
      { type: "int8", data: new Int8Array([-128, 127]) },
      { type: "int16", data: new Int16Array([-300, 300]) },
      { type: "int32", data: new Int32Array([-70_000, 70_000]) },
      { type: "float32", data: new Float32Array([0.5, -1e10]) },
      { type: "float64", data: new Float64Array([0.1, -1e100]) },
    ] as const;
    for (const { type, data } of arrays) {
      expect(decodeIdx(encodeIdx({ type, shape: [2, 1], data }), "f")).toEqual({ type, shape: [2, 1], data });
    }
  });

  it("says how many bytes a truncated file lacks", () => {
    const bytes = new Uint8Array(1000);
    bytes.set([0, 0, 8, 3, 0, 0, 0xea, 0x60, 0, 0, 0, 28, 0, 0, 0, 28]);
    expect(mistake(bytes, pictures)).toBe(
      "train-images-idx3-ubyte: the header promises 47,040,016 bytes, the file has 1,000\n" +
        "  Get the file again; it is damaged or was not copied whole.",
    );
  });

  it("says which magic number came and which was expected", () => {
    expect(mistake(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 0]), pictures)).toBe(
      "train-images-idx3-ubyte: the file begins with 0x00000801, expected 0x00000803 (uint8, 3 axes)\n" +
        "  Is this the right file, and an IDX file?",
    );
  });

  it("recognises a compressed file", () => {
    expect(mistake(new Uint8Array([0x1f, 0x8b, 8, 0]), pictures)).toBe(
      "train-images-idx3-ubyte: the file begins with 0x1f8b0800, expected 0x00000803 (uint8, 3 axes)\n" +
        "  The file is compressed; unpack it with gunzip.",
    );
  });

  it("refuses an element type that the format does not have", () => {
    expect(mistake(new Uint8Array([0, 0, 0x0a, 1, 0, 0, 0, 0]))).toBe(
      "train-images-idx3-ubyte: the element type 0x0a is not supported\n" +
        "  Known types are 0x08 (uint8), 0x09 (int8), 0x0b (int16), 0x0c (int32), 0x0d (float32), 0x0e (float64).",
    );
  });

  it("refuses an empty file and one that ends within its header", () => {
    expect(mistake(new Uint8Array())).toContain("an IDX file begins with four bytes, this file has 0");
    expect(mistake(new Uint8Array([0, 0, 8, 3, 0, 0, 0, 1]))).toContain(
      "a header of 3 axes has 16 bytes, the file has 8",
    );
  });

  it("answers any bytes with a UserError that names the file, or with as many elements as the shape says", () => {
    const start = fc.constantFrom([0, 0, 8, 1], [0, 0, 13, 2], [0, 0, 8, 3], [1, 2, 3, 4]);
    fc.assert(
      fc.property(start, fc.array(fc.constantFrom(0, 0, 0, 1, 2, 255), { maxLength: 40 }), (magic, rest) => {
        try {
          const { shape, data } = decodeIdx(new Uint8Array([...magic, ...rest]), "f");
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.at).toBe("f");
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

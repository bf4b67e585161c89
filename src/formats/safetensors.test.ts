import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

/** A file from its header's text and its data, by the format's definition. */
function file(header: string, data: Uint8Array = new Uint8Array()): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

function mistake(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes, "model.safetensors");
  } catch (error) {
    if (error instanceof UserError && error.at === "model.safetensors") return error.message;
    throw error;
  }
  return "no mistake";
}

const entry = (dtype: string, shape: unknown, offsets: unknown): string =>
  JSON.stringify({ w: { dtype, shape, data_offsets: offsets } });

describe("encodeSafetensors", () => {
  it("writes metadata first, then tensors in the order given, and fills the header up to eight bytes", () => {
    const bytes = encodeSafetensors({
      tensors: {
        b: { dtype: "F32", shape: [2], data: new Float32Array([1, -2]) },
        a: { dtype: "I64", shape: [], data: new BigInt64Array([5n]) },
      },
      metadata: { model: "µ" },
    });
    const header =
      '{"__metadata__":{"model":"µ"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"I64","shape":[],"data_offsets":[8,16]}}';
    const headerBytes = new TextEncoder().encode(header).length;
    const padded = Math.ceil(headerBytes / 8) * 8;
    expect(Number(new DataView(bytes.buffer).getBigUint64(0, true))).toBe(padded);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + padded))).toBe(header + " ".repeat(padded - headerBytes));
    // 1 is 0x3f800000 and −2 is 0xc0000000 in IEEE 754; little-endian.
    expect([...bytes.subarray(8 + padded)]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 5, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("writes the bytes that safetensors 0.8.0 for Python writes for the same tensors", () => {
    // python -c "import numpy, safetensors.numpy as s; print(s.save({'w': numpy.array([[1.5, 2]], 'f4')}).hex())"
    const header = '{"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
    const bytes = encodeSafetensors({
      tensors: { w: { dtype: "F32", shape: [1, 2], data: new Float32Array([1.5, 2]) } },
    });
    const hex = Buffer.from(bytes).toString("hex");
    expect(hex).toBe(`3800000000000000${Buffer.from(header).toString("hex")}0000c03f00000040`);
  });

  it("refuses data of another type or size than it says, as a bug", () => {
    const data = new Float32Array(3);
    expect(() => encodeSafetensors({ tensors: { w: { dtype: "F64", shape: [3], data } } })).toThrow(
      "internal: tensor w is written as F64 but comes in a Float32Array",
    );
    expect(() => encodeSafetensors({ tensors: { w: { dtype: "F32", shape: [2], data } } })).toThrow(
      "internal: tensor w of shape [2] has 3 elements",
    );
  });
});

describe("decodeSafetensors", () => {
  it("reads 8-byte numbers behind an odd number of 4-byte ones, from a Buffer as from any bytes", () => {
    const tensors = {
      scale: { dtype: "F32", shape: [1], data: Float32Array.of(1.5) },
      count: { dtype: "I64", shape: [], data: BigInt64Array.of(1875n) },
    } as const;
    const read = decodeSafetensors(Buffer.from(encodeSafetensors({ tensors })), "model.safetensors");
    expect(read.tensors).toEqual(tensors);
  });

  it("reads back what was written, as views on the file where they are aligned", () => {
    const bytes = encodeSafetensors({
      tensors: {
        flags: { dtype: "BOOL", shape: [3], data: new Uint8Array([1, 0, 1]) },
        weight: { dtype: "F32", shape: [1, 2], data: new Float32Array([0.5, Number.NaN]) },
        empty: { dtype: "F64", shape: [0, 4], data: new Float64Array() },
        count: { dtype: "I64", shape: [], data: new BigInt64Array([-7n]) },
      },
      metadata: { a: "1", __proto__x: "2" },
    });
    const { tensors, metadata } = decodeSafetensors(bytes, "f");
    expect(Object.keys(tensors)).toEqual(["flags", "weight", "empty", "count"]);
    expect(metadata).toEqual({ a: "1", __proto__x: "2" });
    expect(tensors.weight).toEqual({ dtype: "F32", shape: [1, 2], data: new Float32Array([0.5, Number.NaN]) });
    expect(tensors.count?.data).toEqual(new BigInt64Array([-7n]));
    expect(tensors.flags?.data.buffer).toBe(bytes.buffer);
    // It begins three bytes into the data, so it had to be copied.
    expect(tensors.weight?.data.buffer).not.toBe(bytes.buffer);
  });

  it("reads from bytes that do not begin at their buffer's start, and from shared memory", () => {
    const bytes = encodeSafetensors({ tensors: { w: { dtype: "F32", shape: [2], data: new Float32Array([1, 2]) } } });
    for (const buffer of [new ArrayBuffer(bytes.length + 5), new SharedArrayBuffer(bytes.length + 5)]) {
      const moved = new Uint8Array(buffer, 5);
      moved.set(bytes);
      expect([...(decodeSafetensors(moved, "f").tensors.w?.data ?? [])]).toEqual([1, 2]);
    }
  });

  it("keeps a tensor called __proto__ a tensor", () => {
    const bytes = file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', new Uint8Array([9]));
    expect(Object.keys(decodeSafetensors(bytes, "f").tensors)).toEqual(["__proto__"]);
  });

  it.each([
    ["too short", new Uint8Array(3), "a safetensors file begins with 8 bytes of header length, this file has 3 bytes"],
    [
      "a header longer than the file",
      file("{}").fill(0xff, 0, 2),
      "the header claims 65,535 bytes, the file has 2 left",
    ],
    [
      "a header longer than allowed",
      new Uint8Array(8).fill(0xff),
      "the header claims 18,446,744,073,709,552,000 bytes, at most 100,000,000 are allowed",
    ],
    ["a header that is not JSON", file("{w}"), "the header is not JSON"],
    ["a header that is not UTF-8", file("{}").fill(0xff, 8), "the header is not JSON"],
    ["a header that is a list", file("[]"), "the header is not a JSON object"],
    ["metadata that is no object", file('{"__metadata__":1}'), "the header's __metadata__ is not an object"],
    [
      "metadata that is not text",
      file('{"__metadata__":{"a":1}}'),
      'the header\'s __metadata__ has "a", which is not text',
    ],
    ["an entry that is no object", file('{"w":1}'), 'tensor "w" is not described by an object'],
    ["no dtype", file('{"w":{}}'), 'tensor "w" has no dtype'],
    [
      "an unknown dtype",
      file(entry("F12", [1], [0, 4])),
      'tensor "w" has the unknown dtype F12; known are F64, F32, F16, BF16, I64, U64, I32, U32, I16, U16, I8, U8, BOOL',
    ],
    ["a negative length", file(entry("F32", [-1], [0, 4])), 'tensor "w" has no shape of whole numbers'],
    ["one offset", file(entry("F32", [1], [0])), 'tensor "w" has no pair of data_offsets'],
    ["offsets turned around", file(entry("F32", [1], [8, 4])), 'tensor "w" ends at 4 before it begins at 8'],
    [
      "a size that is not the shape's",
      file(entry("F32", [2, 3], [0, 4])),
      'tensor "w" of type F32 and shape [2, 3] needs 24 bytes, its offsets span 4',
    ],
    [
      "data cut off",
      file(entry("F32", [2], [0, 8]), new Uint8Array(5)),
      "the tensors need 8 bytes, the file has 5 after its header",
    ],
    ["bytes after the end", file(entry("U8", [2], [0, 2]), new Uint8Array(5)), "3 bytes follow the last tensor"],
    [
      "a gap at the start",
      file(entry("U8", [2], [1, 3]), new Uint8Array(3)),
      'there is a gap of 1 bytes before tensor "w"',
    ],
    [
      "an overlap",
      file(
        '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
        new Uint8Array(3),
      ),
      'tensor "b" overlaps the one before it',
    ],
  ])("names what is wrong: %s", (_, bytes, message) => {
    expect(mistake(bytes)).toBe(message);
  });

  it("answers any damage with a UserError that names the file, or with tensors of the size they say", () => {
    const whole = encodeSafetensors({
      tensors: {
        a: { dtype: "F32", shape: [2, 1], data: new Float32Array([1, 2]) },
        b: { dtype: "U8", shape: [3], data: new Uint8Array([1, 2, 3]) },
      },
      metadata: { k: "v" },
    });
    const change = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), fc.nat(whole.length), (changes, length) => {
        const bytes = whole.slice();
        for (const { at, value } of changes) bytes[at] = value;
        try {
          for (const { shape, data } of Object.values(decodeSafetensors(bytes.subarray(0, length), "f").tensors)) {
            expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
          }
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          expect(error.at).toBe("f");
        }
      }),
      { numRuns: 2000, seed: 1 },
    );
  });
});

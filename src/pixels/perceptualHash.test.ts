import { describe, expect, it } from "vitest";
import { hashDistance, makePerceptualHasher } from "./perceptualHash.js";

const side = 24;
/** Discs of several brightnesses; another `seed`, other discs. */
function drawn(seed: number, scale = 1): Uint8Array<ArrayBuffer> {
  const sides = side * scale;
  return Uint8Array.from({ length: sides * sides }, (_, i) => {
    const [x, y] = [(i % sides) / scale, Math.floor(i / sides) / scale];
    let value = 20;
    for (let disc = 0; disc < 5; disc++) {
      const at = (part: number) => {
        const mixed = Math.imul((seed * 64 + disc * 8 + part) ^ 0x5bd1e995, 0x9e3779b1);
        return (Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 8) / 2 ** 24;
      };
      if ((x - side * at(1)) ** 2 + (y - side * at(2)) ** 2 < (3 + 5 * at(3)) ** 2) value = Math.round(255 * at(4));
    }
    return value;
  });
}
function hash(image: Uint8Array, shape: { channels: number; height: number; width: number }): Uint32Array {
  const out = new Uint32Array(2);
  makePerceptualHasher(shape)(image, out, 0);
  return out;
}
const grey = { channels: 1, height: side, width: side };
const distance = (a: Uint32Array, b: Uint32Array) => hashDistance(a, 0, b, 0);

describe("the perceptual hash", () => {
  it("counts the bits that differ", () => {
    expect(hashDistance(Uint32Array.from([0, 0]), 0, Uint32Array.from([9, 0b1011, 0xffffffff]), 1)).toBe(35);
  });

  it("has as many bits set as not, for the median parts them", () => {
    const bits = hash(drawn(1), grey);
    expect(distance(bits, Uint32Array.from([0, 0]))).toBe(32);
  });

  it("does not change with brightness and contrast, and nearly not with size", () => {
    const image = drawn(2);
    const bits = hash(image, grey);
    // Every value a multiple of 2 more or less: no rounding.
    const dimmed = image.map((value) => Math.floor(value / 2) + 40);
    expect(distance(bits, hash(dimmed, grey))).toBeLessThanOrEqual(2);
    const large = drawn(2, 2);
    expect(distance(bits, hash(large, { channels: 1, height: 2 * side, width: 2 * side }))).toBeLessThanOrEqual(6);
  });

  it("is that of the brightness for colour", () => {
    const image = drawn(3);
    expect(hash(Uint8Array.from([...image, ...image, ...image]), { ...grey, channels: 3 })).toEqual(hash(image, grey));
  });

  it("of other pictures differs in about half of the bits", () => {
    const all = [4, 5, 6, 7, 8, 9].map((seed) => hash(drawn(seed), grey));
    const distances = all.flatMap((a, i) => all.slice(i + 1).map((b) => distance(a, b)));
    expect(Math.min(...distances)).toBeGreaterThan(12);
  });

  it("of a picture of one value has no bit set", () => {
    expect(hash(new Uint8Array(side * side).fill(90), grey)).toEqual(Uint32Array.from([0, 0]));
  });
});

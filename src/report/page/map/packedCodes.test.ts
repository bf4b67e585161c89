// Codes in a file: what comes back is what went in, within half a step of 16 bits.
import { expect, it } from "vitest";
import { packCodes, packFloats, unpackCodes, unpackFloats } from "./packedCodes.js";

it("brings codes back within half a step of each unit's largest value", () => {
  const size = 3;
  // Units of very different sizes, one that is always 0.
  const codes = Float32Array.from({ length: 300 }, (_, i) => [1e-3 * Math.sin(i), 0, 40 * Math.cos(i)][i % size] ?? 0);
  const packed = packCodes(codes, size);
  expect(packed.values).toHaveLength(4 * Math.ceil((2 * codes.length) / 3));
  const back = unpackCodes(packed);
  expect(back).toHaveLength(codes.length);
  const largest = [1e-3, 0, 40];
  for (const [i, value] of codes.entries()) {
    expect(Math.abs((back[i] ?? Number.NaN) - value)).toBeLessThanOrEqual((0.502 * (largest[i % size] ?? 0)) / 32_767);
  }
});

it("takes what is no number for 0 and keeps the others", () => {
  expect([...unpackCodes(packCodes(Float32Array.of(Number.NaN, 2, Number.POSITIVE_INFINITY, -2), 2))]).toEqual([
    0,
    expect.closeTo(2, 4),
    0,
    expect.closeTo(-2, 4),
  ]);
});

it("brings floats back bit for bit", () => {
  const values = Float32Array.of(0, -1.5, 1e-30, 2.5000002);
  expect([...unpackFloats(packFloats(values))]).toEqual([...values]);
});

import { describe, expect, it } from "vitest";
import { multiplySquare, orthonormalRows } from "./matrices.js";
import { randomSequence } from "./random.js";

const normal = (count: number): Float64Array => {
  const random = randomSequence(0, "sample", 0, 0);
  return Float64Array.from({ length: count }, () => random.normal());
};

/** Σₖ a[r, k]·b[c, k]. */
const rowProduct = (a: Float64Array, r: number, b: Float64Array, c: number, size: number): number => {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += (a[r * size + k] as number) * (b[c * size + k] as number);
  return sum;
};

describe("multiplySquare", () => {
  it.each([1, 3, 4, 7, 12, 33])("equals the definition for %d rows", (size) => {
    const a = normal(size * size);
    const b = normal(2 * size * size).subarray(size * size);
    const product = multiplySquare(a, b, size);
    expect(product).toHaveLength(size * size);
    for (let r = 0; r < size; r++) {
      for (let c = 0; c < size; c++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += (a[r * size + k] as number) * (b[k * size + c] as number);
        // 33 terms of about 1, each rounded to 1.1e-16 of the sum so far.
        expect(Math.abs((product[r * size + c] as number) - sum)).toBeLessThan(1e-13);
      }
    }
  });
});

describe("orthonormalRows", () => {
  it.each([
    [1, 1],
    [3, 5],
    [8, 8],
    [30, 33],
  ])("makes %d rows of %d numbers perpendicular and of length 1, the first along itself", (count, size) => {
    const rows = normal(count * size);
    const before = Float64Array.from(rows);
    expect(orthonormalRows(rows, count, size)).toBe(rows);
    for (let r = 0; r < count; r++) {
      for (let c = 0; c <= r; c++) expect(rowProduct(rows, r, rows, c, size)).toBeCloseTo(r === c ? 1 : 0, 13);
      // Each row lies along what its own vector adds to those before it.
      expect(rowProduct(rows, r, before, r, size)).toBeGreaterThan(0);
    }
    const length = Math.hypot(...before.subarray(0, size));
    expect(rows[0]).toBeCloseTo((before[0] as number) / length, 14);
  });

  it("makes zeros of a row that is nothing but the others", () => {
    const rows = orthonormalRows(Float64Array.of(2, 0, 0, 6, 0, 0, 0, 0, 3), 3, 3);
    expect([...rows]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 1]);
  });

  it("keeps nearly parallel rows perpendicular", () => {
    const rows = Float64Array.of(1, 1, 1, 1, 1, 1 + 1e-10);
    orthonormalRows(rows, 2, 3);
    expect(rowProduct(rows, 0, rows, 1, 3)).toBeCloseTo(0, 14);
  });
});

import { describe, expect, it } from "vitest";
import { symmetricEigen } from "./eigen.js";
import { randomSequence } from "./random.js";

/** Largest entry of A·v − λ·v over all eigenvectors, and of V·Vᵀ − 1. */
async function residuals(matrix: Float64Array, size: number) {
  const { values, vectors } = await symmetricEigen(matrix, size);
  let residual = 0;
  let skew = 0;
  for (let k = 0; k < size; k++) {
    const v = vectors.subarray(k * size, (k + 1) * size);
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += (matrix[i * size + j] as number) * (v[j] as number);
      residual = Math.max(residual, Math.abs(sum - (values[k] as number) * (v[i] as number)));
    }
    for (let other = 0; other < size; other++) {
      const w = vectors.subarray(other * size, (other + 1) * size);
      const inner = v.reduce((sum, value, i) => sum + value * (w[i] as number), 0);
      skew = Math.max(skew, Math.abs(inner - (other === k ? 1 : 0)));
    }
  }
  return { residual, skew, values };
}

function randomSymmetric(size: number): Float64Array {
  const random = randomSequence(3, "sample", 0, size);
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) matrix[i * size + j] = matrix[j * size + i] = random.normal();
  }
  return matrix;
}

describe("the eigenvectors of a symmetric matrix", () => {
  it("are (1, 1) and (1, −1) for 2 on the diagonal and 1 beside it, with values 3 and 1", async () => {
    const { values, vectors } = await symmetricEigen([2, 1, 1, 2], 2);
    expect(values[0]).toBeCloseTo(3, 14);
    expect(values[1]).toBeCloseTo(1, 14);
    expect(Math.abs(vectors[0] as number)).toBeCloseTo(Math.SQRT1_2, 14);
    expect((vectors[0] as number) * (vectors[1] as number)).toBeCloseTo(0.5, 14);
    expect((vectors[2] as number) * (vectors[3] as number)).toBeCloseTo(-0.5, 14);
  });

  it("have the values 2 − 2·cos(kπ/(n+1)) for the matrix of second differences", async () => {
    const size = 50;
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      matrix[i * size + i] = 2;
      if (i > 0) matrix[i * size + i - 1] = matrix[(i - 1) * size + i] = -1;
    }
    const expected = Array.from({ length: size }, (_, k) => 2 - 2 * Math.cos(((size - k) * Math.PI) / (size + 1)));
    const { values } = await symmetricEigen(matrix, size);
    // Backward stable: errors of some n·ε·‖A‖ = 50 × 2.2e-16 × 4.
    for (const [k, value] of expected.entries()) expect(Math.abs((values[k] ?? 0) - value)).toBeLessThan(1e-13);
  });

  it.each([1, 2, 3, 10, 101])("solve A·v = λ·v and are perpendicular, for random numbers, size %i", async (size) => {
    const { residual, skew, values } = await residuals(randomSymmetric(size), size);
    // A few n·ε·‖A‖, and ‖A‖ is about 2√n.
    expect(residual).toBeLessThan(20 * size * Number.EPSILON * 2 * Math.sqrt(size));
    expect(skew).toBeLessThan(20 * size * Number.EPSILON);
    expect([...values]).toEqual([...values].sort((a, b) => b - a));
  });

  it.each([
    ["zeros", () => 0],
    ["one", (i: number, j: number) => (i === j ? 1 : 0)],
    ["ones, of rank 1", () => 1],
    ["mostly pixels that never change", (i: number, j: number) => (i < 3 && j < 3 ? 1 / (1 + i + j) : 0)],
  ])("are found for a matrix of %s", async (_, entry) => {
    const size = 20;
    const matrix = Float64Array.from({ length: size * size }, (_, at) => entry(Math.floor(at / size), at % size));
    const { residual, skew } = await residuals(matrix, size);
    expect(residual).toBeLessThan(20 * size * Number.EPSILON * size);
    expect(skew).toBeLessThan(20 * size * Number.EPSILON);
  });

  it("of numbers that are not finite are refused", async () => {
    await expect(symmetricEigen([1, Number.NaN, Number.NaN, 1], 2)).rejects.toThrow("not finite");
  });

  it("of a large matrix are no longer looked for once nobody wants them, and the thread is given back", async () => {
    const controller = new AbortController();
    // A second's work; only a thread that is given back runs this.
    setTimeout(() => controller.abort(), 1);
    const { signal } = controller;
    await expect(symmetricEigen(randomSymmetric(600), 600, { signal })).rejects.toMatchObject({ name: "AbortError" });
  });
});

import { describe, expect, it } from "vitest";
import { cholesky, fitGaussian, mahalanobisDistances } from "../base/gaussian.js";
import { gaussianCodes, standardNormalCodes } from "./gaussian.js";

function momentsOf(codes: Float32Array, size: number): { mean: number[]; covariance: number[][] } {
  const count = codes.length / size;
  const column = (unit: number): number[] => Array.from({ length: count }, (_, i) => codes[i * size + unit] as number);
  const columns = Array.from({ length: size }, (_, unit) => column(unit));
  const mean = columns.map((values) => values.reduce((sum, value) => sum + value, 0) / count);
  const covariance = columns.map((a, i) =>
    columns.map(
      (b, j) =>
        a.reduce((sum, value, k) => sum + (value - (mean[i] ?? 0)) * ((b[k] ?? 0) - (mean[j] ?? 0)), 0) / (count - 1),
    ),
  );
  return { mean, covariance };
}

describe("standardNormalCodes", () => {
  it("has mean 0, variance 1 and no correlation, as far as so many draws tell", async () => {
    const count = 20_000;
    const { mean, covariance } = momentsOf(await standardNormalCodes(count, 2, 0), 2);
    // Four standard deviations: of a mean 1/√n, of a variance √2/√n, of a covariance 1/√n.
    const deviation = 4 / Math.sqrt(count);
    for (const value of mean) expect(Math.abs(value)).toBeLessThan(deviation);
    expect(Math.abs((covariance[0]?.[0] ?? 0) - 1)).toBeLessThan(deviation * Math.SQRT2);
    expect(Math.abs((covariance[1]?.[1] ?? 0) - 1)).toBeLessThan(deviation * Math.SQRT2);
    expect(Math.abs(covariance[0]?.[1] ?? 1)).toBeLessThan(deviation);
  });

  it("gives the same codes for a seed, others for another, and the first of many are the few", async () => {
    expect(await standardNormalCodes(3, 4, 7)).toEqual((await standardNormalCodes(10, 4, 7)).subarray(0, 12));
    expect(await standardNormalCodes(3, 4, 8)).not.toEqual(await standardNormalCodes(3, 4, 7));
  });
});

describe("fitGaussian", () => {
  it("finds mean and covariance, by hand", async () => {
    // Means 2 and 1; deviations (−1, −1), (1, 1), (0, 0); over 3 − 1: all entries 1. Its factor has one column.
    const { mean, factor } = await fitGaussian(Float32Array.of(1, 0, 3, 2, 2, 1), 2);
    expect([...mean]).toEqual([2, 1].map((value) => expect.closeTo(value, 12)));
    expect([...factor]).toEqual([1, 0, 1, 0].map((value) => expect.closeTo(value, 12)));
  });

  it("gives codes with the moments of those it was fitted to", async () => {
    const normals = await standardNormalCodes(5000, 3, 1);
    const source = Float32Array.from(normals, (value, i) => {
      const [a = 0, b = 0] = normals.subarray(3 * Math.floor(i / 3), 3 * Math.floor(i / 3) + 3);
      return [2 * a + 5, a - b, value / 2][i % 3] as number;
    });
    const count = 20_000;
    const fitted = momentsOf(source, 3);
    const drawn = momentsOf(await gaussianCodes(await fitGaussian(source, 3), count, 2), 3);
    for (let i = 0; i < 3; i++) {
      const own = fitted.covariance[i]?.[i] ?? 0;
      expect(Math.abs((drawn.mean[i] ?? 0) - (fitted.mean[i] ?? 0))).toBeLessThan(4 * Math.sqrt(own / count));
      for (let j = 0; j < 3; j++) {
        const other = fitted.covariance[j]?.[j] ?? 0;
        const expected = fitted.covariance[i]?.[j] ?? 0;
        // The variance of a sample covariance of normals: (σᵢ²σⱼ² + σᵢⱼ²)/n.
        const deviation = Math.sqrt((own * other + expected ** 2) / count);
        expect(Math.abs((drawn.covariance[i]?.[j] ?? 0) - expected)).toBeLessThan(4 * deviation);
      }
    }
  });

  it("leaves a unit that never changes where it is", async () => {
    const codes = await gaussianCodes(await fitGaussian(Float32Array.of(1, 0.25, 3, 0.25, 7, 0.25), 2), 5, 0);
    for (let i = 0; i < 5; i++) expect(codes[2 * i + 1]).toBe(0.25);
    expect(new Set(codes).size).toBe(6);
  });

  it("copes with fewer codes than units: what it draws lies between them", async () => {
    const codes = await gaussianCodes(await fitGaussian(Float32Array.of(0, 0, 0, 1, 2, 3), 3), 50, 3);
    for (let i = 0; i < 50; i++) {
      const [a = 0, b = 0, c = 0] = codes.subarray(3 * i, 3 * i + 3);
      // Both codes lie on the line through (1, 2, 3); float32 rounds each coordinate.
      expect(Math.abs(b - 2 * a)).toBeLessThanOrEqual(Math.abs(b) * 2 ** -22);
      expect(Math.abs(c - 3 * a)).toBeLessThanOrEqual(Math.abs(c) * 2 ** -22);
    }
  });
});

describe("cholesky", () => {
  it("factors a matrix worked out by hand", async () => {
    // [[4, ·, ·], [12, 37, ·], [−16, −43, 98]] is L·Lᵀ of [[2], [6, 1], [−8, 5, 3]].
    const matrix = Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98);
    expect([...(await cholesky(matrix, 3))]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
  });
});

describe("mahalanobisDistances", () => {
  it("are lengths after the covariance was made the identity", async () => {
    // Factor of [[4, 2], [2, 2]]. From the mean (1, 0), (3, 1) is (2, 1) = factor · (1, 0) and (1, 1) is (0, 1) = factor · (0, 1).
    const gaussian = { mean: Float64Array.of(1, 0), factor: Float64Array.of(2, 0, 1, 1) };
    expect([...(await mahalanobisDistances(gaussian, Float32Array.of(3, 1, 1, 1, 1, 0)))]).toEqual([1, 1, 0]);
  });

  it("count no direction without width, which a ridge gives one", async () => {
    // Variances 2 and 0; a ridge of a half adds half of their mean, 0.5, to each.
    const codes = Float32Array.of(0, 5, 2, 5);
    const flat = await fitGaussian(codes, 2);
    expect([...(await mahalanobisDistances(flat, Float32Array.of(1, 9)))]).toEqual([0]);
    const wide = await fitGaussian(codes, 2, undefined, 0.5);
    expect((await mahalanobisDistances(wide, Float32Array.of(1, 9)))[0]).toBeCloseTo(4 / Math.sqrt(0.5), 12);
  });
});

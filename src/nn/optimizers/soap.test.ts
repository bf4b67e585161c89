import { describe, expect, it } from "vitest";
import { thrownBy } from "../testing/evaluate.js";
import { optimize } from "../testing/optimize.js";
import { readOptimizer } from "./index.js";

type Rows = readonly (readonly number[])[];
const product = (a: Rows, b: Rows): number[][] =>
  a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((sum, value, k) => sum + value * (b[k]?.[j] ?? Number.NaN), 0)));
const transposed = (a: Rows): number[][] => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN));
const combined = (a: Rows, b: Rows, of: (x: number, y: number) => number): number[][] =>
  a.map((row, i) => row.map((value, j) => of(value, b[i]?.[j] ?? Number.NaN)));

/** Unit vectors along and across (3, 4). */
const turned: Rows = [
  [0.6, 0.8],
  [-0.8, 0.6],
];
const learningRate = 0.1;
const settings = { learningRate, beta1: 0.5, beta2: 0.5, epsilon: 1e-12 };

describe("soap", () => {
  it("is Adam until it first looks for eigenvectors, and for vectors", async () => {
    const gradients = [
      [1, -2, 0.5, 3],
      [0.25, 1, -1, 2],
      [-1, 0.5, 2, 1],
    ];
    const first = [1, 2, 3, 4];
    const adam = await optimize({ adam: settings }, first, gradients);
    const matrix = await optimize({ soap: { ...settings, refreshEvery: 100 } }, first, gradients, [2, 2]);
    const vector = await optimize({ soap: { ...settings, refreshEvery: 1 } }, first, gradients);
    adam.forEach((value, i) => {
      expect(matrix[i]).toBeCloseTo(value, 12);
      expect(vector[i]).toBeCloseTo(value, 12);
    });
  });

  it("makes Adam's step in the eigenbasis of the gradients' products", async () => {
    // G = a·bᵀ·8 + a′·b′ᵀ in turned bases, so that the eigenvectors of G·Gᵀ and Gᵀ·G are the bases' rows, 8² before 1.
    const inBasis: Rows = [
      [8, 0],
      [0, 1],
    ];
    const gradient = product(product(transposed(turned), inBasis), turned);
    const flat = gradient.flat();
    const weightsAfter = (steps: number) =>
      optimize(
        { soap: { ...settings, refreshEvery: 1 } },
        [0, 0, 0, 0],
        Array.from({ length: steps }, () => flat),
        [2, 2],
      );
    const [before, after] = [await weightsAfter(1), await weightsAfter(2)];
    // The first step is Adam's: learningRate in each coordinate. Then, seen from the eigenvectors: gradient as in inBasis; of its
    // squares' mean, V, half is this step's, and half of the rest the first one's squares seen from the axes, in another order
    // of rows and columns or not.
    const step = combined(
      [(after ?? []).slice(0, 2), (after ?? []).slice(2)],
      [(before ?? []).slice(0, 2), (before ?? []).slice(2)],
      (x, y) => x - y,
    );
    const seen = product(product(turned, step), transposed(turned));
    const squaresOfFirst = combined(gradient, gradient, (x, y) => x * y);
    // 0.36·8 + 0.64 and so on: G is symmetric, its diagonal's larger number stands second. The eigenvector of the larger
    // eigenvalue is nearer to the second axis, and rows are sorted by what the axes see: the second row comes first.
    const sorted = [...squaresOfFirst].reverse().map((row) => [...row].reverse());
    const expected = combined(inBasis, sorted, (x, square) => {
      const v = (0.5 * (0.5 * square) + 0.5 * x * x) / (1 - 0.25);
      return (-learningRate * x) / Math.sqrt(v);
    });
    // Directions come by power iteration, ten steps of a ratio of 1/64 from the axes; the bases are float32.
    expected.flat().forEach((value, i) => {
      expect(seen.flat()[i]).toBeCloseTo(value, 5);
    });
  });

  it("shrinks the parameter by learningRate·weightDecay beside its step, turned or not", async () => {
    const gradient = [1, -2, 0.5, 3];
    for (const shape of [[2, 2], [4]]) {
      const stepped = (weightDecay: number, first: readonly number[]) =>
        optimize({ soap: { ...settings, weightDecay } }, first, [gradient], shape);
      const plain = await stepped(0, [0, 0, 0, 0]);
      (await stepped(0.5, [1, 2, -3, 4])).forEach((value, i) => {
        expect(value).toBeCloseTo(([1, 2, -3, 4][i] ?? 0) * (1 - learningRate * 0.5) + (plain[i] ?? 0), 12);
      });
    }
  });

  it("leaves long sides alone and keeps what is asked for", () => {
    const { optimizer, options } = readOptimizer({ soap: { largestSide: 10 } });
    const names = (shape: readonly number[]) =>
      optimizer.slots(options, shape).map((slot) => (typeof slot === "string" ? slot : `${slot.name} ${slot.shape}`));
    expect(names([8, 4, 3, 3])).toEqual(["firstMoment 8,36", "secondMoment 8,36", "leftProducts 8,8", "leftBasis 8,8"]);
    expect(names([1, 9])).toEqual(["firstMoment 1,9", "secondMoment 1,9", "rightProducts 9,9", "rightBasis 9,9"]);
    expect(names([12, 11])).toEqual(["firstMoment", "secondMoment"]);
    expect(names([8])).toEqual(["firstMoment", "secondMoment"]);
    expect(thrownBy(() => readOptimizer({ soap: { refreshEvery: 0 } }))).toMatchObject({
      at: "optimizer.soap.refreshEvery",
    });
  });
});

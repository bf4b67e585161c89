// PyTorch 2.15's values in float64.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { softplus, softplusGradient } from "./softplus.js";

const points = [[5], [-2, -0.5, 0, 0.5, 3]] as const;
const ones = [[5], [1, 1, 1, 1, 1]] as const;

describe("softplus", () => {
  it("has PyTorch's values, and is the identity where beta·x is above the threshold", () => {
    const attributes = { beta: 2, threshold: 3 };
    expectClose(
      evaluate(softplus, [points], attributes)[0],
      [0.009074963958904869, 0.15663084375911143, 0.34657359027997264, 0.6566308437591114, 3],
    );
    expectClose(
      evaluate(softplusGradient, [points, ones], attributes)[0],
      [0.017986209962091555, 0.2689414213699951, 0.5, 0.7310585786300049, 1],
    );
  });

  it("refuses a sharpness of 0", () => {
    expect(() => softplus.shapes([[2]], { beta: 0, threshold: 20 })).toThrow("beta must be above 0, got 0");
  });
});

/** Within a few units of float64. */
function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(8 * 2 ** -52 * Math.max(1, Math.abs(expected[i])));
  });
}

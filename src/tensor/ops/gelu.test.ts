// PyTorch 2.15's values in float64, and the error function's from Abramowitz & Stegun, table 7.1.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { errorFunction, gelu, geluGradient } from "./gelu.js";

const exact = { approximation: "none" } as const;
const approximate = { approximation: "tanh" } as const;
const points = [[5], [-2, -0.5, 0, 0.5, 3]] as const;
const ones = [[5], [1, 1, 1, 1, 1]] as const;

describe("gelu", () => {
  it("has PyTorch's values", () => {
    expectClose(
      evaluate(gelu, [points], exact)[0],
      [-0.04550026389635842, -0.15426876936299344, 0, 0.34573123063700656, 2.99595030590511],
    );
    expectClose(
      evaluate(gelu, [points], approximate)[0],
      [-0.04540230591222494, -0.15428599017485606, 0, 0.34571400982514394, 2.996362607918227],
    );
  });

  it("has PyTorch's gradients", () => {
    expectClose(
      evaluate(geluGradient, [points, ones], exact)[0],
      [-0.08523180107819692, 0.13250487534383712, 0.5, 0.8674951246561629, 1.011945647204184],
    );
    expectClose(
      evaluate(geluGradient, [points, ones], approximate)[0],
      [-0.0860992566236183, 0.13263009646535764, 0.5, 0.8673699035346424, 1.0115841666309695],
    );
  });
});

describe("errorFunction", () => {
  it("has the table's values, is odd, and ends at ±1", () => {
    expect(errorFunction(0.5)).toBeCloseTo(0.5204998778, 10);
    expect(errorFunction(-1)).toBeCloseTo(-0.8427007929, 10);
    expect(errorFunction(2)).toBeCloseTo(0.995322265, 10);
    expect(errorFunction(50)).toBe(1);
    expect(errorFunction(-50)).toBe(-1);
    expect(errorFunction(0)).toBe(0);
  });
});

/** Within a few units of float64. */
function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(8 * 2 ** -52 * Math.max(1, Math.abs(expected[i])));
  });
}

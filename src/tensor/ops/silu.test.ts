// PyTorch 2.15's values in float64.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { silu, siluGradient } from "./silu.js";

const points = [[5], [-2, -0.5, 0, 0.5, 3]] as const;
const ones = [[5], [1, 1, 1, 1, 1]] as const;

describe("silu", () => {
  it("has PyTorch's values and gradients", () => {
    expectClose(
      evaluate(silu, [points], {})[0],
      [-0.2384058440442351, -0.1887703343990727, 0, 0.3112296656009273, 2.8577223804672998],
    );
    expectClose(
      evaluate(siluGradient, [points, ones], {})[0],
      [-0.09078424878489547, 0.2600388126973482, 0.5, 0.7399611873026519, 1.0881041060151693],
    );
  });
});

/** Within a few units of float64. */
function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(8 * 2 ** -52 * Math.max(1, Math.abs(expected[i])));
  });
}

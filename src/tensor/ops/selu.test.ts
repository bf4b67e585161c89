// PyTorch 2.15's values in float64.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { selu, seluGradient } from "./selu.js";

const points = [[5], [-2, -0.5, 0, 0.5, 3]] as const;
const ones = [[5], [1, 1, 1, 1, 1]] as const;

describe("selu", () => {
  it("has PyTorch's values, and its gradient follows from the output", () => {
    const [y] = evaluate(selu, [points], {});
    expectClose(y, [-1.5201664685956948, -0.6917581878028713, 0, 0.5253504936777402, 3.1521029620664414]);
    const [dx] = evaluate(seluGradient, [[[5], y], ones], {});
    expectClose(
      dx,
      [0.2379328722516818, 1.0663411530445053, 1.7580993408473766, 1.0507009873554805, 1.0507009873554805],
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

// By the definition.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { leakyRelu, leakyReluGradient } from "./leakyRelu.js";

const points = [[5], [-2, -0.5, 0, 0.5, 3]] as const;
const ones = [[5], [1, 1, 1, 1, 1]] as const;

describe("leakyRelu", () => {
  it("lets a share of negative inputs through", () => {
    const [y] = evaluate(leakyRelu, [points], { slope: 0.1 });
    expectClose(y, [-0.2, -0.05, 0, 0.5, 3]);
    expectClose(evaluate(leakyReluGradient, [[[5], y], ones], { slope: 0.1 })[0], [0.1, 0.1, 0.1, 1, 1]);
  });

  it("refuses a slope below 0, with which the output would not tell the input's sign", () => {
    expect(() => leakyRelu.shapes([[2]], { slope: -1 })).toThrow("slope must be 0 or more, got -1");
  });
});

/** Within a few units of float64. */
function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(8 * 2 ** -52 * Math.max(1, Math.abs(expected[i])));
  });
}

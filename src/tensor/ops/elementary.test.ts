// Points whose values are known.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { abs, absGradient, exp, log, power, sqrt } from "./elementary.js";

describe("elementary functions", () => {
  it("are those of Math", () => {
    expect(evaluate(exp, [[[2], [0, 1]]], {})).toEqual([[1, Math.E]]);
    expect(evaluate(log, [[[3], [1, Math.E, 0]]], {})).toEqual([[0, 1, Number.NEGATIVE_INFINITY]]);
    expect(evaluate(sqrt, [[[2], [0, 9]]], {})).toEqual([[0, 3]]);
    expect(evaluate(power, [[[2], [2, -3]]], { exponent: 3 })).toEqual([[8, -27]]);
  });

  it("abs has the gradient 0 at 0", () => {
    expect(evaluate(abs, [[[3], [-2, 0, 3]]], {})).toEqual([[2, 0, 3]]);
    const [dx] = evaluate(
      absGradient,
      [
        [[3], [-2, 0, 3]],
        [[3], [5, 5, 5]],
      ],
      {},
    );
    expect(dx).toEqual([-5, 0, 5]);
  });
});

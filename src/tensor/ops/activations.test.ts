// Activations at points whose values are known.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { elu, eluGradient, relu, reluGradient, sigmoid, tanh } from "./activations.js";

describe("activations", () => {
  it("relu cuts below 0, passes on what is not a number, and has the gradient 0 at 0", () => {
    expect(evaluate(relu, [[[4], [-1, 0, 2, Number.NaN]]], {})).toEqual([[0, 0, 2, Number.NaN]]);
    expect(
      evaluate(
        reluGradient,
        [
          [[2], [0, 2]],
          [[2], [7, 7]],
        ],
        {},
      ),
    ).toEqual([[0, 7]]);
  });

  it("elu tends to −alpha and has the gradient alpha·eˣ below 0", () => {
    // alpha·(e^(−ln 2) − 1) = −alpha/2, where the gradient is alpha/2.
    const [y] = evaluate(elu, [[[3], [-Math.LN2, 3, -50]]], { alpha: 2 });
    expect(y[0]).toBeCloseTo(-1, 15);
    expect(y.slice(1)).toEqual([3, -2]);
    expect(
      evaluate(
        eluGradient,
        [
          [[2], [-1, 3]],
          [[2], [10, 10]],
        ],
        { alpha: 2 },
      ),
    ).toEqual([[10, 10]]);
  });

  it("sigmoid and tanh are 1/2 and 0 at 0, saturate without overflow, and are related by tanh x = 2·sigmoid 2x − 1", () => {
    expect(evaluate(sigmoid, [[[3], [0, 1000, -1000]]], {})).toEqual([[0.5, 1, 0]]);
    expect(evaluate(tanh, [[[3], [0, 1000, -1000]]], {})).toEqual([[0, 1, -1]]);
    const [[half]] = evaluate(sigmoid, [[[1], [2 * 0.3]]], {});
    const [[full]] = evaluate(tanh, [[[1], [0.3]]], {});
    expect(Math.abs(full - (2 * half - 1))).toBeLessThan(4 * 2 ** -53);
  });
});

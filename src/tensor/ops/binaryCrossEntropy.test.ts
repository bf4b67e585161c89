// Binary cross-entropy at points whose values are known, and PyTorch's limits at 0 and 1.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { binaryCrossEntropy, binaryCrossEntropyGradient } from "./binaryCrossEntropy.js";

describe("binaryCrossEntropy", () => {
  it("is ln 2 for a half whatever the target, and the target's entropy where both are equal", () => {
    const [[black, white, grey]] = evaluate(
      binaryCrossEntropy,
      [
        [[3], [0.5, 0.5, 0.25]],
        [[3], [0, 1, 0.25]],
      ],
      {},
    );
    expect(black).toBeCloseTo(Math.LN2, 15);
    expect(white).toBeCloseTo(Math.LN2, 15);
    expect(grey).toBeCloseTo(-0.25 * Math.log(0.25) - 0.75 * Math.log(0.75), 15);
  });

  it("is 0 for a certain right answer and 100 for a certain wrong one, as in PyTorch", () => {
    expect(
      evaluate(
        binaryCrossEntropy,
        [
          [[4], [0, 1, 0, 1]],
          [[4], [0, 1, 1, 0]],
        ],
        {},
      ),
    ).toEqual([[0, 0, 100, 100]]);
  });

  it("has the gradient (p − t) / (p·(1 − p)), with at least 10⁻¹² below", () => {
    const inputs = [
      [[3], [0.5, 0.2, 0]],
      [[3], [1, 0, 1]],
      [[3], [1, 2, 3]],
    ] as const;
    const [dp] = evaluate(binaryCrossEntropyGradient, inputs, {});
    expect(dp[0]).toBe(-2);
    expect(dp[1]).toBeCloseTo((2 * 0.2) / (0.2 * 0.8), 14);
    expect(dp[2]).toBe(-3 / 1e-12);
  });
});

// By hand; ties as in PyTorch.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { maximum, maximumGradient, minimum } from "./extremes.js";

describe("maximum and minimum", () => {
  const a = [[3], [1, 2, 3]] as const;
  const b = [[], [2]] as const;
  const dy = [[3], [10, 10, 10]] as const;

  it("take the larger and the smaller", () => {
    expect(evaluate(maximum, [a, b], {})).toEqual([[2, 2, 3]]);
    expect(evaluate(minimum, [a, b], {})).toEqual([[1, 2, 2]]);
  });

  it("give half the gradient to each of two equal values", () => {
    expect(evaluate(maximumGradient, [a, b, dy], {})).toEqual([
      [0, 5, 10],
      [10, 5, 0],
    ]);
  });
});

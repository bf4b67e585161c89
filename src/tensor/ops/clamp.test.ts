// At, between and beyond the limits.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { clamp, clampGradient } from "./clamp.js";

describe("clamp", () => {
  const x = [[5], [-1, 0, 0.5, 1, 2]] as const;
  const dy = [[5], [1, 2, 3, 4, 5]] as const;

  it("holds values between the limits; no gradient flows beyond them or at them, as in PyTorch 2.15", () => {
    const limits = { minimum: 0, maximum: 1 };
    expect(evaluate(clamp, [x], limits)).toEqual([[0, 0, 0.5, 1, 1]]);
    expect(evaluate(clampGradient, [x, dy], limits)).toEqual([[0, 0, 3, 0, 0]]);
  });

  it("may have one limit only", () => {
    const limits = { minimum: 0, maximum: Number.POSITIVE_INFINITY };
    expect(evaluate(clamp, [x], limits)).toEqual([[0, 0, 0.5, 1, 2]]);
    expect(evaluate(clampGradient, [x, dy], limits)).toEqual([[0, 0, 3, 4, 5]]);
  });

  it("refuses limits the wrong way round", () => {
    expect(() => clamp.shapes([[1]], { minimum: 2, maximum: 1 })).toThrow("minimum 2 must not be above maximum 1");
  });
});

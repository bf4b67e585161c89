// By hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { meanOver, sum } from "./axisReductions.js";

describe("sum and meanOver", () => {
  const x = [
    [2, 3],
    [1, 2, 3, 4, 5, 6],
  ] as const;

  it("take axes away, or leave them with length 1", () => {
    expect(evaluate(sum, [x], { axes: [1], keepDims: false })).toEqual([[6, 15]]);
    expect(evaluate(meanOver, [x], { axes: [0], keepDims: true })).toEqual([[2.5, 3.5, 4.5]]);
    expect(sum.shapes([[2, 3, 5]], { axes: [0, 2], keepDims: false })).toEqual([[3]]);
    expect(sum.shapes([[2, 3, 5]], { axes: [0, 2], keepDims: true })).toEqual([[1, 3, 1]]);
  });

  it("refuse axes that are not there", () => {
    expect(() => sum.shapes([[2, 3]], { axes: [2], keepDims: false })).toThrow(
      new ShapeError("axes must be axes of [2, 3], counted from 0, each once, got [2]"),
    );
  });
});

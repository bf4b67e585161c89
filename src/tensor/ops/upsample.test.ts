// Nearest-neighbour enlargement by hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate, type Given } from "../testing/evaluate.js";
import { upsample, upsampleGradient } from "./upsample.js";

describe("upsample", () => {
  it("repeats rows and columns", () => {
    const x: Given = [
      [1, 2, 1, 2],
      [1, 2, 3, 4],
    ];
    expect(evaluate(upsample, [x], { scale: [2, 3] })).toEqual([
      [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 3, 3, 3, 4, 4, 4],
    ]);
  });

  it("has for a gradient the sum over each block", () => {
    const dy: Given = [
      [1, 1, 2, 4],
      [1, 2, 3, 4, 10, 20, 30, 40],
    ];
    expect(evaluate(upsampleGradient, [dy], { scale: [2, 2] })).toEqual([[33, 77]]);
  });

  it("refuses a scale that is not whole", () => {
    expect(() => upsample.shapes([[1, 1, 2, 2]], { scale: [1.5, 2] })).toThrow(
      new ShapeError("scale must be whole numbers of 1 or more, got 1.5 and 2"),
    );
  });
});

// Dense and matrix products by hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate, type Given } from "../testing/evaluate.js";
import { dense, denseInputGradient, denseWeightGradient } from "./dense.js";

const x: Given = [
  [2, 2],
  [1, 2, 3, 4],
];
const w: Given = [
  [3, 2],
  [1, 0, 0, 1, 10, 100],
];

describe("dense", () => {
  it("multiplies by the transposed weight and adds the bias", () => {
    expect(evaluate(dense, [x, w], {})).toEqual([[1, 2, 210, 3, 4, 430]]);
    expect(evaluate(dense, [x, w, [[3], [0.5, 0, -10]]], {})).toEqual([[1.5, 2, 200, 3.5, 4, 420]]);
  });

  it("has the gradients dy·w, dyᵀ·x and the sum of dy over the batch", () => {
    const dy: Given = [
      [2, 3],
      [1, 0, 0, 0, 1, 1],
    ];
    expect(evaluate(denseInputGradient, [dy, w], {})).toEqual([[1, 0, 10, 101]]);
    expect(evaluate(denseWeightGradient, [x, dy], { bias: true })).toEqual([
      [1, 2, 3, 4, 3, 4],
      [1, 1, 1],
    ]);
  });

  it("says for people what does not fit", () => {
    expect(() =>
      dense.shapes(
        [
          [2, 4],
          [5, 3],
        ],
        {},
      ),
    ).toThrow(new ShapeError("weight for 3 input features, got an input with 4"));
    expect(() =>
      dense.shapes(
        [
          [2, 4, 1, 1],
          [5, 3],
        ],
        {},
      ),
    ).toThrow(new ShapeError("expects [batch, features], got [2, 4, 1, 1]"));
  });
});

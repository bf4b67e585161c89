// By hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { gather, gatherGradient, oneHot } from "./gather.js";

describe("gather and oneHot", () => {
  it("choose places, and add up the gradient of one that was chosen twice", () => {
    const attributes = { axis: 0, indices: [2, 0, 2] };
    expect(
      evaluate(
        gather,
        [
          [
            [3, 2],
            [1, 2, 3, 4, 5, 6],
          ],
        ],
        attributes,
      ),
    ).toEqual([[5, 6, 1, 2, 5, 6]]);
    const dy = [
      [3, 2],
      [1, 2, 3, 4, 5, 6],
    ] as const;
    expect(evaluate(gatherGradient, [dy], { ...attributes, length: 3 })).toEqual([[3, 4, 0, 0, 6, 8]]);
  });

  it("refuse a place that is not there", () => {
    expect(() => gather.shapes([[3, 2]], { axis: 0, indices: [3] })).toThrow(
      new ShapeError("there is no place 3 among 3 along axis 0"),
    );
  });

  it("write labels as rows of 0 and 1", () => {
    expect(evaluate(oneHot, [[[2], [2, 0]]], { classes: 3 })).toEqual([[0, 0, 1, 1, 0, 0]]);
  });
});

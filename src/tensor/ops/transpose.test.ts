// By hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { transpose } from "./transpose.js";

describe("transpose", () => {
  it("puts the axes in another order", () => {
    expect(
      evaluate(
        transpose,
        [
          [
            [2, 3],
            [1, 2, 3, 4, 5, 6],
          ],
        ],
        { axes: [1, 0] },
      ),
    ).toEqual([[1, 4, 2, 5, 3, 6]]);
    expect(transpose.shapes([[2, 3, 5]], { axes: [2, 0, 1] })).toEqual([[5, 2, 3]]);
  });

  it("refuses axes that are not each named once", () => {
    expect(() => transpose.shapes([[2, 3]], { axes: [0, 0] })).toThrow(
      new ShapeError("axes must name each axis of [2, 3] once, from 0, got [0, 0]"),
    );
  });
});

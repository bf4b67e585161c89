// By hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { concat } from "./concat.js";

describe("concat", () => {
  it("puts arrays one after the other along an axis", () => {
    const a = [
      [2, 2],
      [1, 2, 3, 4],
    ] as const;
    expect(
      evaluate(
        concat,
        [
          a,
          [
            [2, 1],
            [5, 6],
          ],
        ],
        { axis: 1 },
      ),
    ).toEqual([[1, 2, 5, 3, 4, 6]]);
    expect(
      evaluate(
        concat,
        [
          a,
          [
            [1, 2],
            [5, 6],
          ],
        ],
        { axis: 0 },
      ),
    ).toEqual([[1, 2, 3, 4, 5, 6]]);
  });

  it("refuses other lengths along the other axes", () => {
    expect(() =>
      concat.shapes(
        [
          [2, 2],
          [3, 1],
        ],
        { axis: 1 },
      ),
    ).toThrow(new ShapeError("[2, 2] and [3, 1] cannot follow each other along axis 1"));
  });
});

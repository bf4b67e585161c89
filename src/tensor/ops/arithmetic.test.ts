// Broadcasting arithmetic and reductions by hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate, type Given } from "../testing/evaluate.js";
import { add, linear, mul, scaledAdd, sub } from "./arithmetic.js";
import { broadcastOffsets, broadcastShape } from "./define.js";

const grid: Given = [
  [2, 3],
  [1, 2, 3, 4, 5, 6],
];

describe("arithmetic", () => {
  it("broadcasts by NumPy's rule: axes are matched from the right, and an axis of 1 is repeated", () => {
    expect(evaluate(add, [grid, [[3], [10, 20, 30]]], {})).toEqual([[11, 22, 33, 14, 25, 36]]);
    expect(
      evaluate(
        sub,
        [
          grid,
          [
            [2, 1],
            [1, 4],
          ],
        ],
        {},
      ),
    ).toEqual([[0, 1, 2, 0, 1, 2]]);
    expect(
      evaluate(
        mul,
        [
          [
            [2, 1],
            [1, 10],
          ],
          [
            [1, 3],
            [1, 2, 3],
          ],
        ],
        {},
      ),
    ).toEqual([[1, 2, 3, 10, 20, 30]]);
    expect(evaluate(mul, [[[], [2]], grid], {})).toEqual([[2, 4, 6, 8, 10, 12]]);
  });

  it("computes with constants", () => {
    expect(evaluate(linear, [grid], { scale: 2, shift: -1 })).toEqual([[1, 3, 5, 7, 9, 11]]);
    expect(
      evaluate(
        scaledAdd,
        [
          [[2], [1, 2]],
          [[2], [10, 20]],
        ],
        { scaleA: 3, scaleB: -1 },
      ),
    ).toEqual([[-7, -14]]);
  });

  it("says for people what does not fit", () => {
    expect(() => add.shapes([[2, 3], [2]], {})).toThrow(new ShapeError("shapes [2, 3] and [2] do not fit together"));
    expect(() => scaledAdd.shapes([[2, 3], [3]], { scaleA: 1, scaleB: 1 })).toThrow(
      new ShapeError("second summand should be [2, 3], got [3]"),
    );
  });
});

describe("broadcastShape and broadcastOffsets", () => {
  it("fill in the missing axes with 1", () => {
    expect(broadcastShape([3, 1, 1], [2, 3, 4, 5])).toEqual([2, 3, 4, 5]);
    expect(broadcastShape([], [2])).toEqual([2]);
  });

  it("say which element each place repeats", () => {
    expect(Array.from(broadcastOffsets([2, 1], [2, 2, 3]))).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
    expect(Array.from(broadcastOffsets([], [3]))).toEqual([0, 0, 0]);
    expect(Array.from(broadcastOffsets([2, 3], [2, 3]))).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

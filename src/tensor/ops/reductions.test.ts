// Sums, means, broadcasts and reshapes by hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate, type Given } from "../testing/evaluate.js";
import { broadcastTo, sumTo } from "./broadcast.js";
import { mean, meanSquare } from "./reductions.js";
import { reshape } from "./reshape.js";

const grid: Given = [
  [2, 3],
  [1, 2, 3, 4, 5, 6],
];

describe("reductions", () => {
  it("sum to any shape that broadcasts to theirs", () => {
    expect(evaluate(sumTo, [grid], { shape: [3] })).toEqual([[5, 7, 9]]);
    expect(evaluate(sumTo, [grid], { shape: [2, 1] })).toEqual([[6, 15]]);
    expect(evaluate(sumTo, [grid], { shape: [] })).toEqual([[21]]);
  });

  it("broadcast to a larger shape", () => {
    expect(
      evaluate(
        broadcastTo,
        [
          [
            [2, 1],
            [1, 2],
          ],
        ],
        { shape: [2, 2] },
      ),
    ).toEqual([[1, 1, 2, 2]]);
    expect(() => broadcastTo.shapes([[2, 3]], { shape: [3] })).toThrow(
      new ShapeError("[2, 3] does not broadcast to [3]"),
    );
  });

  it("take the mean of all elements and of their squares", () => {
    expect(evaluate(mean, [grid], {})).toEqual([[3.5]]);
    expect(evaluate(meanSquare, [grid], {})).toEqual([[(1 + 4 + 9 + 16 + 25 + 36) / 6]]);
  });
});

describe("reshape", () => {
  it("keeps the elements and their order", () => {
    expect(evaluate(reshape, [grid], { shape: [3, 2, 1] })).toEqual([[1, 2, 3, 4, 5, 6]]);
  });

  it("refuses another number of elements", () => {
    expect(() => reshape.shapes([[2, 3]], { shape: [4] })).toThrow(
      new ShapeError("[2, 3] has 6 elements and cannot become [4], which has 4"),
    );
  });
});

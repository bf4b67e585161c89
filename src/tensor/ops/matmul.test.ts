// Matrix products by hand, with each operand as it is or transposed.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { matmul } from "./matmul.js";

describe("matmul", () => {
  it("gives one product for all four ways to hand in its operands", () => {
    const a = [1, 2, 3, 4, 5, 6]; // [2, 3]
    const aTurned = [1, 4, 2, 5, 3, 6];
    const b = [1, 0, 0, 1, 1, 1]; // [3, 2]
    const bTurned = [1, 0, 1, 0, 1, 1];
    const product = [[1 + 3, 2 + 3, 4 + 6, 5 + 6]];
    for (const transposeA of [false, true]) {
      for (const transposeB of [false, true]) {
        const left = transposeA ? ([[3, 2], aTurned] as const) : ([[2, 3], a] as const);
        const right = transposeB ? ([[2, 3], bTurned] as const) : ([[3, 2], b] as const);
        expect(evaluate(matmul, [left, right], { transposeA, transposeB })).toEqual(product);
      }
    }
  });

  it("says for people what does not fit", () => {
    expect(() =>
      matmul.shapes(
        [
          [2, 3],
          [2, 3],
        ],
        { transposeA: false, transposeB: false },
      ),
    ).toThrow(new ShapeError("cannot multiply [2, 3] by [2, 3]"));
  });
});

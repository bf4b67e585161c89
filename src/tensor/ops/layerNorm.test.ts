// By hand, with an epsilon that makes the deviation a round number.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { layerNorm } from "./layerNorm.js";

describe("layerNorm", () => {
  it("normalises each row by its own mean and biased variance", () => {
    // Means 2 and 12, variance 1, √(1 + 3) = 2: the normalised values are ∓0.5.
    const x = [
      [2, 2],
      [1, 3, 11, 13],
    ] as const;
    const [y, mean, variance] = evaluate(layerNorm, [x, [[2], [2, 4]], [[2], [0, 1]]], {
      normalizedRank: 1,
      epsilon: 3,
    });
    expect(y).toEqual([-1, 3, -1, 3]);
    expect(mean).toEqual([2, 12]);
    expect(variance).toEqual([1, 1]);
  });

  it("says for people what does not fit", () => {
    expect(() => layerNorm.shapes([[2, 3], [2], [2]], { normalizedRank: 1, epsilon: 0 })).toThrow(
      new ShapeError("scale should be [3], got [2]"),
    );
    expect(() => layerNorm.shapes([[2, 3], [3], [3]], { normalizedRank: 3, epsilon: 0 })).toThrow(
      new ShapeError("layer norm must be over 1 to 2 axes of [2, 3], got 3"),
    );
  });
});

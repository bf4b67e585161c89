// PyTorch 2.15's group_norm of 0 … 7 in four channels of two.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { groupNorm } from "./groupNorm.js";

describe("groupNorm", () => {
  it("has PyTorch's values", () => {
    const x = [
      [1, 4, 1, 2],
      [0, 1, 2, 3, 4, 5, 6, 7],
    ] as const;
    const inputs = [x, [[4], [1, 2, 3, 4]], [[4], [0, 1, 0, 1]]] as const;
    const [y, mean, variance] = evaluate(groupNorm, inputs, { groups: 2, epsilon: 0.75 });
    expect(mean).toEqual([1.5, 5.5]);
    expect(variance).toEqual([1.25, 1.25]);
    const expected = [
      -1.0606601717798212, -0.35355339059327373, 1.7071067811865475, 3.1213203435596424, -3.181980515339463,
      -1.0606601717798205, 2.414213562373096, 5.242640687119286,
    ];
    expected.forEach((value, i) => {
      expect(y[i]).toBeCloseTo(value, 14);
    });
  });

  it("refuses groups that do not divide the channels", () => {
    expect(() => groupNorm.shapes([[2, 3, 1, 1], [3], [3]], { groups: 2, epsilon: 0 })).toThrow(
      new ShapeError("3 channels cannot be divided into 2 groups"),
    );
  });
});

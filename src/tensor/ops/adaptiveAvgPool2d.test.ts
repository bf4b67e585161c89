// PyTorch 2.15's adaptive_avg_pool2d of 0 … 14 in three rows.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { adaptiveAvgPool2d } from "./adaptiveAvgPool2d.js";

describe("adaptiveAvgPool2d", () => {
  it("has PyTorch's overlapping windows where the sizes do not divide", () => {
    const x = [[1, 1, 3, 5], Array.from({ length: 15 }, (_, i) => i)] as const;
    const [y] = evaluate(adaptiveAvgPool2d, [x], { outputSize: [2, 3] });
    [3, 4.5, 6, 8, 9.5, 11].forEach((value, i) => {
      expect(y[i]).toBeCloseTo(value, 13);
    });
  });
});

// PyTorch 2.15's avg_pool2d of 0 … 5 in two rows, kernel 2, stride 1, padding 1.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { avgPool2d } from "./avgPool2d.js";

describe("avgPool2d", () => {
  const x = [
    [1, 1, 2, 3],
    [0, 1, 2, 3, 4, 5],
  ] as const;
  const attributes = { kernel: [2, 2], stride: [1, 1], padding: [1, 1, 1, 1] } as const;

  it("divides by the kernel's size, or by what of the window lies on the input", () => {
    expect(evaluate(avgPool2d, [x], { ...attributes, countsPadding: true })).toEqual([
      [0, 0.25, 0.75, 0.5, 0.75, 2, 3, 1.75, 0.75, 1.75, 2.25, 1.25],
    ]);
    expect(evaluate(avgPool2d, [x], { ...attributes, countsPadding: false })).toEqual([
      [0, 0.5, 1.5, 2, 1.5, 2, 3, 3.5, 3, 3.5, 4.5, 5],
    ]);
  });
});

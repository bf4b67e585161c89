// Pooling by hand: ties, padding, what is not a number.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate, type Given } from "../testing/evaluate.js";
import { type MaxPool2dAttributes, maxPool2d, maxPool2dGradient } from "./maxPool2d.js";

const two: MaxPool2dAttributes = { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] };

describe("maxPool2d", () => {
  it("gives each window's largest value and its place in the plane", () => {
    const x: Given = [
      [1, 1, 2, 4],
      [1, 2, 5, 6, 3, 0, 8, 7],
    ];
    expect(evaluate(maxPool2d, [x], two)).toEqual([
      [3, 8],
      [4, 6],
    ]);
  });

  it("lets the first of equal values win, in row-major order", () => {
    const tie: Given = [
      [1, 1, 2, 4],
      [5, 5, 0, 1, 5, 5, 1, 1],
    ];
    expect(evaluate(maxPool2d, [tie], two)).toEqual([
      [5, 1],
      [0, 3],
    ]);
  });

  it("never picks the padding, not even over negative values", () => {
    const negative: Given = [
      [1, 1, 2, 2],
      [-1, -2, -3, -4],
    ];
    expect(evaluate(maxPool2d, [negative], { ...two, padding: [1, 1, 1, 1] })).toEqual([
      [-1, -2, -3, -4],
      [0, 1, 2, 3],
    ]);
  });

  it("passes on what is not a number", () => {
    const [y] = evaluate(
      maxPool2d,
      [
        [
          [1, 1, 2, 2],
          [1, Number.NaN, 3, 2],
        ],
      ],
      two,
    );
    expect(y).toEqual([Number.NaN]);
  });

  it("leaves out the rows and columns that no whole window reaches", () => {
    expect(maxPool2d.shapes([[1, 1, 7, 5]], two)).toEqual([
      [1, 1, 3, 2],
      [1, 1, 3, 2],
    ]);
  });

  it("says for people what does not fit", () => {
    expect(() => maxPool2d.shapes([[1, 1, 1, 3]], two)).toThrow(
      new ShapeError("kernel 2 does not fit an input of 1×3"),
    );
    expect(() => maxPool2d.shapes([[1, 1, 4, 4]], { ...two, padding: [2, 0, 0, 0] })).toThrow(
      new ShapeError("padding [2, 0, 0, 0] must be smaller than the kernel 2"),
    );
  });
});

describe("maxPool2dGradient", () => {
  it("gives each gradient back to the place it came from, summed where windows overlap", () => {
    const dy: Given = [
      [1, 1, 1, 2],
      [10, 1],
    ];
    const places: Given = [
      [1, 1, 1, 2],
      [1, 1],
    ];
    const attributes = { kernel: [2, 2], stride: [1, 1], padding: [0, 0, 0, 0], inputSize: [2, 3] } as const;
    expect(evaluate(maxPool2dGradient, [dy, places], attributes)).toEqual([[0, 11, 0, 0, 0, 0]]);
  });
});

// Convolution by hand: the numbers are sums written out from the definition.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate, type Given } from "../testing/evaluate.js";
import { type Conv2dAttributes, conv2d, conv2dInputGradient, conv2dWeightGradient } from "./conv2d.js";

const plain: Conv2dAttributes = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 };
const oneToNine: Given = [
  [1, 1, 3, 3],
  [1, 2, 3, 4, 5, 6, 7, 8, 9],
];
const kernel: Given = [
  [1, 1, 2, 2],
  [1, 2, 3, 4],
];

describe("conv2d", () => {
  it("sums each window times the kernel, unturned, and adds the bias", () => {
    // 1·1 + 2·2 + 3·4 + 4·5 = 37 for the first window.
    expect(evaluate(conv2d, [oneToNine, kernel], plain)).toEqual([[37, 47, 67, 77]]);
    expect(evaluate(conv2d, [oneToNine, kernel, [[1], [0.5]]], plain)).toEqual([[37.5, 47.5, 67.5, 77.5]]);
  });

  it("pads each side by its own number of zeros: top, left, bottom, right", () => {
    const top = evaluate(conv2d, [oneToNine, kernel], { ...plain, padding: [1, 0, 0, 0] });
    expect(top).toEqual([[3 * 1 + 4 * 2, 3 * 2 + 4 * 3, 37, 47, 67, 77]]);
    const right = evaluate(conv2d, [oneToNine, kernel], { ...plain, padding: [0, 0, 0, 1] });
    expect(right).toEqual([[37, 47, 1 * 3 + 3 * 6, 67, 77, 1 * 6 + 3 * 9]]);
  });

  it("steps by the stride and spreads the kernel by the dilation", () => {
    expect(evaluate(conv2d, [oneToNine, [[1, 1, 1, 1], [1]]], { ...plain, stride: [2, 2] })).toEqual([[1, 3, 7, 9]]);
    expect(evaluate(conv2d, [oneToNine, kernel], { ...plain, dilation: [2, 2] })).toEqual([
      [1 * 1 + 2 * 3 + 3 * 7 + 4 * 9],
    ]);
  });

  it("keeps groups of channels apart", () => {
    const x: Given = [
      [1, 2, 1, 1],
      [1, 10],
    ];
    expect(
      evaluate(
        conv2d,
        [
          x,
          [
            [2, 1, 1, 1],
            [3, 5],
          ],
        ],
        { ...plain, groups: 2 },
      ),
    ).toEqual([[3, 50]]);
  });

  it("says for people what does not fit", () => {
    const shapes = (x: number[], w: number[], attributes: Partial<Conv2dAttributes> = {}) => {
      return () => conv2d.shapes([x, w], { ...plain, ...attributes });
    };
    expect(shapes([1, 1, 3, 3], [1, 1, 5, 5])).toThrow(new ShapeError("kernel 5 does not fit an input of 3×3"));
    expect(shapes([1, 1, 3, 3], [1, 1, 5, 3])).toThrow(new ShapeError("kernel 5×3 does not fit an input of 3×3"));
    expect(shapes([1, 1, 3, 3], [1, 1, 7, 7], { padding: [1, 1, 1, 1] })).toThrow(
      new ShapeError("kernel 7 does not fit an input of 3×3 (5×5 with its padding)"),
    );
    expect(shapes([1, 1, 4, 4], [1, 1, 3, 3], { dilation: [2, 2] })).toThrow(
      new ShapeError("kernel 3 with dilation 2 (reaching over 5×5) does not fit an input of 4×4"),
    );
    expect(shapes([2, 3], [1, 1, 5, 3])).toThrow(new ShapeError("expects [batch, channel, height, width], got [2, 3]"));
    expect(shapes([1, 4, 3, 3], [1, 3, 3, 3])).toThrow(
      new ShapeError("weight for 3 input channels, got an input with 4"),
    );
    expect(shapes([1, 4, 3, 3], [5, 2, 3, 3], { groups: 2 })).toThrow(
      new ShapeError("5 output channels cannot be divided into 2 groups"),
    );
    expect(() => conv2d.shapes([[1, 1, 3, 3], [2, 1, 3, 3], [3]], plain)).toThrow(
      new ShapeError("bias should be [2], got [3]"),
    );
  });
});

describe("gradients of conv2d", () => {
  it("give each input element the sum of the kernel elements that met it", () => {
    const dy: Given = [
      [1, 1, 2, 2],
      [1, 1, 1, 1],
    ];
    expect(evaluate(conv2dInputGradient, [dy, kernel], { ...plain, inputSize: [3, 3] })).toEqual([
      [1, 3, 2, 4, 10, 6, 3, 7, 4],
    ]);
    expect(evaluate(conv2dWeightGradient, [oneToNine, dy], { ...plain, kernel: [2, 2], bias: true })).toEqual([
      [12, 16, 24, 28],
      [4],
    ]);
  });

  it("leave at zero what a stride never reached", () => {
    const dx = evaluate(conv2dInputGradient, [[[1, 1, 1, 1], [1]], kernel], {
      ...plain,
      stride: [2, 2],
      inputSize: [3, 3],
    });
    expect(dx).toEqual([[1, 2, 0, 3, 4, 0, 0, 0, 0]]);
  });
});

// Transposed convolution by hand: each input element times the kernel, laid down stride apart and summed.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate, type Given } from "../testing/evaluate.js";
import {
  type ConvTranspose2dAttributes,
  convTranspose2d,
  convTranspose2dInputGradient,
  convTranspose2dWeightGradient,
} from "./convTranspose2d.js";

const plain: ConvTranspose2dAttributes = {
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  groups: 1,
  outputPadding: [0, 0],
};
const x: Given = [
  [1, 1, 2, 2],
  [1, 2, 3, 4],
];
const kernel: Given = [
  [1, 1, 2, 2],
  [1, 10, 100, 1000],
];

describe("convTranspose2d", () => {
  it("lays down the kernel at each input element", () => {
    expect(evaluate(convTranspose2d, [x, kernel], { ...plain, stride: [2, 2] })).toEqual([
      [1, 10, 2, 20, 100, 1000, 200, 2000, 3, 30, 4, 40, 300, 3000, 400, 4000],
    ]);
    expect(evaluate(convTranspose2d, [x, kernel], plain)).toEqual([[1, 12, 20, 103, 1234, 2040, 300, 3400, 4000]]);
  });

  it("cuts off the padding and adds the output padding below and to the right", () => {
    expect(evaluate(convTranspose2d, [x, kernel], { ...plain, padding: [1, 0, 0, 1] })).toEqual([
      [103, 1234, 300, 3400],
    ]);
    const one: Given = [[1, 1, 1, 1], [1]];
    const attributes: ConvTranspose2dAttributes = { ...plain, stride: [2, 2], outputPadding: [1, 0] };
    expect(evaluate(convTranspose2d, [one, kernel, [[1], [0.5]]], attributes)).toEqual([
      [1.5, 10.5, 100.5, 1000.5, 0.5, 0.5],
    ]);
  });

  it("takes weights as [input, output / groups, height, width]", () => {
    const two: Given = [
      [1, 2, 1, 1],
      [1, 10],
    ];
    const weight: Given = [
      [2, 2, 1, 1],
      [1, 2, 3, 4],
    ];
    expect(evaluate(convTranspose2d, [two, weight], plain)).toEqual([[1 + 30, 2 + 40]]);
    expect(evaluate(convTranspose2d, [two, weight], { ...plain, groups: 2 })).toEqual([[1, 2, 30, 40]]);
  });

  it("says for people what does not fit", () => {
    expect(() =>
      convTranspose2d.shapes(
        [
          [1, 4, 3, 3],
          [3, 2, 3, 3],
        ],
        plain,
      ),
    ).toThrow(new ShapeError("weight for 3 input channels, got an input with 4"));
    expect(() =>
      convTranspose2d.shapes(
        [
          [1, 1, 1, 1],
          [1, 1, 2, 2],
        ],
        { ...plain, padding: [1, 1, 1, 1] },
      ),
    ).toThrow(new ShapeError("kernel 2 with padding [1, 1, 1, 1] leaves nothing of an input of 1×1"));
    expect(() =>
      convTranspose2d.shapes(
        [
          [1, 1, 1, 1],
          [1, 1, 2, 2],
        ],
        { ...plain, outputPadding: [1, 1] },
      ),
    ).toThrow(new ShapeError("output padding 1 must be smaller than the stride 1 or the dilation 1"));
  });
});

describe("gradients of convTranspose2d", () => {
  it("gather what each input element and each kernel element laid down", () => {
    const dy: Given = [
      [1, 1, 3, 3],
      [1, 0, 0, 0, 1, 0, 0, 0, 2],
    ];
    // Input element (0,0) reached (0,0) by kernel 1 and (1,1) by kernel 1000, and so on.
    expect(evaluate(convTranspose2dInputGradient, [dy, kernel], plain)).toEqual([[1001, 100, 10, 2001]]);
    expect(evaluate(convTranspose2dWeightGradient, [x, dy], { ...plain, kernel: [2, 2], bias: true })).toEqual([
      [1 + 4, 3, 2, 1 + 8],
      [4],
    ]);
  });
});

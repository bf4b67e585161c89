// Batch norm by hand, with an epsilon that makes the deviation a round number.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate, type Given } from "../testing/evaluate.js";
import { batchNormGradient, batchNormInference, batchNormInferenceGradient, batchNormTraining } from "./batchNorm.js";

// Mean 2, biased variance 1, and √(1 + 3) = 2: the normalised values are ∓0.5.
const x: Given = [
  [2, 1],
  [1, 3],
];
const epsilon = 3;
const one = (value: number): Given => [[1], [value]];

describe("batchNormTraining", () => {
  it("normalises by the batch's mean and biased variance, and gives both", () => {
    expect(evaluate(batchNormTraining, [x, one(2), one(10)], { epsilon })).toEqual([[9, 11], [2], [1]]);
  });

  it("takes images' statistics per channel over batch, height and width", () => {
    const images: Given = [
      [2, 2, 1, 2],
      [0, 2, 10, 10, 4, 6, 20, 40],
    ];
    const [, mean, variance] = evaluate(batchNormTraining, [images, [[2], [1, 1]], [[2], [0, 0]]], { epsilon });
    expect(mean).toEqual([3, 20]);
    // ((−3)² + (−1)² + 1² + 3²) / 4 and (10² + 10² + 0 + 20²) / 4
    expect(variance).toEqual([5, 150]);
  });

  it("refuses a batch with one value per channel", () => {
    expect(() => batchNormTraining.shapes([[1, 3], [3], [3]], { epsilon })).toThrow(
      new ShapeError("batch norm in training needs more than one value per channel, got [1, 3]; use a larger batch"),
    );
    expect(batchNormTraining.shapes([[1, 3, 1, 2], [3], [3]], { epsilon })).toEqual([[1, 3, 1, 2], [3], [3]]);
  });

  it("says for people what does not fit", () => {
    expect(() => batchNormTraining.shapes([[2, 3, 4], [3], [3]], { epsilon })).toThrow(
      new ShapeError("expects [batch, channel] or [batch, channel, height, width], got [2, 3, 4]"),
    );
    expect(() => batchNormTraining.shapes([[2, 3], [4], [3]], { epsilon })).toThrow(
      new ShapeError("scale should be [3], got [4]"),
    );
  });
});

describe("batchNormGradient", () => {
  it("takes away from dx what moves or stretches the whole channel", () => {
    // dshift = 1, dscale = 1·(−0.5); dx = 2/2 · (dy − 1/2 − normalised·(−0.5)/2)
    const dy: Given = [
      [2, 1],
      [1, 0],
    ];
    expect(evaluate(batchNormGradient, [x, one(2), one(2), one(1), dy], { epsilon })).toEqual([
      [0.375, -0.375],
      [-0.5],
      [1],
    ]);
  });
});

describe("batchNormInference", () => {
  it("uses the statistics it is given, for the gradient too", () => {
    expect(evaluate(batchNormInference, [x, one(2), one(10), one(1), one(13)], { epsilon })).toEqual([[10, 11]]);
    const dy: Given = [
      [2, 1],
      [4, 8],
    ];
    // √(13 + 3) = 4: dx = dy·2/4, dscale = 8·(3 − 1)/4
    expect(evaluate(batchNormInferenceGradient, [x, one(2), one(1), one(13), dy], { epsilon })).toEqual([
      [2, 4],
      [4],
      [12],
    ]);
  });
});

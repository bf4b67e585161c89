import { describe, expect, it } from "vitest";
import { readLoss } from "../losses/index.js";
import { readOptimizer } from "../optimizers/index.js";
import { trainingProgram } from "../programs.js";
import { thrownBy } from "../testing/evaluate.js";
import { readModel } from "./index.js";
import { checkPredictionRange } from "./unitRange.js";

const model = (decoder: readonly unknown[]) =>
  readModel({ kind: "autoencoder", input: [1, 4, 4], encoder: ["flatten", { dense: 16 }], decoder });
const shaped = { unflatten: [1, 4, 4] };
const refused = {
  at: "loss",
  message: "bce needs predictions from 0 to 1, which a decoder that does not end in sigmoid may leave",
  hint: "End the decoder with sigmoid, or take bceWithLogits, whose decoder ends without one.",
};

describe("the range of predictions", () => {
  it("is known after sigmoid and softmax, and through layers that make no new numbers", () => {
    const bce = readLoss("bce");
    for (const decoder of [
      ["sigmoid", shaped],
      [{ unflatten: [4, 2, 2] }, "sigmoid", { pixelShuffle: 2 }],
      [{ unflatten: [4, 2, 2] }, { conv2d: { channels: 1, kernel: 1 } }, "sigmoid", { upsample: 2 }],
      ["softmax", shaped],
      [{ sequential: ["sigmoid", shaped] }],
    ]) {
      expect(() => checkPredictionRange(model(decoder), bce)).not.toThrow();
    }
  });

  it("is refused for bce where the decoder may leave it, when the model is built and in its programs", () => {
    const bce = readLoss("bce");
    for (const decoder of [
      [shaped],
      ["elu", shaped],
      ["sigmoid", { dense: 16 }, shaped],
      ["sigmoid", { dropout: 0.5 }, shaped],
    ]) {
      expect(thrownBy(() => checkPredictionRange(model(decoder), bce))).toEqual(refused);
    }
    const parts = { model: model([shaped]), metrics: [], optimizer: readOptimizer("adam"), batchSize: 2 };
    expect(thrownBy(() => trainingProgram({ ...parts, loss: bce }))).toEqual(refused);
    expect(
      thrownBy(() => checkPredictionRange(parts.model, readLoss({ sum: [{ loss: "mse" }, { loss: "bce" }] }))),
    ).toMatchObject({
      message: expect.stringMatching(/^\(mse \+ bce\) needs predictions from 0 to 1/),
    });
  });

  it("is any for losses of any numbers", () => {
    for (const loss of ["mse", "mae", "bceWithLogits", "huber"]) {
      expect(() => checkPredictionRange(model([shaped]), readLoss(loss))).not.toThrow();
    }
  });
});

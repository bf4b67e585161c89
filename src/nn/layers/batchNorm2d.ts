// Batch normalisation of images, and of flat vectors, which are images of one pixel to it.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import { numberBetween, positiveNumber } from "../../schema/options.js";
import { ops, type Value } from "../../tensor/index.js";
import { defineLayer, imageSizes, type Scope, vectorSizes } from "./define.js";

const options = z.strictObject({
  epsilon: positiveNumber().default(1e-5).describe("added to the variance, against division by zero"),
  momentum: numberBetween(0, 1, true).default(0.1).describe("part of the batch's statistics in the new running ones"),
});

/**
 * Batch normalisation (Ioffe and Szegedy 2015) of [batch, channel, height, width] as PyTorch's `BatchNorm2d`:
 * y = weight · (x − mean) / √(variance + epsilon) + bias for each channel. In training mean and (biased) variance are the
 * batch's, and the running ones move towards them by `momentum`, the variance as the unbiased one, n/(n−1) times the
 * biased; in inference they are the running ones. `weight` starts at 1, `bias` at 0.
 * Training refuses a batch with a single value per channel: its variance says nothing.
 */
export const batchNorm2d = defineLayer({
  name: "batchNorm2d",
  title: "BatchNorm2d",
  summary:
    "Batch normalisation of images: each channel to mean 0 and variance 1 over the batch, then a learned scale and shift.",
  options,
  build(given, input, scope) {
    imageSizes("batchNorm2d", input);
    return normalised(given, input, scope);
  },
});

/** Batch normalisation of [batch, feature] as PyTorch's `BatchNorm1d`; all else as batchNorm2d. */
export const batchNorm1d = defineLayer({
  name: "batchNorm1d",
  title: "BatchNorm1d",
  summary:
    "Batch normalisation of flat vectors: each number to mean 0 and variance 1 over the batch, then a learned scale and shift.",
  options,
  build(given, input, scope) {
    const { batch, size } = vectorSizes("batchNorm1d", input);
    const pixels = scope.add(ops.reshape, [input], { shape: [batch, size, 1, 1] });
    return scope.add(ops.reshape, [normalised(given, pixels, scope)], { shape: [batch, size] });
  },
});

/** @param input [batch, channel, height, width] */
function normalised({ epsilon, momentum }: z.output<typeof options>, input: Value, scope: Scope): Value {
  const [batch, channels, height, width] = input.shape;
  const weight = scope.parameter("weight", [channels], { constant: 1 });
  const bias = scope.parameter("bias", [channels], { constant: 0 });
  const runningMean = scope.buffer("running_mean", [channels], 0);
  const runningVariance = scope.buffer("running_var", [channels], 1);
  const batches = scope.buffer("num_batches_tracked", [], 0, "int64");
  if (scope.mode === "inference") {
    return scope.add(ops.batchNormInference, [input, weight, bias, runningMean, runningVariance], { epsilon });
  }
  const values = batch * height * width;
  if (values === 1) {
    throw new ShapeError(
      "batch norm in training needs more than one value for each channel, got a batch of 1 with images of 1×1; use a larger batch",
    );
  }
  const [output, mean, variance] = scope.addAll(ops.batchNormTraining, [input, weight, bias], { epsilon });
  const unbiased = values / (values - 1);
  const kept = { scaleA: 1 - momentum };
  scope.update("running_mean", scope.add(ops.scaledAdd, [runningMean, mean], { ...kept, scaleB: momentum }));
  scope.update(
    "running_var",
    scope.add(ops.scaledAdd, [runningVariance, variance], { ...kept, scaleB: momentum * unbiased }),
  );
  scope.update("num_batches_tracked", scope.add(ops.linear, [batches], { scale: 1, shift: 1 }));
  return output;
}

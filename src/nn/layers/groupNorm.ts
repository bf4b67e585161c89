// Normalisation of groups of channels, and of single channels, of each image by itself.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import { positiveNumber, positiveWholeNumber, trueOrFalse } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes, scaleAndShift } from "./define.js";

const epsilon = () => positiveNumber().default(1e-5).describe("added to the variance, against division by zero");

/**
 * Group normalisation (Wu and He 2018) as PyTorch's `GroupNorm`: mean and (biased) variance over the pixels of each group of
 * channels of each image; `weight` and `bias` [channel] start at 1 and 0. The same in training and inference.
 */
export const groupNorm = defineLayer({
  name: "groupNorm",
  title: "GroupNorm",
  summary: "Group normalisation: each group of channels of each image to mean 0 and variance 1.",
  options: z.strictObject({
    groups: positiveWholeNumber()
      .describe("groups that the channels are split into; divides them")
      .meta({ example: 8 }),
    epsilon: epsilon(),
    affine: trueOrFalse().default(true).describe("multiply each channel with a learned number and add one"),
  }),
  shorthand: "groups",
  build({ groups, epsilon, affine }, input, scope) {
    const { channels } = imageSizes("groupNorm", input);
    if (channels % groups !== 0) throw new ShapeError(`${groups} groups do not divide ${channels} channels`);
    return scope.add(ops.groupNorm, [input, ...scaleAndShift([channels], affine, scope)], { groups, epsilon });
  },
});

/**
 * Instance normalisation (Ulyanov et al. 2016) as PyTorch's `InstanceNorm2d`: each channel of each image by its own mean and
 * (biased) variance, in training and inference; by default with nothing learned, and without running statistics.
 */
export const instanceNorm = defineLayer({
  name: "instanceNorm",
  title: "InstanceNorm2d",
  summary: "Instance normalisation: each channel of each image to mean 0 and variance 1.",
  options: z.strictObject({
    epsilon: epsilon(),
    affine: trueOrFalse().default(false).describe("multiply each channel with a learned number and add one"),
  }),
  build({ epsilon, affine }, input, scope) {
    const { channels, height, width } = imageSizes("instanceNorm", input);
    if (height * width === 1) {
      throw new ShapeError("instance norm needs more than one pixel in each channel, got images of 1×1");
    }
    return scope.add(ops.groupNorm, [input, ...scaleAndShift([channels], affine, scope)], {
      groups: channels,
      epsilon,
    });
  },
});

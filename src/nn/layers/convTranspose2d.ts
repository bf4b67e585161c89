// Transposed convolution.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import {
  asPadding,
  asPair,
  pairFromZero,
  positivePair,
  positiveWholeNumber,
  trueOrFalse,
} from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes } from "./define.js";

/**
 * Transposed convolution of [batch, channel, height, width] as PyTorch's `ConvTranspose2d`:
 * output height = (height − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1.
 * `weight` [input channels, channels / groups, kernel, kernel], `bias` [channels], both uniform in
 * ±1/√(channels / groups · kernel · kernel): PyTorch takes the fan-in from the weight's second axis.
 */
export const convTranspose2d = defineLayer({
  name: "convTranspose2d",
  title: "ConvTranspose2d",
  summary:
    "Transposed convolution of images: each input pixel adds a learned kernel to the output, which stride enlarges.",
  options: z.strictObject({
    channels: positiveWholeNumber().describe("output channels").meta({ example: 16 }),
    kernel: positivePair().describe("height and width of the kernel, in pixels").meta({ example: 3 }),
    stride: positivePair().default(1).describe("step between windows in the output, in pixels"),
    padding: pairFromZero().default(0).describe("pixels cut off on each side of the output"),
    outputPadding: pairFromZero()
      .default(0)
      .describe("pixels added below and to the right; less than stride or dilation"),
    dilation: positivePair().default(1).describe("distance between the kernel's points, in pixels"),
    groups: positiveWholeNumber().default(1).describe("parts that the channels are split into, each convolved alone"),
    bias: trueOrFalse().default(true).describe("add one learned number to each output channel"),
  }),
  build({ channels, kernel, stride, padding, outputPadding, dilation, groups, bias }, input, scope) {
    const sizes = imageSizes("convTranspose2d", input);
    if (sizes.channels % groups !== 0 || channels % groups !== 0) {
      throw new ShapeError(`${groups} groups do not divide ${sizes.channels} input and ${channels} output channels`);
    }
    const [height, width] = asPair(kernel);
    const fanIn = (channels / groups) * height * width;
    const initialise = { uniform: 1 / Math.sqrt(fanIn) };
    const weight = scope.parameter("weight", [sizes.channels, channels / groups, height, width], initialise);
    const inputs = bias ? [input, weight, scope.parameter("bias", [channels], initialise)] : [input, weight];
    return scope.add(ops.convTranspose2d, inputs, {
      stride: asPair(stride),
      padding: asPadding(padding),
      dilation: asPair(dilation),
      groups,
      outputPadding: asPair(outputPadding),
    });
  },
});

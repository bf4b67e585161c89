// Convolution.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import {
  asPadding,
  asPair,
  type Pair,
  pairFromZero,
  positivePair,
  positiveWholeNumber,
  trueOrFalse,
} from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes } from "./define.js";

/**
 * Convolution of [batch, channel, height, width] as PyTorch's `Conv2d` (cross-correlation, zeros outside):
 * output height = ⌊(height + padding above and below − dilation·(kernel − 1) − 1) / stride⌋ + 1.
 * `weight` [channels, input channels / groups, kernel, kernel], `bias` [channels], both uniform in
 * ±1/√(input channels / groups · kernel · kernel).
 */
export const conv2d = defineLayer({
  name: "conv2d",
  title: "Conv2d",
  summary: "Convolution of images with learned kernels, with zeros outside the image.",
  options: z.strictObject({
    channels: positiveWholeNumber().describe("output channels").meta({ example: 16 }),
    kernel: positivePair().describe("height and width of the kernel, in pixels").meta({ example: 3 }),
    stride: positivePair().default(1).describe("step between windows, in pixels"),
    padding: z
      .union([...pairFromZero().options, z.literal("same")], {
        error: "expected a whole number of at least 0, two of them [vertical, horizontal], or same",
      })
      .default(0)
      .describe("zeros around the input, in pixels; same keeps height and width (with stride 1)"),
    dilation: positivePair().default(1).describe("distance between the kernel's points, in pixels"),
    groups: positiveWholeNumber().default(1).describe("parts that the channels are split into, each convolved alone"),
    bias: trueOrFalse().default(true).describe("add one learned number to each output channel"),
  }),
  build({ channels, kernel, stride, padding, dilation, groups, bias }, input, scope) {
    const sizes = imageSizes("conv2d", input);
    if (sizes.channels % groups !== 0 || channels % groups !== 0) {
      throw new ShapeError(`${groups} groups do not divide ${sizes.channels} input and ${channels} output channels`);
    }
    const [height, width] = asPair(kernel);
    const fanIn = (sizes.channels / groups) * height * width;
    const initialise = { uniform: 1 / Math.sqrt(fanIn) };
    const weight = scope.parameter("weight", [channels, sizes.channels / groups, height, width], initialise);
    const inputs = bias ? [input, weight, scope.parameter("bias", [channels], initialise)] : [input, weight];
    return scope.add(ops.conv2d, inputs, {
      stride: asPair(stride),
      padding: padding === "same" ? samePadding(asPair(kernel), asPair(stride), asPair(dilation)) : asPadding(padding),
      dilation: asPair(dilation),
      groups,
    });
  },
});

/** Output as large as the input; an odd zero goes below and to the right, as PyTorch has it. */
function samePadding(kernel: Pair, stride: Pair, dilation: Pair) {
  if (stride[0] !== 1 || stride[1] !== 1) throw new ShapeError("padding same needs stride 1; give padding as a number");
  const vertical = dilation[0] * (kernel[0] - 1);
  const horizontal = dilation[1] * (kernel[1] - 1);
  const top = Math.floor(vertical / 2);
  const left = Math.floor(horizontal / 2);
  return [top, left, vertical - top, horizontal - left] as const;
}

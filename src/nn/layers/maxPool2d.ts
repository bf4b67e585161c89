// The largest value of each window.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import { asPadding, asPair, pairFromZero, positivePair } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes } from "./define.js";

/**
 * Largest value of each window of [batch, channel, height, width] as PyTorch's `MaxPool2d`:
 * output height = ⌊(height + 2·padding − kernel) / stride⌋ + 1. What padding adds never wins. Of equal values the first in
 * reading order gets the gradient.
 */
export const maxPool2d = defineLayer({
  name: "maxPool2d",
  title: "MaxPool2d",
  summary: "The largest value of each window of an image.",
  options: z.strictObject({
    kernel: positivePair().describe("height and width of the window, in pixels").meta({ example: 2 }),
    stride: positivePair().optional().describe("step between windows, in pixels; the kernel's size where not given"),
    padding: pairFromZero().default(0).describe("pixels around the input that never win, at most half the kernel"),
  }),
  shorthand: "kernel",
  build({ kernel, stride, padding }, input, scope) {
    imageSizes("maxPool2d", input);
    const [height, width] = asPair(kernel);
    const [vertical, horizontal] = asPair(padding);
    if (vertical * 2 > height || horizontal * 2 > width) {
      throw new ShapeError(`padding ${vertical}×${horizontal} is more than half of the kernel ${height}×${width}`);
    }
    return scope.add(ops.maxPool2d, [input], {
      kernel: asPair(kernel),
      stride: asPair(stride ?? kernel),
      padding: asPadding(padding),
    });
  },
});

// The mean of each window.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import { asPadding, asPair, pairFromZero, positivePair, trueOrFalse } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes } from "./define.js";

/**
 * Mean of each window of [batch, channel, height, width] as PyTorch's `AvgPool2d`:
 * output height = ⌊(height + 2·padding − kernel) / stride⌋ + 1.
 */
export const avgPool2d = defineLayer({
  name: "avgPool2d",
  title: "AvgPool2d",
  summary: "The mean of each window of an image.",
  options: z.strictObject({
    kernel: positivePair().describe("height and width of the window, in pixels").meta({ example: 2 }),
    stride: positivePair().optional().describe("step between windows, in pixels; the kernel's size where not given"),
    padding: pairFromZero().default(0).describe("zeros around the input, in pixels, at most half the kernel"),
    countsPadding: trueOrFalse().default(true).describe("count the padding's zeros among the numbers of a mean"),
  }),
  shorthand: "kernel",
  build({ kernel, stride, padding, countsPadding }, input, scope) {
    imageSizes("avgPool2d", input);
    const [height, width] = asPair(kernel);
    const [vertical, horizontal] = asPair(padding);
    if (vertical * 2 > height || horizontal * 2 > width) {
      throw new ShapeError(`padding ${vertical}×${horizontal} is more than half of the kernel ${height}×${width}`);
    }
    return scope.add(ops.avgPool2d, [input], {
      kernel: asPair(kernel),
      stride: asPair(stride ?? kernel),
      padding: asPadding(padding),
      countsPadding,
    });
  },
});

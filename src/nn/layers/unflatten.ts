// Flat vectors to images.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import { positiveWholeNumber } from "../../schema/options.js";
import { ops, sizeOf } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

const message = "expected a shape [channel, height, width]";

/** [batch, channel·height·width] to [batch, channel, height, width], row-major: PyTorch's `Unflatten`. */
export const unflatten = defineLayer({
  name: "unflatten",
  title: "Unflatten",
  summary: "Flat vectors to images.",
  options: z.strictObject({
    shape: z
      .tuple([positiveWholeNumber(), positiveWholeNumber(), positiveWholeNumber()], { error: message })
      .describe("[channel, height, width] of the output")
      .meta({ example: [64, 7, 7] }),
  }),
  shorthand: "shape",
  build({ shape }, input, scope) {
    const [batch, ...rest] = input.shape;
    if (sizeOf(rest) !== sizeOf(shape)) {
      throw new ShapeError(`${timesText(shape)} holds ${sizeOf(shape)} numbers, the input has ${sizeOf(rest)}`);
    }
    return scope.add(ops.reshape, [input], { shape: [batch, ...shape] });
  },
});

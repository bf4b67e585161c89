// Softmax.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import { positiveWholeNumber } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** eˣ divided by the sum of eˣ along an axis, so that the numbers along it are positive and add up to 1; any shape. */
export const softmax = defineLayer({
  name: "softmax",
  title: "Softmax",
  summary: "Softmax along an axis: eˣ divided by its sum, positive numbers that add up to 1.",
  options: z.strictObject({
    axis: positiveWholeNumber().default(1).describe("axis that adds up to 1; 1 is channels, or a vector's numbers"),
  }),
  shorthand: "axis",
  build({ axis }, input, scope) {
    if (axis >= input.shape.length) {
      throw new ShapeError(`softmax along axis ${axis}, the input has axes 1 to ${input.shape.length - 1}`);
    }
    return scope.add(ops.softmax, [input], { axis });
  },
});

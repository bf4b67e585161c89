// Normalisation of each image by itself.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import { positiveNumber, positiveWholeNumber, trueOrFalse } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, scaleAndShift } from "./define.js";

/**
 * Layer normalisation (Ba et al. 2016) as PyTorch's `LayerNorm`: y = weight · (x − mean) / √(variance + epsilon) + bias, with
 * mean and (biased) variance over the last `axes` axes, at each place of the others by itself. `weight` and `bias` have the
 * shape of those axes and start at 1 and 0. The same in training and inference.
 */
export const layerNorm = defineLayer({
  name: "layerNorm",
  title: "LayerNorm",
  summary: "Layer normalisation: each image by itself to mean 0 and variance 1 over its last axes.",
  options: z.strictObject({
    axes: positiveWholeNumber()
      .optional()
      .describe("how many axes, counted from the last, are normalised together; all but the batch where not given"),
    epsilon: positiveNumber().default(1e-5).describe("added to the variance, against division by zero"),
    affine: trueOrFalse().default(true).describe("multiply with a learned number and add one, each"),
  }),
  build({ axes, epsilon, affine }, input, scope) {
    const rank = input.shape.length - 1;
    const normalizedRank = axes ?? rank;
    if (normalizedRank > rank) {
      throw new ShapeError(`layer norm over ${normalizedRank} axes, the input has ${rank} beside the batch`);
    }
    const shape = input.shape.slice(-normalizedRank);
    return scope.add(ops.layerNorm, [input, ...scaleAndShift(shape, affine, scope)], { normalizedRank, epsilon });
  },
});

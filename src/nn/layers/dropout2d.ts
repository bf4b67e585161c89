// Dropout of whole channels.
import { z } from "zod";
import { numberBetween } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes } from "./define.js";

/**
 * In training sets whole channels of each image to 0 with the given probability and multiplies the others by
 * 1/(1 − probability) (Tompson et al. 2015; PyTorch's `Dropout2d`); in inference gives its input.
 */
export const dropout2d = defineLayer({
  name: "dropout2d",
  title: "Dropout2d",
  summary: "In training sets whole channels to 0 at random and scales the others up; in inference gives its input.",
  options: z.strictObject({
    probability: numberBetween(0, 1).default(0.5).describe("how likely each channel of an image is set to 0"),
  }),
  shorthand: "probability",
  build({ probability }, input, scope) {
    const { batch, channels } = imageSizes("dropout2d", input);
    if (scope.mode === "inference" || probability === 0) return input;
    const mask = scope.random("mask", [batch, channels, 1, 1], { distribution: "bernoulli", probability });
    return scope.add(ops.mul, [input, mask], {});
  },
});

// Dropout.
import { z } from "zod";
import { numberBetween } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/**
 * In training sets each number to 0 with the given probability and multiplies the others by 1/(1 − probability)
 * (Srivastava et al. 2014, in PyTorch's form); in inference gives its input. Any shape.
 */
export const dropout = defineLayer({
  name: "dropout",
  title: "Dropout",
  summary: "In training sets numbers to 0 at random and scales the others up; in inference gives its input.",
  options: z.strictObject({
    probability: numberBetween(0, 1).default(0.5).describe("how likely each number is set to 0"),
  }),
  shorthand: "probability",
  build({ probability }, input, scope) {
    if (scope.mode === "inference" || probability === 0) return input;
    const mask = scope.random("mask", input.shape, { distribution: "bernoulli", probability });
    return scope.add(ops.mul, [input, mask], {});
  },
});

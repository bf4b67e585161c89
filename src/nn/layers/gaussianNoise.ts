// Noise inside the network.
import { z } from "zod";
import { numberFromZero } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/**
 * In training adds normal noise of standard deviation `sigma`, drawn afresh for each number and step (Keras'
 * `GaussianNoise`); in inference gives its input. Any shape; nothing is clipped.
 */
export const gaussianNoise = defineLayer({
  name: "gaussianNoise",
  title: "GaussianNoise",
  summary: "In training adds normal noise; in inference gives its input.",
  options: z.strictObject({
    sigma: numberFromZero().default(0.1).describe("standard deviation of the noise, in units of the input"),
  }),
  shorthand: "sigma",
  build({ sigma }, input, scope) {
    if (scope.mode === "inference" || sigma === 0) return input;
    const noise = scope.random("noise", input.shape, { distribution: "normal" });
    return scope.add(ops.scaledAdd, [input, noise], { scaleA: 1, scaleB: sigma });
  },
});

// Means over a grid of a given size.
import { z } from "zod";
import { asPair, positivePair } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes } from "./define.js";

/**
 * [batch, channel, height, width] to means over a grid of windows, [batch, channel, …size], as PyTorch's
 * `AdaptiveAvgPool2d`: window i of n goes from ⌊i·height/n⌋ to below ⌈(i+1)·height/n⌉, so windows may overlap.
 */
export const adaptiveAvgPool2d = defineLayer({
  name: "adaptiveAvgPool2d",
  title: "AdaptiveAvgPool2d",
  summary: "Means over a grid of windows, for an output of one size whatever the input's.",
  options: z.strictObject({
    size: positivePair().describe("height and width of the output").meta({ example: 4 }),
  }),
  shorthand: "size",
  build({ size }, input, scope) {
    imageSizes("adaptiveAvgPool2d", input);
    return scope.add(ops.adaptiveAvgPool2d, [input], { outputSize: asPair(size) });
  },
});

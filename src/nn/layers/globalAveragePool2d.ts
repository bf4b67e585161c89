// The mean of each channel.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes } from "./define.js";

/** [batch, channel, height, width] to the mean of each channel, [batch, channel, 1, 1]: PyTorch's `AdaptiveAvgPool2d(1)`. */
export const globalAveragePool2d = defineLayer({
  name: "globalAveragePool2d",
  title: "GlobalAveragePool2d",
  summary: "The mean of each channel: images become 1×1.",
  options: z.strictObject({}),
  build(_, input, scope) {
    const { batch, channels, height, width } = imageSizes("globalAveragePool2d", input);
    const sums = scope.add(ops.sumTo, [input], { shape: [batch, channels, 1, 1] });
    return scope.add(ops.linear, [sums], { scale: 1 / (height * width), shift: 0 });
  },
});

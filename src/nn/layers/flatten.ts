// Images to flat vectors.
import { z } from "zod";
import { ops, sizeOf } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** [batch, channel, height, width] to [batch, channel·height·width], row-major: PyTorch's `Flatten`. */
export const flatten = defineLayer({
  name: "flatten",
  title: "Flatten",
  summary: "Images to flat vectors.",
  options: z.strictObject({}),
  build(_, input, scope) {
    const [batch, ...rest] = input.shape;
    return scope.add(ops.reshape, [input], { shape: [batch, sizeOf(rest)] });
  },
});

// Enlarging by repeating pixels.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { asPair, positivePair } from "../options.js";
import { defineLayer, imageSizes } from "./define.js";

/** Repeats each pixel of [batch, channel, height, width] scale times in both directions: PyTorch's `Upsample(mode="nearest")`. */
export const upsample = defineLayer({
  name: "upsample",
  title: "Upsample",
  options: z.strictObject({
    scale: positivePair().default(2).describe("how many times larger height and width become"),
  }),
  shorthand: "scale",
  build({ scale }, input, scope) {
    imageSizes("upsample", input);
    return scope.add(ops.upsample, [input], { scale: asPair(scale) });
  },
});

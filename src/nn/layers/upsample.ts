// Enlarging, by repeating pixels or between them.
import { z } from "zod";
import { asPair, positivePair, trueOrFalse } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes } from "./define.js";

/**
 * Enlarges [batch, channel, height, width] `scale` times in both directions, as PyTorch's `Upsample`: by repeating each pixel
 * (nearest) or by a mean of the four nearest pixels weighted by their distance (bilinear).
 */
export const upsample = defineLayer({
  name: "upsample",
  title: "Upsample",
  summary: "Enlarges images by repeating pixels, or smoothly by going over between them.",
  options: z
    .strictObject({
      scale: positivePair().default(2).describe("how many times larger height and width become"),
      mode: z
        .enum(["nearest", "bilinear"], { error: "expected nearest or bilinear" })
        .default("nearest")
        .describe("repeat pixels, or go over between them"),
      alignCorners: trueOrFalse()
        .default(false)
        .describe("bilinear: the centres of the corner pixels stay the corners, instead of the image's edges"),
    })
    .refine(({ mode, alignCorners }) => mode === "bilinear" || !alignCorners, {
      path: ["alignCorners"],
      error: "expected mode bilinear with alignCorners",
    }),
  shorthand: "scale",
  build({ scale, mode, alignCorners }, input, scope) {
    const { height, width } = imageSizes("upsample", input);
    const [vertical, horizontal] = asPair(scale);
    if (mode === "nearest") return scope.add(ops.upsample, [input], { scale: [vertical, horizontal] });
    return scope.add(ops.upsampleBilinear, [input], {
      outputSize: [height * vertical, width * horizontal],
      alignCorners,
    });
  },
});

// Channels to pixels.
import { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import { positiveWholeNumber } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, imageSizes } from "./define.js";

/**
 * [batch, channel·scale², height, width] to [batch, channel, height·scale, width·scale]: each scale² channels become a square
 * of pixels, row by row (Shi et al. 2016, "sub-pixel convolution"; PyTorch's `PixelShuffle`).
 */
export const pixelShuffle = defineLayer({
  name: "pixelShuffle",
  title: "PixelShuffle",
  summary: "Enlarges images by making each scale² channels a square of pixels (Shi et al. 2016).",
  options: z.strictObject({
    scale: positiveWholeNumber().default(2).describe("how many times larger height and width become"),
  }),
  shorthand: "scale",
  build({ scale }, input, scope) {
    const { batch, channels, height, width } = imageSizes("pixelShuffle", input);
    if (channels % scale ** 2 !== 0) {
      throw new ShapeError(
        `pixelShuffle with scale ${scale} needs a multiple of ${scale ** 2} channels, got ${channels}`,
      );
    }
    const fewer = channels / scale ** 2;
    const apart = scope.add(ops.reshape, [input], { shape: [batch, fewer, scale, scale, height, width] });
    const beside = scope.add(ops.transpose, [apart], { axes: [0, 1, 4, 2, 5, 3] });
    return scope.add(ops.reshape, [beside], { shape: [batch, fewer, height * scale, width * scale] });
  },
});

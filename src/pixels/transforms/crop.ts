// A part of the widened image: a random shift by whole pixels.
import { z } from "zod";
import { positiveWholeNumber } from "../../schema/options.js";
import { defineTransform } from "./define.js";
import { fillOption } from "./options.js";

/** Widens the image by `padding` pixels on each side and cuts its own size out of it at a random place (torchvision's `RandomCrop`). */
export const crop = defineTransform({
  name: "crop",
  summary: "Shifted by a few pixels: a random part of the padded image.",
  keepsRange: true,
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    padding: positiveWholeNumber().default(4).describe("pixels on each side, and so the furthest shift"),
    fill: fillOption(),
  }),
  shorthand: "padding",
  prepare({ padding, fill }, { channels, height, width }) {
    const source = new Float32Array(channels * height * width);
    return (image, random) => {
      source.set(image);
      image.fill(fill);
      const down = random.below(2 * padding + 1) - padding;
      const across = random.below(2 * padding + 1) - padding;
      const [first, end] = [Math.max(0, -across), Math.min(width, width - across)];
      for (let row = 0; row < channels * height; row++) {
        const y = (row % height) + down;
        if (y < 0 || y >= height) continue;
        const to = row * width;
        const from = (row + down) * width + across;
        for (let x = first; x < end; x++) image[to + x] = source[from + x] as number;
      }
    };
  },
});

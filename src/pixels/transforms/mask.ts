// Missing squares.
import { z } from "zod";
import { numberBetween, positiveWholeNumber } from "../../schema/options.js";
import { defineTransform } from "./define.js";
import { numberOrRange, rangeOf, within } from "./options.js";

/** Paints squares over the image, wholly inside it, at places drawn uniformly; they may overlap. */
export const mask = defineTransform({
  name: "mask",
  summary: "Missing squares.",
  uses: ["corrupt"],
  options: z.strictObject({
    count: positiveWholeNumber().default(1).describe("squares in an image"),
    size: numberOrRange(0, 1)
      .default(0.3)
      .describe("side of a square in parts of the image's shorter side; [lowest, highest] draws one for each"),
    fill: numberBetween(0, 1, true).default(0).describe("what stands in the squares: 0 is black, 1 is white"),
  }),
  shorthand: "size",
  severities: [{ size: 0.2 }, { size: 0.3 }, { size: 0.4 }, { size: 0.5 }, { size: 0.65 }],
  prepare({ count, size, fill }, { channels, height, width }) {
    const sizes = rangeOf(size);
    const shorter = Math.min(height, width);
    return (image, random) => {
      for (let square = 0; square < count; square++) {
        const side = Math.round(within(sizes, random) * shorter);
        const left = random.below(width - side + 1);
        const top = random.below(height - side + 1);
        for (let channel = 0; channel < channels; channel++) {
          for (let y = top; y < top + side; y++) {
            const start = (channel * height + y) * width + left;
            image.fill(fill, start, start + side);
          }
        }
      }
    };
  },
});

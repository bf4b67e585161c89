// Stronger or fainter differences.
import { z } from "zod";
import { meanLuma } from "../luma.js";
import { defineTransform } from "./define.js";
import { numberOrRange, rangeOf, within } from "./options.js";

/** Blends the image with its mean luma: mean + factor · (value − mean) (torchvision's `adjust_contrast`). */
export const contrast = defineTransform({
  name: "contrast",
  summary: "Stronger or fainter differences between light and dark.",
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    factor: numberOrRange(0)
      .default([0.5, 1.5])
      .describe(
        "what differences from the mean are multiplied by: 0 is all grey, 1 changes nothing; [lowest, highest] draws one",
      ),
  }),
  shorthand: "factor",
  // Hendrycks and Dietterich 2019.
  severities: [{ factor: 0.4 }, { factor: 0.3 }, { factor: 0.2 }, { factor: 0.1 }, { factor: 0.05 }],
  prepare({ factor }, sizes) {
    const range = rangeOf(factor);
    return (image, random) => {
      const scale = within(range, random);
      const shift = (1 - scale) * meanLuma(image, sizes);
      for (let i = 0; i < image.length; i++) image[i] = (image[i] as number) * scale + shift;
    };
  },
});

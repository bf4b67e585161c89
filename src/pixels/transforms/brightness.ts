// Lighter or darker.
import { z } from "zod";
import { defineTransform } from "./define.js";
import { numberOrRange, rangeOf, within } from "./options.js";

/** Multiplies every value (torchvision's `adjust_brightness`). */
export const brightness = defineTransform({
  name: "brightness",
  summary: "Lighter or darker.",
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    factor: numberOrRange(0)
      .default([0.5, 1.5])
      .describe(
        "what values are multiplied by: 0 is black, 1 changes nothing; [lowest, highest] draws one between them",
      ),
  }),
  shorthand: "factor",
  severities: [{ factor: 0.8 }, { factor: 0.65 }, { factor: 0.5 }, { factor: 0.35 }, { factor: 0.2 }],
  prepare({ factor }) {
    const range = rangeOf(factor);
    return (image, random) => {
      const scale = within(range, random);
      for (let i = 0; i < image.length; i++) image[i] = (image[i] as number) * scale;
    };
  },
});

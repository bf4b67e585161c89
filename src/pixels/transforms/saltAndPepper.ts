// White and black specks.
import { z } from "zod";
import { numberBetween } from "../../schema/options.js";
import { forHalfWords } from "../normals.js";
import { defineTransform } from "./define.js";

/**
 * Each pixel becomes white or black, as likely the one as the other, with probability `share`, which is rounded to a
 * multiple of 1/32,768; all channels of a pixel alike.
 */
export const saltAndPepper = defineTransform({
  name: "saltAndPepper",
  summary: "White and black specks.",
  uses: ["corrupt"],
  options: z.strictObject({
    share: numberBetween(0, 1, true).default(0.05).describe("share of the pixels that become specks, 0 to 1"),
  }),
  shorthand: "share",
  // Hendrycks and Dietterich 2019, impulse noise.
  severities: [{ share: 0.03 }, { share: 0.06 }, { share: 0.09 }, { share: 0.17 }, { share: 0.27 }],
  prepare({ share }, { channels, height, width }) {
    const plane = height * width;
    const pepper = Math.round(share * 32768);
    return (image, random) => {
      forHalfWords(plane, random, (halves, start, count) => {
        for (let i = 0; i < count; i++) {
          const half = halves[i] as number;
          if (half >= 2 * pepper) continue;
          const value = half < pepper ? 0 : 1;
          for (let at = start + i; at < channels * plane; at += plane) image[at] = value;
        }
      });
    };
  },
});

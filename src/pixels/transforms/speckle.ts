// Noise that grows with the brightness.
import { z } from "zod";
import { numberFromZero } from "../../schema/options.js";
import { forHalfWords, normalQuantiles } from "../normals.js";
import { defineTransform } from "./define.js";

/** Adds to each value itself times a normal of standard deviation `sigma`, as radar and ultrasound show it: black stays black. */
export const speckle = defineTransform({
  name: "speckle",
  summary: "Normal noise in proportion to the brightness.",
  uses: ["corrupt"],
  options: z.strictObject({
    sigma: numberFromZero().default(0.2).describe("standard deviation of the noise, in parts of the pixel's value"),
  }),
  shorthand: "sigma",
  // Hendrycks and Dietterich 2019.
  severities: [{ sigma: 0.15 }, { sigma: 0.2 }, { sigma: 0.35 }, { sigma: 0.45 }, { sigma: 0.6 }],
  prepare({ sigma }, { channels, height, width }) {
    const normals = normalQuantiles();
    return (image, random) => {
      forHalfWords(channels * height * width, random, (halves, start, count) => {
        for (let i = 0; i < count; i++) {
          const value = image[start + i] as number;
          image[start + i] = value + value * sigma * (normals[halves[i] as number] as number);
        }
      });
    };
  },
});

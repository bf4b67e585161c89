// The noise of counting light.
import { z } from "zod";
import { positiveNumber } from "../../schema/options.js";
import { forHalfWords, normalQuantiles } from "../normals.js";
import { defineTransform } from "./define.js";

/**
 * Each value becomes the share of `photons` that arrived: a Poisson count of mean value · photons, divided by photons. The
 * variance is value/photons. Means up to 30 are drawn by inversion with 16 bits; above that by the normal's quantile with
 * the first term of its Cornish–Fisher expansion, k = ⌊mean + √mean z + (z² − 1)/6 + ½⌋, whose mean and variance are right
 * and whose skew is nearly so.
 */
export const poisson = defineTransform({
  name: "poisson",
  summary: "Shot noise: light counted in photons.",
  uses: ["corrupt"],
  options: z.strictObject({
    photons: positiveNumber().default(30).describe("photons that a white pixel receives on average; fewer are noisier"),
  }),
  shorthand: "photons",
  // Hendrycks and Dietterich 2019, shot noise.
  severities: [{ photons: 60 }, { photons: 25 }, { photons: 12 }, { photons: 5 }, { photons: 3 }],
  prepare({ photons }, { channels, height, width }) {
    const normals = normalQuantiles();
    return (image, random) => {
      forHalfWords(channels * height * width, random, (halves, start, count) => {
        for (let i = 0; i < count; i++) {
          const mean = (image[start + i] as number) * photons;
          if (!(mean > 0)) image[start + i] = 0;
          else if (mean > largestInverted) {
            const z = normals[halves[i] as number] as number;
            image[start + i] = Math.max(0, Math.floor(mean + Math.sqrt(mean) * z + (z * z - 1) / 6 + 0.5)) / photons;
          } else image[start + i] = countOf(mean, ((halves[i] as number) + 0.5) / 65536) / photons;
        }
      });
    };
  },
});
const largestInverted = 30;

/** The count whose cumulative probability reaches `probability`. */
function countOf(mean: number, probability: number): number {
  let term = Math.exp(-mean);
  let sum = term;
  let count = 0;
  // Beyond 16 bits' last quantile nothing is added; the bound is for rounding.
  while (sum < probability && count < 100) {
    count++;
    term *= mean / count;
    sum += term;
  }
  return count;
}

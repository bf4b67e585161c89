// Normal noise on the pixels.
import { z } from "zod";
import { numberFromZero } from "../../schema/options.js";
import { addNormals } from "../normals.js";
import { defineTransform } from "./define.js";

/**
 * Adds normal noise of standard deviation `sigma`, drawn for each value of each channel. The normals are those of
 * `addNormals`: a table of 65,536 quantiles, ±4.3 σ at the most.
 */
export const gaussianNoise = defineTransform({
  name: "gaussianNoise",
  summary: "Normal noise on every pixel.",
  uses: ["augment", "corrupt"],
  options: z.strictObject({
    sigma: numberFromZero().default(0.1).describe("standard deviation of the noise; pixels lie in [0, 1]"),
  }),
  shorthand: "sigma",
  severities: [{ sigma: 0.04 }, { sigma: 0.08 }, { sigma: 0.16 }, { sigma: 0.32 }, { sigma: 0.64 }],
  prepare({ sigma }) {
    return (image, random) => addNormals(image, sigma, random);
  },
});

// Structural similarity as a figure beside the objective.
import { structuralSimilarity } from "../losses/ssim.js";
import { defineMetric } from "./define.js";

/** Mean structural similarity over the images. */
export const ssim = defineMetric({
  name: "ssim",
  description: "structural similarity (Wang et al. 2004), at most 1; higher is better",
  better: "higher",
  build: structuralSimilarity,
});

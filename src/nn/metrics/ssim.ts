// Structural similarity as a figure beside the objective.
import { structuralSimilarity } from "../losses/ssim.js";
import { defineMetric } from "./define.js";

/** Mean structural similarity over the images. */
export const ssim = defineMetric({
  name: "ssim",
  summary: "Structural similarity (Wang et al. 2004), at most 1; higher is better.",
  better: "higher",
  unit: "mean over images",
  // Its blurs read memory five times over: of a dense network's step on pictures of 100×100 they would take a third.
  inTraining: false,
  build: structuralSimilarity,
});

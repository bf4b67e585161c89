// Mean squared error as a figure beside the objective.
import { mse as loss } from "../losses/mse.js";
import { defineMetric } from "./define.js";

/** Mean over every element of (prediction − target)². */
export const mse = defineMetric({
  name: "mse",
  summary: "Mean squared error of each element, in squared units of the pixels (0 to 1); lower is better.",
  better: "lower",
  unit: "mean over pixels",
  build: (prediction, target, add) => loss.build({}, prediction, target, add),
});

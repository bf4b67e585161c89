// Mean absolute error as a figure beside the objective.
import { mae as loss } from "../losses/mae.js";
import { defineMetric } from "./define.js";

/** Mean over every element of |prediction − target|. */
export const mae = defineMetric({
  name: "mae",
  summary: "Mean absolute error of each element, in units of the pixels (0 to 1); lower is better.",
  better: "lower",
  unit: "mean over pixels",
  build: (prediction, target, add) => loss.build({}, prediction, target, add),
});

// Binary cross-entropy as a figure beside the objective.
import { bce as loss } from "../losses/bce.js";
import { defineMetric } from "./define.js";

/** Mean over every element of the binary cross-entropy; predictions must lie in [0, 1]. */
export const bce = defineMetric({
  name: "bce",
  summary:
    "Binary cross-entropy in nats of each element, for outputs from 0 to 1; lower is better, down to the entropy of the pixels.",
  better: "lower",
  unit: "nats a pixel",
  build: (prediction, target, add) => loss.build({}, prediction, target, add),
});

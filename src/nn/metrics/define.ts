// What a metric is: a scalar that is reported beside the objective, the mean over a batch's images.
import type { Add, Value } from "../../tensor/index.js";
import type { Target } from "../losses/define.js";

export interface Metric<Name extends string = string> {
  readonly name: Name;
  /** What it measures, its unit, and which way is better, in one sentence. */
  readonly summary: string;
  readonly better: "lower" | "higher";
  /** Its unit, or what it is a mean over: `decibels`, `mean over pixels`. */
  readonly unit: string;
  /** `pictures` where not given. */
  readonly compares?: Target;
  /** False where it would hold up training steps: then it is measured in inference mode only. */
  readonly inTraining?: boolean;
  build(prediction: Value, target: Value, add: Add): Value;
}

export function defineMetric<const Name extends string>(metric: Metric<Name>): Metric<Name> {
  return metric;
}

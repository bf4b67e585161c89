// What a loss is: a scalar from prediction and target, the mean over every element.
import type { Add, Value } from "../../tensor/index.js";

export interface Loss<Name extends string = string> {
  readonly name: Name;
  /** Its formula, for people. */
  readonly formula: string;
  /** @param prediction,target of one shape @returns a scalar: the mean over every element */
  build(prediction: Value, target: Value, add: Add): Value;
}

export function defineLoss<const Name extends string>(loss: Loss<Name>): Loss<Name> {
  return loss;
}

// Binary cross-entropy.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLoss } from "./define.js";

/**
 * Mean over every element of −(t·ln p + (1−t)·ln(1−p)) in nats, for predictions p in [0, 1]; logarithms are held at −100
 * and above, as PyTorch's `BCELoss` does. For targets t that are grey it cannot reach 0: its floor is their entropy.
 */
export const bce = defineLoss({
  name: "bce",
  summary: "Binary cross-entropy in nats, for outputs from 0 to 1.",
  options: z.strictObject({}),
  formula: () => "mean −(target·ln prediction + (1 − target)·ln(1 − prediction))",
  unit: () => "nats a pixel",
  needsUnitRange: () => true,
  build: (_, prediction, target, add) => add(ops.mean, [add(ops.binaryCrossEntropy, [prediction, target], {})], {}),
});

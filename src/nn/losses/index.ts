// Every loss, by hand.
import { readEntry } from "../../schema/read.js";
import { bce } from "./bce.js";
import { bceWithLogits } from "./bceWithLogits.js";
import { crossEntropy } from "./crossEntropy.js";
import type { Loss, LossKind } from "./define.js";
import { huber } from "./huber.js";
import { mae } from "./mae.js";
import { mse } from "./mse.js";
import { ssim } from "./ssim.js";
import { comparedBySum, sumOf } from "./sum.js";

export const losses = { mse, mae, huber, bce, bceWithLogits, crossEntropy, ssim, sum: sumOf(readLoss) } as const;
export type LossName = keyof typeof losses;

/**
 * Reads `mse`, `{ huber: { delta: 0.5 } }` or `{ sum: [{ loss: mse }, { loss: ssim, weight: 0.2 }] }`.
 * @param at its path in what the user wrote: `loss`
 * @throws UserError for an unknown name, with the nearest one, and for options that do not fit, with their path
 */
export function readLoss(spec: unknown, at = "loss"): Loss {
  const { entry, options } = readEntry<LossKind>(losses, "loss", spec, at);
  return {
    name: entry.name,
    figure: entry.figure ?? entry.name,
    label: entry.label?.(options) ?? entry.name,
    formula: entry.formula(options),
    unit: entry.unit(options),
    compares: entry.name === "sum" ? comparedBySum(options, at) : (entry.compares ?? "pictures"),
    needsUnitRange: entry.needsUnitRange?.(options) ?? false,
    ofLogits: entry.ofLogits?.(options) ?? false,
    build: (prediction, target, add) => entry.build(options, prediction, target, add),
  };
}

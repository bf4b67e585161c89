// Huber's loss.
import { z } from "zod";
import { positiveNumber } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLoss } from "./define.js";

/**
 * Mean over every element of d²/2 where |d| is below delta, else delta·(|d| − delta/2), for d = prediction − target
 * (Huber 1964; PyTorch's `HuberLoss`).
 */
export const huber = defineLoss({
  name: "huber",
  summary: "Huber's loss: squared for differences below delta, proportional to them above.",
  options: z.strictObject({
    delta: positiveNumber().default(1).describe("difference from which on the loss grows in proportion to it"),
  }),
  shorthand: "delta",
  formula: ({ delta }) => `mean huber(prediction − target, delta ${delta})`,
  unit: () => "mean over pixels",
  build({ delta }, prediction, target, add) {
    const distance = add(ops.abs, [add(ops.sub, [prediction, target], {})], {});
    // With c = min(|d|, delta) both cases are c·(|d| − c/2).
    const held = add(ops.clamp, [distance], { minimum: 0, maximum: delta });
    const rest = add(ops.scaledAdd, [distance, held], { scaleA: 1, scaleB: -0.5 });
    return add(ops.mean, [add(ops.mul, [held, rest], {})], {});
  },
});

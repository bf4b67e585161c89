// RMSprop.
import { z } from "zod";
import { numberBetween, numberFromZero, positiveNumber } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineOptimizer } from "./define.js";
import { decayed, sharedOptions, weightDecay } from "./shared.js";

/**
 * RMSprop (Hinton 2012, lecture 6e of "Neural networks for machine learning") as `torch.optim.RMSprop` has it:
 *
 *     g ← g + weightDecay · w
 *     v ← α v + (1−α) g²,  d = g / (√v + ε)
 *     b ← momentum · b + d with momentum, else d
 *     w ← w − learningRate · b
 */
export const rmsprop = defineOptimizer({
  name: "rmsprop",
  summary: "RMSprop (Hinton 2012): steps along the gradient, divided by its spread.",
  options: z.strictObject({
    learningRate: positiveNumber().default(0.01).describe("step length; what a schedule changes"),
    alpha: numberBetween(0, 1).default(0.99).describe("how slowly the mean of the squared gradients forgets"),
    epsilon: numberFromZero().default(1e-8).describe("added to the denominator, against division by zero"),
    momentum: numberBetween(0, 1).default(0).describe("how much of the last step goes into the next one"),
    weightDecay: weightDecay(0).describe("pull of every parameter towards 0, times the parameter"),
    ...sharedOptions,
  }),
  slots: ({ momentum }) => (momentum === 0 ? ["meanSquare"] : ["meanSquare", "momentumBuffer"]),
  scalars: (_, __, learningRate) => ({ learningRate }),
  update({ alpha, epsilon, momentum, weightDecay }, { parameter, gradient, slots, scalars }, addAll) {
    const attributes = { alpha, epsilon, momentum, centered: false } as const;
    const slope = decayed(gradient, parameter, weightDecay, addAll);
    if (momentum === 0) {
      const inputs = [parameter, slope, slots.meanSquare, scalars.learningRate];
      const [after, meanSquare] = addAll(ops.rmsprop, inputs, attributes);
      return { parameter: after, slots: { meanSquare } };
    }
    const inputs = [parameter, slope, slots.meanSquare, slots.momentumBuffer, scalars.learningRate];
    const [after, meanSquare, momentumBuffer] = addAll(ops.rmsprop, inputs, attributes);
    return { parameter: after, slots: { meanSquare, momentumBuffer } };
  },
});

// Stochastic gradient descent, with or without momentum.
import { z } from "zod";
import { numberBetween, numberFromZero, positiveNumber, trueOrFalse } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineOptimizer } from "./define.js";
import { sharedOptions } from "./shared.js";

/**
 * Gradient descent as `torch.optim.SGD` has it (Sutskever et al. 2013, "On the importance of initialization and momentum
 * in deep learning", with the learning rate outside the buffer):
 *
 *     g ← g + weightDecay · w
 *     b ← g on the first step, else momentum · b + (1−dampening) · g
 *     g ← g + momentum · b with Nesterov's form, else b        (with momentum)
 *     w ← w − learningRate · g
 */
export const sgd = defineOptimizer({
  name: "sgd",
  summary: "Gradient descent, with or without momentum.",
  options: z
    .strictObject({
      learningRate: positiveNumber().default(0.001).describe("step length; what a schedule changes"),
      momentum: numberBetween(0, 1).default(0).describe("how much of the last step goes into the next one"),
      dampening: numberBetween(0, 1, true)
        .default(0)
        .describe("how much of the gradient is held back from the momentum"),
      nesterov: trueOrFalse().default(false).describe("look ahead along the momentum (Nesterov's form)"),
      weightDecay: numberFromZero().default(0).describe("pull of every parameter towards 0, times the parameter"),
      ...sharedOptions,
    })
    .refine(({ nesterov, momentum, dampening }) => !nesterov || (momentum > 0 && dampening === 0), {
      path: ["nesterov"],
      error: "expected momentum above 0 and dampening 0 with nesterov",
    }),
  slots: ({ momentum }) => (momentum === 0 ? [] : ["momentumBuffer"]),
  scalars({ momentum }, step, learningRate) {
    return momentum === 0 ? { learningRate } : { learningRate, first: step === 1 ? 1 : 0 };
  },
  update({ momentum, dampening, nesterov, weightDecay }, { parameter, gradient, slots, scalars }, addAll) {
    const attributes = { momentum, dampening, nesterov, weightDecay };
    if (momentum === 0) {
      const [after] = addAll(ops.sgd, [parameter, gradient, scalars.learningRate], attributes);
      return { parameter: after, slots: {} };
    }
    const [after, momentumBuffer] = addAll(
      ops.sgd,
      [parameter, gradient, slots.momentumBuffer, scalars.learningRate, scalars.first],
      attributes,
    );
    return { parameter: after, slots: { momentumBuffer } };
  },
});

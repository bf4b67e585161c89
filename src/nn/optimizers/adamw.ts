// Adam with decoupled weight decay.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { adam, adamOptions, adamScalars } from "./adam.js";
import { defineOptimizer } from "./define.js";
import { weightDecay } from "./shared.js";

/**
 * AdamW (Loshchilov and Hutter 2019, "Decoupled weight decay regularization"), with PyTorch's defaults and arithmetic: before
 * Adam's step w ← w − learningRate · weightDecay · w. The decay does not go through Adam's moments.
 */
export const adamw = defineOptimizer({
  name: "adamw",
  summary: "Adam with weight decay that goes around its moments (Loshchilov and Hutter 2019).",
  options: z.strictObject({
    ...adamOptions,
    weightDecay: weightDecay(0.01).describe("pull of every parameter towards 0, times parameter and learning rate"),
  }),
  slots: () => ["firstMoment", "secondMoment"],
  scalars: (options, step, learningRate) => ({
    ...adamScalars(options, step, learningRate),
    decay: learningRate * options.weightDecay,
  }),
  update(options, values, addAll) {
    if (options.weightDecay === 0) return adam.update(options, values, addAll);
    const { parameter, gradient, slots, scalars } = values;
    const [after, firstMoment, secondMoment] = addAll(
      ops.adamw,
      [parameter, gradient, slots.firstMoment, slots.secondMoment, scalars.stepSize, scalars.epsilon, scalars.decay],
      { beta1: options.beta1, beta2: options.beta2 },
    );
    return { parameter: after, slots: { firstMoment, secondMoment } };
  },
});

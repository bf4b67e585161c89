// Adam.
import { z } from "zod";
import { numberBetween, numberFromZero, positiveNumber } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineOptimizer } from "./define.js";
import { decayed, relative, sharedOptions } from "./shared.js";

/** Options that Adam and its kin share. */
export const adamOptions = {
  learningRate: positiveNumber().default(0.001).describe("step length; what a schedule changes"),
  beta1: numberBetween(0, 1).default(0.9).describe("how slowly the mean of the gradients forgets"),
  beta2: numberBetween(0, 1).default(0.999).describe("how slowly the mean of the squared gradients forgets"),
  epsilon: numberFromZero().default(1e-8).describe("added to the denominator, against division by zero"),
  relative,
  ...sharedOptions,
};

/** The step's numbers. @param step from 1 */
export function adamScalars(
  { beta1, beta2, epsilon }: { readonly beta1: number; readonly beta2: number; readonly epsilon: number },
  step: number,
  learningRate: number,
) {
  const correction = Math.sqrt(1 - beta2 ** step);
  return { stepSize: (learningRate * correction) / (1 - beta1 ** step), epsilon: epsilon * correction };
}

/**
 * Adam (Kingma and Ba 2015, "Adam: a method for stochastic optimization"), with PyTorch's defaults and arithmetic:
 *
 *     g ← g + weightDecay · w
 *     m ← β₁ m + (1−β₁) g,  v ← β₂ v + (1−β₂) g²
 *     w ← w − learningRate · m̂ / (√v̂ + ε),  m̂ = m/(1−β₁ᵗ),  v̂ = v/(1−β₂ᵗ)
 *
 * The two corrections are the same for every parameter, so they are folded into two numbers a step:
 * w ← w − stepSize · m / (√v + ε′) with stepSize = learningRate·√(1−β₂ᵗ)/(1−β₁ᵗ) and ε′ = ε·√(1−β₂ᵗ).
 */
export const adam = defineOptimizer({
  name: "adam",
  summary: "Adam (Kingma and Ba 2015): steps along the mean gradient, divided by its spread.",
  options: z.strictObject({
    ...adamOptions,
    weightDecay: numberFromZero()
      .optional()
      .describe("pull of every parameter towards 0, times the parameter, through the moments; adamw goes around them"),
  }),
  slots: () => ["firstMoment", "secondMoment"],
  scalars: adamScalars,
  update({ beta1, beta2, weightDecay = 0 }, { parameter, gradient, slots, scalars }, addAll) {
    const slope = decayed(gradient, parameter, weightDecay, addAll);
    const [after, firstMoment, secondMoment] = addAll(
      ops.adam,
      [parameter, slope, slots.firstMoment, slots.secondMoment, scalars.stepSize, scalars.epsilon],
      { beta1, beta2 },
    );
    return { parameter: after, slots: { firstMoment, secondMoment } };
  },
});

// A learning rate that falls along half a cosine and starts again from the top.
import { z } from "zod";
import { numberFromZero, positiveNumber, positiveWholeNumber } from "../../schema/options.js";
import { defineSchedule, epochOf } from "./define.js";

/**
 * rate = minimum + (learningRate − minimum) · (1 + cos(π t / T)) / 2 with t the epochs since the last restart and T the
 * length of the cycle, `epochs` at first and `growth` times the one before after each restart (Loshchilov and Hutter 2017,
 * "SGDR: stochastic gradient descent with warm restarts"; PyTorch's `CosineAnnealingWarmRestarts`).
 */
export const cosineRestarts = defineSchedule({
  name: "cosineRestarts",
  summary: "Falls along half a cosine and starts again from the top (Loshchilov and Hutter 2017).",
  options: z.strictObject({
    epochs: positiveNumber()
      .describe("length of the first cycle in epochs, parts of one allowed")
      .meta({ example: 10 }),
    growth: positiveWholeNumber().default(1).describe("how many times longer each cycle is than the one before"),
    minimum: numberFromZero().default(0).describe("learning rate that each cycle falls to"),
    per: z
      .enum(["step", "epoch"], { error: "expected step or epoch" })
      .default("step")
      .describe("whether the rate changes at each step or at each epoch"),
  }),
  shorthand: "epochs",
  at({ epochs, growth, minimum, per }, moment, learningRate) {
    const { since, length } = cycleAt(per === "step" ? moment.step / moment.stepsPerEpoch : epochOf(moment), {
      epochs,
      growth,
    });
    return minimum + ((learningRate - minimum) * (1 + Math.cos((Math.PI * since) / length))) / 2;
  },
});

/** Epochs since the last restart, and the length of the cycle that it began. */
function cycleAt(epoch: number, { epochs, growth }: { readonly epochs: number; readonly growth: number }) {
  if (growth === 1) return { since: epoch % epochs, length: epochs };
  let since = epoch;
  let length = epochs;
  while (since >= length) {
    since -= length;
    length *= growth;
  }
  return { since, length };
}

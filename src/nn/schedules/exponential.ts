// A learning rate that falls by the same factor again and again.
import { z } from "zod";
import { positiveNumber } from "../../schema/options.js";
import { defineSchedule, epochOf } from "./define.js";

/** rate = learningRate · factor^t with t the epoch, or the step, from 0: PyTorch's `ExponentialLR`. */
export const exponential = defineSchedule({
  name: "exponential",
  summary: "Falls by the same factor at each epoch or step.",
  options: z.strictObject({
    factor: positiveNumber().describe("what the learning rate is multiplied with each time").meta({ example: 0.95 }),
    per: z
      .enum(["step", "epoch"], { error: "expected step or epoch" })
      .default("epoch")
      .describe("whether the rate changes at each step or at each epoch"),
  }),
  shorthand: "factor",
  at: ({ factor, per }, moment, learningRate) =>
    learningRate * factor ** (per === "step" ? moment.step : epochOf(moment)),
});

// A learning rate that falls by a factor every few epochs.
import { z } from "zod";
import { positiveNumber, positiveWholeNumber } from "../../schema/options.js";
import { defineSchedule, epochOf } from "./define.js";

/** rate = learningRate · factor^⌊epoch / every⌋, the epoch counted from 0: PyTorch's `StepLR`. */
export const step = defineSchedule({
  name: "step",
  summary: "Falls by a factor every few epochs.",
  options: z.strictObject({
    every: positiveWholeNumber().describe("epochs between two steps").meta({ example: 30 }),
    factor: positiveNumber().default(0.1).describe("what the learning rate is multiplied with at each step"),
  }),
  shorthand: "every",
  at: ({ every, factor }, moment, learningRate) => learningRate * factor ** Math.floor(epochOf(moment) / every),
});

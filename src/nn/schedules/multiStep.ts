// A learning rate that falls by a factor at given epochs.
import { z } from "zod";
import { positiveNumber, positiveWholeNumber } from "../../schema/options.js";
import { defineSchedule, epochOf } from "./define.js";

const expected = "expected a list of one whole number or more";

/** rate = learningRate · factor^(milestones up to the epoch), the epoch counted from 0: PyTorch's `MultiStepLR`. */
export const multiStep = defineSchedule({
  name: "multiStep",
  summary: "Falls by a factor at given epochs.",
  options: z.strictObject({
    milestones: z
      .array(positiveWholeNumber(), { error: expected })
      .min(1, { error: expected })
      .describe("epochs, counted from 0, at whose beginning the learning rate falls")
      .meta({ example: [30, 60] }),
    factor: positiveNumber().default(0.1).describe("what the learning rate is multiplied with at each of them"),
  }),
  shorthand: "milestones",
  at: ({ milestones, factor }, moment, learningRate) =>
    learningRate * factor ** milestones.filter((milestone) => milestone <= epochOf(moment)).length,
});

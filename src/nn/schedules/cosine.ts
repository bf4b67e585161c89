// A learning rate that falls along half a cosine.
import { z } from "zod";
import { numberFromZero } from "../../schema/options.js";
import { defineSchedule, epochOf, epochsOf } from "./define.js";

/**
 * rate(t) = minimum + (learningRate − minimum) · (1 + cos(π t / T)) / 2, with t and T in steps or in epochs of the phase
 * (Loshchilov and Hutter 2017, "SGDR", without restarts): the closed form of PyTorch's `CosineAnnealingLR` with T_max = T.
 * t ends at T − 1, so the last rate is a little above the minimum.
 */
export const cosine = defineSchedule({
  name: "cosine",
  summary: "Falls along half a cosine over the phase.",
  isRelative: true,
  options: z.strictObject({
    minimum: numberFromZero().default(0).describe("learning rate that the curve ends at"),
    per: z
      .enum(["step", "epoch"], { error: "expected step or epoch" })
      .default("step")
      .describe("whether the rate changes at each step or at each epoch"),
  }),
  at({ minimum, per }, moment, learningRate) {
    const progress = per === "step" ? moment.step / moment.steps : epochOf(moment) / epochsOf(moment);
    return minimum + ((learningRate - minimum) * (1 + Math.cos(Math.PI * progress))) / 2;
  },
});

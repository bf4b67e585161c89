// A learning rate that falls when the watched figure stops falling.
import { z } from "zod";
import { numberBetween, numberFromZero, wholeNumberFromZero } from "../../schema/options.js";
import { defineSchedule, type ScheduleMemory } from "./define.js";

/** A reduction smaller than this is not made, as in PyTorch (its `eps`). */
const smallestReduction = 1e-8;

/**
 * After more than `patience` epochs in a row without a figure below best·(1 − threshold), the learning rate is multiplied by
 * `factor` (never below `minimum`), and for `cooldown` epochs none counts as bad: PyTorch's `ReduceLROnPlateau` with
 * mode="min" and threshold_mode="rel".
 */
export const reduceOnPlateau = defineSchedule({
  name: "reduceOnPlateau",
  summary: "Falls by a factor when the watched figure stops falling.",
  isRelative: true,
  options: z.strictObject({
    factor: numberBetween(0, 1).default(0.1).describe("what the learning rate is multiplied with"),
    patience: wholeNumberFromZero().default(10).describe("epochs without a better figure that are borne"),
    threshold: numberBetween(0, 1)
      .default(1e-4)
      .describe("how much better a figure must be, relative to the best so far"),
    minimum: numberFromZero().default(0).describe("learning rate below which it does not fall"),
    cooldown: wholeNumberFromZero().default(0).describe("epochs after a reduction in which none counts as bad"),
  }),
  at({ factor, minimum }, _, learningRate, memory) {
    let rate = learningRate;
    for (let i = 0; i < remembered(memory).reductions; i++) {
      const reduced = Math.max(rate * factor, minimum);
      if (rate - reduced > smallestReduction) rate = reduced;
    }
    return rate;
  },
  start: { reductions: 0, badEpochs: 0, cooldownLeft: 0 },
  watch({ patience, threshold, cooldown }, memory, figure) {
    let { best, reductions, badEpochs, cooldownLeft } = remembered(memory);
    if (best === undefined || figure < best * (1 - threshold)) {
      best = figure;
      badEpochs = 0;
    } else {
      badEpochs++;
    }
    if (cooldownLeft > 0) {
      cooldownLeft--;
      badEpochs = 0;
    }
    if (badEpochs > patience) {
      reductions++;
      cooldownLeft = cooldown;
      badEpochs = 0;
    }
    return { best, reductions, badEpochs, cooldownLeft };
  },
});

/** `best` is missing until the first figure: JSON has no infinity. */
function remembered(memory: ScheduleMemory) {
  const { best, reductions = 0, badEpochs = 0, cooldownLeft = 0 }: Partial<ScheduleMemory> = memory;
  return { best, reductions, badEpochs, cooldownLeft };
}

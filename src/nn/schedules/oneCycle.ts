// A learning rate that rises once and falls once over a phase.
import { z } from "zod";
import { numberBetween, positiveNumber } from "../../schema/options.js";
import { defineSchedule } from "./define.js";

/**
 * One-cycle (Smith and Topin 2019, "Super-convergence"): from learningRate / initialDivisor up to learningRate, then down to
 * learningRate / (initialDivisor · finalDivisor). With T steps the top is at step warmUpFraction·T − 1, the end at T − 1;
 * between two ends, with p from 0 to 1:
 *
 *     cosine: end + (start − end) · (1 + cos(π p)) / 2      linear: start + (end − start) · p
 *
 * The learning rate of PyTorch's `OneCycleLR` with cycle_momentum=False: momentum and Adam's β stay as they are.
 */
export const oneCycle = defineSchedule({
  name: "oneCycle",
  summary: "Rises to the optimizer's learning rate and falls to nearly 0 over the phase (Smith and Topin 2019).",
  isRelative: true,
  options: z.strictObject({
    warmUpFraction: numberBetween(0, 1).default(0.3).describe("part of the phase in which the learning rate rises"),
    initialDivisor: positiveNumber().default(25).describe("the first learning rate is the highest divided by this"),
    finalDivisor: positiveNumber().default(1e4).describe("the last learning rate is the first divided by this"),
    anneal: z
      .enum(["cosine", "linear"], { error: "expected cosine or linear" })
      .default("cosine")
      .describe("form of rise and fall"),
  }),
  at({ warmUpFraction, initialDivisor, finalDivisor, anneal }, { step, steps }, highest) {
    const initial = highest / initialDivisor;
    const final = initial / finalDivisor;
    const top = warmUpFraction * steps - 1;
    const last = steps - 1;
    const between = anneal === "cosine" ? alongCosine : alongLine;
    // With hardly any steps the top lies before the first one, or on it.
    if (step <= top) return between(initial, highest, top === 0 ? 1 : step / top);
    return between(highest, final, last === top ? 1 : (step - top) / (last - top));
  },
});

function alongCosine(start: number, end: number, progress: number): number {
  return end + ((start - end) / 2) * (1 + Math.cos(Math.PI * progress));
}

function alongLine(start: number, end: number, progress: number): number {
  return (end - start) * progress + start;
}

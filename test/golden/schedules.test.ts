// Schedules over 200 steps or epochs against PyTorch's schedulers (make_schedules.py).
import { describe, expect, it } from "vitest";
import { readSchedule } from "../../src/nn/index.js";
import { largestDifference, readJson } from "./fixtures.js";

interface ScheduleCase {
  readonly name: string;
  readonly schedule: unknown;
  readonly rates: readonly number[];
}
const { learningRate, steps, stepsPerEpoch, perStep, perEpoch, figures } = readJson("schedules") as {
  readonly learningRate: number;
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly perStep: readonly ScheduleCase[];
  readonly perEpoch: readonly ScheduleCase[];
  readonly figures: readonly number[];
};

// PyTorch goes from each rate to the next, 200 times; Isthmus computes each from the formula. What 200 roundings and the
// cancellation in 1 + cos near the end leave is below 1e-12 of the learning rate.
const tolerance = 1e-12 * learningRate;

describe("schedules give the learning rate of PyTorch's scheduler in every step", () => {
  it.each(perStep)("$name", ({ schedule: spec, rates }) => {
    const { schedule, options } = readSchedule(spec);
    const memory = schedule.start ?? {};
    const found = rates.map((_, step) => schedule.at(options, { step, steps, stepsPerEpoch }, learningRate, memory));
    expect(largestDifference(found, rates)).toBeLessThanOrEqual(tolerance);
  });

  it.each(perEpoch)("$name", ({ schedule: spec, rates }) => {
    const { schedule, options } = readSchedule(spec);
    let memory = schedule.start ?? {};
    const found = figures.map((figure, step) => {
      const rate = schedule.at(options, { step, steps: figures.length, stepsPerEpoch: 1 }, learningRate, memory);
      memory = schedule.watch?.(options, memory, figure) ?? memory;
      return rate;
    });
    expect(largestDifference(found, rates)).toBeLessThanOrEqual(tolerance);
  });
});

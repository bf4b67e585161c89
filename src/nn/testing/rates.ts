// For tests: the learning rates of a whole phase.
import { expect } from "vitest";
import { learningRateAt, readSchedule } from "../schedules/index.js";

/** The rates of a phase of `steps` steps. */
export function rates(spec: unknown, steps: number, stepsPerEpoch = 1, learningRate = 1): readonly number[] {
  const schedule = readSchedule(spec);
  return Array.from({ length: steps }, (_, step) =>
    learningRateAt(schedule, { step, steps, stepsPerEpoch }, learningRate),
  );
}

/** Fails where the rates are not the ones worked out by hand. */
export function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  // The same formula in another order of operations: a few roundings, relative to the largest rate.
  const tolerance = 8 * Number.EPSILON * Math.max(...expected);
  actual.forEach((rate, i) => {
    expect(Math.abs(rate - (expected[i] as number)), `step ${i}`).toBeLessThanOrEqual(tolerance);
  });
}

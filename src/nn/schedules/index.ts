// Every schedule, by hand.
import { readEntry } from "../../schema/read.js";
import { constant } from "./constant.js";
import { cosine } from "./cosine.js";
import { cosineRestarts } from "./cosineRestarts.js";
import type { Schedule, ScheduleMemory, ScheduleMoment } from "./define.js";
import { exponential } from "./exponential.js";
import { multiStep } from "./multiStep.js";
import { oneCycle } from "./oneCycle.js";
import { reduceOnPlateau } from "./reduceOnPlateau.js";
import { step } from "./step.js";
import { warmUpBefore } from "./warmUp.js";

const plain = { constant, step, multiStep, exponential, cosine, cosineRestarts, oneCycle, reduceOnPlateau } as const;
export const schedules = { ...plain, warmUp: warmUpBefore(plain) } as const;
export type ScheduleName = keyof typeof schedules;

/** A schedule with its options filled in. */
export interface ConfiguredSchedule {
  readonly schedule: Schedule;
  readonly options: unknown;
}

/**
 * Reads `oneCycle` or `{ step: { every: 30 } }`.
 * @param at its path in what the user wrote: `phases[0].schedule`
 * @throws UserError for an unknown name and for options that do not fit, with their path
 */
export function readSchedule(spec: unknown, at = "schedule"): ConfiguredSchedule {
  const { entry, options } = readEntry<Schedule>(schedules, "schedule", spec, at);
  return { schedule: entry, options };
}

/**
 * The learning rate of a step.
 * @param learningRate the optimizer's
 * @param memory what `watch` gave last; the schedule's start where absent
 */
export function learningRateAt(
  { schedule, options }: ConfiguredSchedule,
  moment: ScheduleMoment,
  learningRate: number,
  memory: ScheduleMemory = schedule.start ?? {},
): number {
  return schedule.at(options, moment, learningRate, memory);
}

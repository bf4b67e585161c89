// What a schedule is: the learning rate as a pure function of where in the phase the step is.
import type { z } from "zod";

/** Where a step is. All counts are within the phase. */
export interface ScheduleMoment {
  /** Steps done before this one, from 0. */
  readonly step: number;
  /** Steps of the whole phase. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
}

/** What a schedule that watches a figure remembers; plain JSON, saved with checkpoints. */
export type ScheduleMemory = Readonly<Record<string, number>>;

export interface Schedule<Name extends string = string, Options extends z.ZodType = z.ZodType> {
  readonly name: Name;
  /** How the learning rate goes, in one sentence. */
  readonly summary: string;
  readonly options: Options;
  /** The option that a bare value stands for: `step: 30` is `step: { every: 30 }`. */
  readonly shorthand?: string;
  /** It names no number of epochs or steps at which something happens, so that it suits a phase of any length. */
  readonly isRelative?: true;
  /** @param learningRate the optimizer's; for one-cycle the highest */
  at(options: z.output<Options>, moment: ScheduleMoment, learningRate: number, memory: ScheduleMemory): number;
  /** Memory at the start of a phase. */
  readonly start?: ScheduleMemory;
  /** Memory after an epoch whose watched figure (lower is better) was `figure`. */
  watch?(options: z.output<Options>, memory: ScheduleMemory, figure: number): ScheduleMemory;
}

export function defineSchedule<const Name extends string, Options extends z.ZodType>(
  schedule: Schedule<Name, Options>,
): Schedule<Name, Options> {
  return schedule;
}

/** The epoch of the phase that a step is in, from 0. */
export function epochOf({ step, stepsPerEpoch }: ScheduleMoment): number {
  return Math.floor(step / stepsPerEpoch);
}

/** Epochs of the phase. */
export function epochsOf({ steps, stepsPerEpoch }: ScheduleMoment): number {
  return Math.ceil(steps / stepsPerEpoch);
}

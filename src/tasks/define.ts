// What a task is: something a person asks for, as a function with a schema for its options. Command, studio and library
// offer the same tasks.
import type { z } from "zod";
import type { TrainingEvent } from "../training/events.js";

export interface TaskContext {
  /** What is being done, for a progress display. */
  readonly report: (progress: { readonly done: number; readonly of: number; readonly what: string }) => void;
  /** Events of a training, for tasks that train. */
  readonly onEvent?: (event: TrainingEvent) => void;
  /** Aborting ends the task with an AbortError; `train` finishes its step, saves and returns. */
  readonly signal: AbortSignal;
}

export interface Task<Name extends string = string, Options extends z.ZodType = z.ZodType, Result = unknown> {
  readonly name: Name;
  readonly summary: string;
  readonly options: Options;
  run(options: z.output<Options>, context: TaskContext): Promise<Result>;
}

export function defineTask<const Name extends string, Options extends z.ZodType, Result>(
  task: Task<Name, Options, Result>,
): Task<Name, Options, Result> {
  return task;
}

// Calls a task as a function of the library: options are checked as on the command line, everything else may be left out.
import type { z } from "zod";
import { readOptions } from "../schema/read.js";
import type { Task, TaskContext } from "./define.js";

export type TaskFunction<Options extends z.ZodType, Result> = (
  options: z.input<Options>,
  context?: Partial<TaskContext>,
) => Promise<Result>;

/**
 * A task as a function. Aborting `context.signal` ends it with an AbortError; `train` finishes its step, saves and returns.
 * @throws UserError (by rejection) for options that do not fit, with their names
 */
export function taskFunction<Options extends z.ZodType, Result>(
  task: Task<string, Options, Result>,
): TaskFunction<Options, Result> {
  return async (options, context = {}) =>
    await task.run(readOptions(task.options, options, "", task.name), {
      report: () => {},
      signal: new AbortController().signal,
      ...context,
    });
}

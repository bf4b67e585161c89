// What a task is told about the terminal it runs for.
import type { TaskContext } from "../tasks/define.js";
import type { CommandContext, ExitCode } from "./define.js";

/** Progress goes to stderr, one line for each thing begun; Ctrl-C reaches the task. */
export function taskContext({ terminal, say, style }: CommandContext, more: Partial<TaskContext> = {}): TaskContext {
  let before = "";
  return {
    report({ what }) {
      if (what !== before && terminal.stderr.isTerminal) say(style.dim(what));
      before = what;
    },
    signal: terminal.interrupted,
    ...more,
  };
}

/** What a task has noticed, as warnings on stderr. */
export function sayNotes({ say, style }: CommandContext, notes: readonly string[]): void {
  for (const note of notes) say(style.yellow(`warning: ${note}`));
}

/** What a command does whose task draws one file: its name is the result. Its notes are warnings. */
export function printsFile<Options>(task: {
  run(options: Options, context: TaskContext): Promise<{ readonly file: string; readonly notes?: readonly string[] }>;
}): (options: Options, context: CommandContext) => Promise<ExitCode> {
  return async (options, context) => {
    const result = await task.run(options, taskContext(context));
    if (context.json) context.printJson(result);
    else context.print(result.file);
    sayNotes(context, result.notes ?? []);
    return 0;
  };
}

// What a task is told about the terminal it runs for.
import type { TaskContext } from "../tasks/define.js";
import type { CommandContext } from "./define.js";

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

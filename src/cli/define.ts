// What a command is: a task with arguments, examples and a way to show its result.
import type { z } from "zod";
import type { Task } from "../tasks/define.js";
import type { Style, Terminal } from "./terminal.js";

/** 0 done, 1 the work failed, 2 the command was wrong, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

export interface CommandContext {
  readonly terminal: Terminal;
  /** For results. */
  readonly outStyle: Style;
  /** For progress and prose. */
  readonly style: Style;
  /** Results as JSON, nothing else on stdout. */
  readonly json: boolean;
  /** Wraps what only looks up what the command names: a mistake in it means that the command was wrong (exit code 2). */
  readonly lookUp: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Writes a result to stdout. */
  readonly print: (text: string) => void;
  /** Writes prose to stderr. */
  readonly say: (text: string) => void;
  /** Writes one line of JSON to stdout. */
  readonly printJson: (value: unknown) => void;
}

export interface Argument {
  /** The option of the task that this argument gives. */
  readonly field: string;
  /** As in the usage line: `PRESET|FILE|RUN`. */
  readonly usage: string;
}

export interface Command<Options extends z.ZodType = z.ZodType, Result = unknown> {
  readonly task: Task<string, Options, Result>;
  /** In the schema's order; one that is a list comes last and takes all words that are left. */
  readonly arguments: readonly Argument[];
  /**
   * Puts arguments right whose meaning depends on a flag, before they are checked; arguments may be missing then. By
   * field name, as they were typed.
   * @throws UserError where what is needed is missing
   */
  readonly arrange?: (typed: Readonly<Record<string, unknown>>) => Record<string, unknown>;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  /** What `--json` prints, for help. */
  readonly json: string;
  run(options: z.output<Options>, context: CommandContext): Promise<ExitCode>;
}

export function defineCommand<Options extends z.ZodType, Result>(
  command: Command<Options, Result>,
): Command<Options, Result> {
  return command;
}

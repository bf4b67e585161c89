// The outside of a command: where it writes and what the terminal can do. Handed in, so that commands are tested without
// replacing modules.

/** Somewhere to write text to. */
export interface Output {
  write(text: string): void;
  /** True for a terminal: progress may move, text may have colour. */
  readonly isTerminal: boolean;
  /** Width in characters; asked each time, for people resize windows. */
  readonly columns: number;
}

export interface Terminal {
  /** Results. */
  readonly stdout: Output;
  /** Progress and prose. */
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP, whose name is the reason then: finish the step, save, end. */
  readonly interrupted: AbortSignal;
  /** When the command was given, in milliseconds as `performance.timeOrigin`; where it is absent, when it is run. */
  readonly began?: number;
}

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
}

/** Colours for an output: none where it is no terminal or NO_COLOR is set (https://no-color.org), whatever its value. */
export function styleFor(output: Output, environment: Terminal["environment"]): Style {
  const hasColour = output.isTerminal && !environment.NO_COLOR && environment.TERM !== "dumb";
  const paint = (open: number, close: number) => (text: string) =>
    hasColour ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { bold: paint(1, 22), dim: paint(2, 22), red: paint(31, 39), yellow: paint(33, 39), green: paint(32, 39) };
}

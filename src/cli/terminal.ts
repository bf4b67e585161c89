// The outside of a command: where it writes and what the terminal can do. Handed in, so that commands are tested without
// replacing modules.

import { escapeControls } from "../base/controls.js";

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
  /** Asks a person for yes or no; absent where there is nobody to ask. */
  readonly ask?: (question: string) => Promise<boolean>;
}

/** What this program itself asks of a terminal: a style of `styleFor`, and a line drawn anew. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is written
const own = /(\u001b\[(?:1|2|22|31|32|33|39)m|^\r\u001b\[K)/;

/**
 * An output that shows what names out of foreign files would do to a terminal (clear it, write backwards) instead of doing it.
 * @param isProse text for people also where it goes to a file; results there stay as they are
 */
export function shownOutput(output: Output, isProse: boolean): Output {
  return {
    write(text) {
      if (!output.isTerminal) output.write(isProse ? escapeControls(text) : text);
      // Every second part is one of those.
      else
        output.write(
          text
            .split(own)
            .map((part, i) => (i % 2 === 1 ? part : escapeControls(part)))
            .join(""),
        );
    },
    isTerminal: output.isTerminal,
    get columns() {
      return output.columns;
    },
  };
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

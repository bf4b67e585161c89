// A terminal for tests: keeps what is written, has no colours and moves nothing unless told that it is one.
import { runCommand } from "../run.js";
import type { Terminal } from "../terminal.js";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line given as words and returns what came of it. */
export async function run(words: readonly string[], more: Partial<Terminal> = {}): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const output = (write: (text: string) => void) => ({ write, isTerminal: false, columns: 100 });
  const code = await runCommand(words, {
    stdout: output((text) => {
      stdout += text;
    }),
    stderr: output((text) => {
      stderr += text;
    }),
    environment: {},
    interrupted: new AbortController().signal,
    ...more,
  });
  return { code, stdout, stderr };
}

#!/usr/bin/env node
// The command `isthmus`: joins runCommand to this process.
import { getEventListeners } from "node:events";
import { fileErrorReason } from "../runs/fileSystem.js";
import { leave } from "./leave.js";
import { interruptedText, runCommand } from "./run.js";
import { hearSignals, signalCodes } from "./signals.js";
import type { Output } from "./terminal.js";

const words = process.argv.slice(2);
const interruption = new AbortController();
/** How long work may take to hear of an interruption and to clear up, before the process ends whatever it does. */
const graceMilliseconds = 100;
/** True while something runs that would save what it has, and ends by itself. */
const isHeard = (): boolean => getEventListeners(interruption.signal, "abort").length > 0;
/** What a command that was interrupted ends with. */
let interruptedCode: number = signalCodes.SIGINT;
hearSignals(
  (signal) => {
    interruptedCode = signalCodes[signal];
    const isSaving = isHeard();
    interruption.abort(signal);
    if (isSaving) return;
    setTimeout(() => {
      process.stderr.write(`${interruptedText}\n`);
      leave(interruptedCode);
    }, graceMilliseconds).unref();
  },
  // The second signal leaves at once. What was saved is still whole.
  (code) => leave(code),
);

async function ask(question: string): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^\s*y(es)?\s*$/i.test(await lines.question(question, { signal: interruption.signal }));
  } finally {
    lines.close();
  }
}

let isBroken = false;
/** An output that can't be written any more ends the work as Ctrl-C does: saved, and not with 0. */
function onBroken(name: string, error: NodeJS.ErrnoException): void {
  if (isBroken) return;
  isBroken = true;
  const hasReaderLeft = error.code === "EPIPE";
  if (!hasReaderLeft && name !== "stderr") {
    process.stderr.write(`error: ${name} can't be written: ${fileErrorReason(error) ?? error.message}\n`);
  }
  // After a hangup there is no terminal any more; what it began to save goes on.
  if (interruption.signal.aborted) return;
  if (isHeard()) interruption.abort();
  // Whoever has read enough (`isthmus presets | head -1`) is content; a training that was not begun is none.
  else process.exit(hasReaderLeft && words[0] !== "train" ? 0 : 1);
}

const output = (name: string, stream: NodeJS.WriteStream): Output => {
  let isWhole = true;
  stream.on("error", (error) => {
    isWhole = false;
    onBroken(name, error);
  });
  return {
    write(text) {
      if (isWhole) stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns ?? 100;
    },
  };
};

const code = await runCommand(words, {
  stdout: output("stdout", process.stdout),
  stderr: output("stderr", process.stderr),
  environment: process.env,
  interrupted: interruption.signal,
  began: performance.timeOrigin,
  ...(process.stdin.isTTY && process.stderr.isTTY ? { ask } : {}),
});
process.exitCode = isBroken && code === 0 ? 1 : code === 130 ? interruptedCode : code;
// What is still being computed, a picture in another thread for one, is waited for by nobody.
if (code === 130) process.stderr.write("", () => leave(interruptedCode));

#!/usr/bin/env node
// The command `isthmus`: joins runCommand to this process.
import { getEventListeners } from "node:events";
import { runCommand } from "./run.js";
import type { Output } from "./terminal.js";

const interruption = new AbortController();
process.on("SIGINT", () => {
  // The second Ctrl-C leaves at once, and the first where nobody has anything to save. What was saved is still whole.
  const isHeard = getEventListeners(interruption.signal, "abort").length > 0;
  if (interruption.signal.aborted || !isHeard) process.exit(130);
  interruption.abort();
});
// Whoever reads may stop reading (`isthmus presets | head -1`).
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const output = (stream: NodeJS.WriteStream): Output => ({
  write: (text) => void stream.write(text),
  isTerminal: stream.isTTY === true,
  get columns() {
    return stream.columns ?? 100;
  },
});

process.exitCode = await runCommand(process.argv.slice(2), {
  stdout: output(process.stdout),
  stderr: output(process.stderr),
  environment: process.env,
  interrupted: interruption.signal,
});

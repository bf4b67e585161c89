// One side of the benchmark: a child process that answers one JSON line for each JSON line, and waits in between.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Linux counts processor time in hundredths of a second. */
const ticksPerSecond = 100;

/**
 * Starts a side.
 * @param {{ name: string, command: string, arguments: string[], environment: Record<string, string>, verbose: boolean }} options
 */
export function startSide({ name, command, arguments: given, environment, verbose }) {
  const child = spawn(command, given, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  /** @type {{ resolve: (answer: any) => void, reject: (error: Error) => void } | undefined} */
  let waiting;
  let lastWords = "";
  /** @type {Error | undefined} */
  let gone;

  const end = (/** @type {string} */ why) => {
    gone ??= new Error(`${name} ended: ${lastWords === "" ? why : lastWords}`);
    waiting?.reject(gone);
    waiting = undefined;
  };
  child.on("error", (error) => end(error.message));
  child.on("close", (code, signal) => end(signal ?? `exit code ${code}`));
  child.stdin.on("error", () => {}); // the child has gone; its close says so
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (line.trim() !== "") lastWords = line.trim();
    if (verbose) process.stderr.write(`  ${name}: ${line}\n`);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { resolve } = waiting ?? {};
    waiting = undefined;
    resolve?.(JSON.parse(line));
  });

  return {
    name,
    /** Seconds of processor time of all its threads so far; undefined where the system does not say. */
    processorSeconds() {
      try {
        const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
        return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
      } catch {
        return undefined;
      }
    },
    /** @param {object} request @returns {Promise<any>} */
    ask(request) {
      return new Promise((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        waiting = { resolve, reject };
        child.stdin.write(`${JSON.stringify(request)}\n`);
      });
    },
    stop() {
      child.stdin.end();
    },
  };
}

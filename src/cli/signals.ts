// The signals that end a command: each saves as Ctrl-C does and has its own exit code.
import { readFileSync } from "node:fs";

/** Exit codes by signal, 128 and the signal's number, as shells count. */
export const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type EndingSignal = keyof typeof signalCodes;

/** One that comes again so soon is the same one: `timeout` and closing terminals send theirs to a process and to its group. */
const sameMilliseconds = 1000;

/**
 * Hears the signals that end a command.
 * @param first called for the first
 * @param again called for a later one: leave at once
 */
export function hearSignals(first: (signal: EndingSignal) => void, again: (code: number) => void): void {
  let heard: { readonly signal: EndingSignal; readonly at: number } | undefined;
  for (const signal of Object.keys(signalCodes) as EndingSignal[]) {
    const isIgnored = signal === "SIGHUP" && isHangupIgnored();
    process.on(signal, () => {
      if (isIgnored) return;
      const at = performance.now();
      if (heard === undefined) {
        heard = { signal, at };
        first(signal);
        return;
      }
      // A person who presses Ctrl-C twice means it.
      const isSame = signal !== "SIGINT" && signal === heard.signal && at - heard.at < sameMilliseconds;
      if (!isSame) again(signalCodes[signal]);
    });
  }
}

/**
 * Whether this process was started with SIGHUP ignored, as nohup does. Node forgets that when it starts, so it is seen by what
 * else is left of it: the shell's word for the command, the parent that ignores it as well, and the standard input that nohup gives.
 */
function isHangupIgnored(): boolean {
  if (/(^|[/\\])nohup$/.test(process.env._ ?? "")) return true;
  try {
    // The mask's lowest bit is that of signal 1.
    const [, mask = "0"] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${process.ppid}/status`, "utf8")) ?? [];
    if ((BigInt(`0x${mask}`) & 1n) === 1n) return true;
    // Where standard input was a terminal, nohup opens /dev/null in its place for writing alone.
    const [, flags = "0"] = /^flags:\s*([0-7]+)$/m.exec(readFileSync("/proc/self/fdinfo/0", "utf8")) ?? [];
    return (Number.parseInt(flags, 8) & 3) === 1;
  } catch {
    return false;
  }
}

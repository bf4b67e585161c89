// This process and its neighbours, for locks.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Processes } from "./lock.js";

/** The processes of this machine. */
export const thisProcess: Processes = {
  host: hostname(),
  id: process.pid,
  started(id) {
    try {
      process.kill(id, 0);
    } catch (error) {
      // EPERM: it is there, and another person's.
      if (error instanceof Error && "code" in error && error.code === "ESRCH") return undefined;
    }
    return startTicks(id) ?? "";
  },
};

/** Clock ticks from the machine's start to the process's, on Linux; elsewhere the number alone must do. */
function startTicks(id: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    // The second field, the name in parentheses, may itself hold spaces and parentheses; ticks are the 22nd.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

// This process and its neighbours, for locks.
import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { Processes } from "./lock.js";

/** The processes of this machine. */
export const thisProcess: Processes = {
  host: hostname(),
  ...namespaceOf(),
  id: process.pid,
  started(id) {
    try {
      process.kill(id, 0);
    } catch (error) {
      // EPERM: it is there, and another person's.
      if (error instanceof Error && "code" in error && error.code === "ESRCH") return undefined;
    }
    const known = process.platform === "linux" ? statOf(id) : psOf(id);
    // A zombie has ended, and nobody has asked it how: containers without an init keep them for ever.
    return known?.isZombie === true ? undefined : (known?.started ?? "");
  },
};

interface Known {
  readonly started: string | undefined;
  readonly isZombie: boolean;
}

/** Of a process on Linux: clock ticks from the machine's start to its own. */
function statOf(id: number): Known | undefined {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, "utf8");
    // The second field, the name in parentheses, may itself hold spaces and parentheses; the state is the third, ticks the 22nd.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { started: fields[19], isZombie: fields[0] === "Z" || fields[0] === "X" };
  } catch {
    return undefined;
  }
}

/** Of a process on other systems that have `ps`: state and time of start. On Windows the number alone must do. */
export function psOf(id: number): Known | undefined {
  if (process.platform === "win32") return undefined;
  try {
    const line = execFileSync("ps", ["-o", "stat=", "-o", "lstart=", "-p", String(id)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [state = "", ...started] = line.trim().split(/\s+/);
    return { started: started.join(" "), isZombie: state.startsWith("Z") };
  } catch {
    return undefined;
  }
}

function namespaceOf(): Pick<Processes, "namespace"> {
  try {
    return { namespace: readlinkSync("/proc/self/ns/pid") };
  } catch {
    return {};
  }
}

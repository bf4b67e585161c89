// What this process and all others use of the processors, as the system tells it.
import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import type { Load } from "./sharing.js";

/** @returns undefined where the system does not tell */
export function processorLoad(): Load | undefined {
  const processors = os.cpus();
  if (processors.length === 0) return undefined;
  let idle = 0;
  let all = 0;
  for (const { times } of processors) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.irq;
  }
  if (idle + all === 0) return undefined;
  const { user, system } = process.cpuUsage();
  const waited = waitedForProcessors();
  return {
    processors: processors.length,
    own: (user + system) / 1000,
    all,
    idle,
    ...(waited === undefined ? {} : { waited }),
  };
}

/** Linux: time that the threads which are there now have waited, ready to run. */
function waitedForProcessors(): number | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    let nanoseconds = 0;
    for (const thread of readdirSync("/proc/self/task")) {
      const [, waited = "0"] = readFileSync(`/proc/self/task/${thread}/schedstat`, "utf8").split(" ");
      nanoseconds += Number(waited);
    }
    return nanoseconds / 1e6;
  } catch {
    // Kernels without these statistics, and threads that ended meanwhile.
    return undefined;
  }
}

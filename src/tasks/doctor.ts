// Whether this machine is ready: engines, and what to install for those that do not open.
import { availableParallelism, release } from "node:os";
import { z } from "zod";
import { type EngineReport, inspectEngines } from "../engines/index.js";
import { defineTask } from "./define.js";

export interface MachineReport {
  readonly node: string;
  /** Operating system, its release, architecture. */
  readonly platform: string;
  /** Processors that this process may use. */
  readonly processors: number;
  readonly engines: readonly EngineReport[];
  /** The engine that `--engine auto` takes; absent where none opens that is fast enough to be taken unasked. */
  readonly auto?: string;
}

/** Slow on purpose; never chosen unasked. */
const onlyWhenAsked: readonly string[] = ["reference"];

export const doctor = defineTask({
  name: "doctor",
  summary: "Say which engines open here, and what to install for those that do not.",
  options: z.strictObject({}),
  async run(): Promise<MachineReport> {
    const engines = await inspectEngines();
    const auto = engines.find(({ name, opens }) => opens && !onlyWhenAsked.includes(name))?.name;
    return {
      node: process.version,
      platform: `${process.platform} ${release()} ${process.arch}`,
      processors: availableParallelism(),
      engines,
      ...(auto === undefined ? {} : { auto }),
    };
  },
});

// The engines that the contract suites drive against the reference: all that open here.
import type { Engine } from "../../src/engines/engine.js";
import { engineNames, openEngine } from "../../src/engines/index.js";

/** Why an engine was left out, one line each, once `openEngines` has been called. */
export const skippedEngines: string[] = [];

/** Every engine but the reference that opens, with two threads. */
export async function openEngines(): Promise<readonly Engine[]> {
  const opened: Engine[] = [];
  skippedEngines.length = 0;
  for (const name of engineNames) {
    if (name === "reference") continue;
    try {
      opened.push(await openEngine(name, { threads: 2 }));
    } catch (error) {
      skippedEngines.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return opened;
}

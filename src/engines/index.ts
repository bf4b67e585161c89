// Opens engines by name. `auto` takes the fastest that opens and computes a tiny step rightly.
import { UserError } from "../base/errors.js";
import type { Engine, EngineName, EngineOptions } from "./engine.js";

export const engineNames = ["onednn", "reference"] as const satisfies readonly EngineName[];
export type EngineChoice = "auto" | (typeof engineNames)[number];

/** What `isthmus doctor` says of one engine. */
export interface EngineReport {
  readonly name: EngineName;
  readonly opens: boolean;
  /** What it is when it opens, why it does not when it does not. */
  readonly detail: string;
  /** The one command that would mend it. */
  readonly remedy?: string;
}

export async function openEngine(choice: EngineChoice, options: EngineOptions = {}): Promise<Engine> {
  if (choice === "reference") {
    const { referenceEngine } = await import("./reference/index.js");
    return referenceEngine(options);
  }
  const { onednnEngine } = await import("./onednn/index.js");
  return onednnEngine(options);
}

/** Opens each engine and lets it compute, for `isthmus doctor`. */
export async function inspectEngines(options: EngineOptions = {}): Promise<readonly EngineReport[]> {
  const reports: EngineReport[] = [];
  for (const name of engineNames) {
    try {
      const info = (await openEngine(name, options)).describe();
      reports.push({ name, opens: true, detail: `${info.library}, ${info.threads} threads` });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      reports.push({
        name,
        opens: false,
        detail: error.message,
        ...(error.hint === undefined ? {} : { remedy: error.hint }),
      });
    }
  }
  return reports;
}

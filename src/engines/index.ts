// Opens engines by name. `auto` takes the fastest that opens and computes a tiny step rightly.
import { UserError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import type { Engine, EngineName, EngineOptions } from "./engine.js";

/** The fastest first. */
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

/**
 * `auto` is onednn, which must open and pass its self-check; the reference engine is never chosen silently.
 * @throws UserError where the engine does not open (says what to install) or its name is unknown
 */
export async function openEngine(choice: EngineChoice, options: EngineOptions = {}): Promise<Engine> {
  switch (choice) {
    case "reference": {
      const { referenceEngine } = await import("./reference/index.js");
      return referenceEngine(options);
    }
    case "onednn": {
      const { onednnEngine } = await import("./onednn/index.js");
      return onednnEngine(options);
    }
    case "auto": {
      const engine = await openEngine("onednn", options);
      const { selfCheck } = await import("./selfCheck.js");
      await selfCheck(engine);
      return engine;
    }
    default: {
      const near = nearest(String(choice), ["auto", ...engineNames]);
      throw new UserError(
        `no engine is called "${String(choice)}"${near === undefined ? "" : `; did you mean ${near}?`}`,
        {
          at: "--engine",
          hint: `Engines: auto, ${engineNames.join(", ")}.`,
        },
      );
    }
  }
}

/** Opens each engine and lets it compute, for `isthmus doctor`. */
export async function inspectEngines(options: EngineOptions = {}): Promise<readonly EngineReport[]> {
  const { selfCheck } = await import("./selfCheck.js");
  const reports: EngineReport[] = [];
  for (const name of engineNames) {
    try {
      const engine = await openEngine(name, options);
      await selfCheck(engine);
      const { library, threads, path, instructionSet } = engine.describe();
      const parts = [
        library,
        ...(instructionSet === undefined ? [] : [instructionSet]),
        `${threads} ${threads === 1 ? "thread" : "threads"}`,
      ];
      reports.push({ name, opens: true, detail: `${parts.join(", ")}${path === undefined ? "" : ` (${path})`}` });
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

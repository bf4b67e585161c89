// Opens engines by name. `auto` takes the fastest that opens and computes a tiny step rightly.
import { UserError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import { type Engine, type EngineName, type EngineOptions, engineNames } from "./engine.js";

export { engineNames };
export type EngineChoice = "auto" | EngineName;

/** What `isthmus doctor` says of one engine. */
export interface EngineReport {
  readonly name: EngineName;
  readonly opens: boolean;
  /** What it is when it opens, why it does not when it does not. */
  readonly detail: string;
  /** The sentence with the command that would mend it, or make it faster. */
  readonly remedy?: string;
}

/** How each engine is opened; tests hand in others. */
export type Openers = Readonly<Record<EngineName, (options: EngineOptions) => Engine | Promise<Engine>>>;
const openers: Openers = {
  onednn: async (options) => (await import("./onednn/index.js")).onednnEngine(options),
  onnx: async (options) => (await import("./onnx/index.js")).onnxEngine(options),
  reference: async (options) => (await import("./reference/index.js")).referenceEngine(options),
};

/**
 * `auto` is onednn where it opens and passes its self-check, else onnx, with a notice that says what would be faster; the
 * reference engine is never chosen silently.
 * @throws UserError where the engine does not open (says what to install) or its name is unknown
 */
export async function openEngine(
  choice: EngineChoice,
  options: EngineOptions = {},
  how: Openers = openers,
): Promise<Engine> {
  if (choice === "auto") return openFastest(options, how);
  if (!engineNames.includes(choice)) {
    const near = nearest(String(choice), ["auto", ...engineNames]);
    throw new UserError(
      `no engine is called "${String(choice)}"${near === undefined ? "" : `; did you mean ${near}?`}`,
      {
        at: "--engine",
        hint: `Engines: auto, ${engineNames.join(", ")}.`,
      },
    );
  }
  return how[choice](options);
}

async function openFastest(options: EngineOptions, how: Openers): Promise<Engine> {
  const { selfCheck } = await import("./selfCheck.js");
  const attempt = async (name: "onednn" | "onnx"): Promise<Engine | UserError> => {
    try {
      const engine = await how[name](options);
      await selfCheck(engine);
      return engine;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return error;
    }
  };
  const fast = await attempt("onednn");
  if (!(fast instanceof UserError)) return fast;
  const portable = await attempt("onnx");
  const remedy = fast.hint ?? fast.message;
  if (!(portable instanceof UserError)) {
    const { advice } = portable;
    // The build in WebAssembly computes in one thread, at less than half of the native one's speed.
    const times = advice === undefined ? "three" : "ten";
    options.notice?.(
      `oneDNN would train about ${times} times faster. ${remedy}${advice === undefined ? "" : ` ${advice}`}`,
    );
    return portable;
  }
  throw new UserError(`no engine opens here. ${fast.message} ${portable.message}`, {
    at: "--engine",
    hint: `For oneDNN: ${remedy} For ONNX Runtime: ${portable.hint ?? portable.message} Or take --engine reference, which is slow.`,
    cause: fast,
  });
}

/** Opens each engine and lets it compute, for `isthmus doctor`. */
export async function inspectEngines(
  options: EngineOptions = {},
  how: Openers = openers,
): Promise<readonly EngineReport[]> {
  const { selfCheck } = await import("./selfCheck.js");
  const reports: EngineReport[] = [];
  for (const name of engineNames) {
    try {
      const engine = await openEngine(name, options, how);
      await selfCheck(engine);
      const { library, threads, path, instructionSet } = engine.describe();
      const parts = [
        library,
        ...(instructionSet === undefined ? [] : [instructionSet]),
        `${threads} ${threads === 1 ? "thread" : "threads"}`,
      ];
      reports.push({
        name,
        opens: true,
        detail: `${parts.join(", ")}${path === undefined ? "" : ` (${path})`}`,
        ...(engine.advice === undefined ? {} : { remedy: engine.advice }),
      });
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

// The oneDNN engine: the library from the system, called in this process.
import type { Engine, EngineOptions } from "../engine.js";
import { loadLibrary } from "./library.js";
import { openSession } from "./session.js";

export type { OnednnExecutable, OnednnSession } from "./session.js";

/** @throws UserError where the library is missing or of a version that is not supported */
export function onednnEngine(options: EngineOptions = {}): Engine {
  const library = loadLibrary(options.threads);
  const { adapter, path, threads } = library;
  return {
    name: "onednn",
    describe: () => ({
      name: "onednn",
      library: `oneDNN ${adapter.version}`,
      path,
      instructionSet: adapter.instructionSet,
      threads,
    }),
    open: async (state) => openSession(library, state, options),
  };
}

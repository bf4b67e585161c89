// The ONNX Runtime engine: a program is one graph of standard operators. Needs nothing but packages of npm.
import type { Engine, EngineOptions } from "../engine.js";
import { type Importers, loadRuntime } from "./library.js";
import { openSession } from "./session.js";

/**
 * @param importers where ONNX Runtime comes from; the packages onnxruntime-node and onnxruntime-web
 * @throws UserError where neither package can be loaded
 */
export async function onnxEngine(options: EngineOptions = {}, importers?: Importers): Promise<Engine> {
  const library = await loadRuntime(options.threads, importers);
  const { build, version, threads } = library;
  return {
    name: "onnx",
    describe: () => ({
      name: "onnx",
      library: `ONNX Runtime ${version} (${build === "node" ? "node" : "web, WebAssembly"})`,
      threads,
    }),
    open: async (state) => openSession(library, state, options),
  };
}

// The ONNX Runtime engine: a program is one graph of standard operators. Needs nothing but packages of npm.
import type { Engine, EngineOptions } from "../engine.js";
import { type Importers, installNative, loadRuntime } from "./library.js";
import { openSession } from "./session.js";

/**
 * @param importers where ONNX Runtime comes from; the package onnxruntime-node and the build in WebAssembly that comes along
 * @throws UserError where neither can be loaded
 */
export async function onnxEngine(options: EngineOptions = {}, importers?: Importers): Promise<Engine> {
  const library = await loadRuntime(options.threads, importers);
  const { build, version, threads, nativeFailure } = library;
  return {
    name: "onnx",
    // Of mnist-conv, batch 64, one thread each; the native build has more than one.
    ...(nativeFailure === undefined
      ? {}
      : { advice: `The native build would compute more than twice as fast (${nativeFailure}): ${installNative}` }),
    describe: () => ({
      name: "onnx",
      library: `ONNX Runtime ${version} (${build === "node" ? "node" : "web, WebAssembly"})`,
      threads,
    }),
    open: async (state) => openSession(library, state, options),
  };
}

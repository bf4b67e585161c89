// Loads ONNX Runtime: the native build where it is installed, else the WebAssembly one.
import os from "node:os";
import { UserError } from "../../base/errors.js";
import { switchTelemetryOff } from "./telemetry.js";

/** What both builds of ONNX Runtime offer, as far as it is used here. */
export interface Runtime {
  readonly InferenceSession: { create(model: Uint8Array, options?: SessionOptions): Promise<InferenceSession> };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => Tensor;
  readonly env: { readonly versions: { readonly node?: string; readonly web?: string }; readonly wasm: Settings };
}
interface Settings {
  numThreads?: number;
}
/** ONNX Runtime's own names and values. */
interface SessionOptions {
  readonly executionProviders: readonly string[];
  readonly intraOpNumThreads: number;
  readonly interOpNumThreads: number;
  readonly logSeverityLevel: 4;
  readonly graphOptimizationLevel?: "all";
  readonly executionMode?: "sequential";
  readonly enableCpuMemArena?: boolean;
  readonly enableMemPattern?: boolean;
  readonly extra?: Readonly<Record<string, unknown>>;
}
export interface Tensor {
  readonly data: unknown;
  dispose(): void;
}
export interface InferenceSession {
  /** @param fetches tensors that results are written into; outputs by name, all of them, where it is left out */
  run(feeds: Tensors, fetches?: Tensors): Promise<Tensors>;
  release(): Promise<void>;
}
type Tensors = Readonly<Record<string, Tensor>>;

export interface LoadedRuntime {
  readonly runtime: Runtime;
  /** `node` is the native build, `web` the one in WebAssembly. */
  readonly build: "node" | "web";
  readonly version: string;
  readonly threads: number;
  /** Why the native build is not taken, where it is not. */
  readonly nativeFailure?: string;
}

/**
 * The command that installs the native build, which is in the package for all systems. Its script is left out: it would fetch
 * hundreds of megabytes for graphics cards, and fails where it cannot.
 */
export const installNative = "npm install onnxruntime-node@1.30.0 --ignore-scripts";

/** Where the two builds come from; tests hand in others. */
export interface Importers {
  readonly node: () => Promise<Runtime>;
  readonly web: () => Promise<Runtime>;
}
const packages: Importers = {
  node: () => {
    switchTelemetryOff();
    return import("onnxruntime-node");
  },
  web: () => import("./web.js"),
};

/**
 * @param threads threads that compute; the WebAssembly build computes in one
 * @throws UserError where neither build can be loaded
 */
export async function loadRuntime(
  threads: number | undefined,
  importers: Importers = packages,
): Promise<LoadedRuntime> {
  const attempt = async (name: string, load: () => Promise<Runtime>): Promise<Runtime | string> => {
    try {
      return await load();
    } catch (error) {
      const [reason = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
      return reason.startsWith(`Cannot find package '${name}'`) ? `${name} is not installed` : `${name}: ${reason}`;
    }
  };
  const native = await attempt("onnxruntime-node", importers.node);
  if (typeof native !== "string") {
    return {
      runtime: native,
      build: "node",
      version: native.env.versions.node ?? "of an unknown version",
      threads: threads ?? os.availableParallelism(),
    };
  }
  const web = await attempt("onnxruntime-web", importers.web);
  if (typeof web !== "string") {
    web.env.wasm.numThreads = 1;
    const version = web.env.versions.web ?? "of an unknown version";
    return { runtime: web, build: "web", version, threads: 1, nativeFailure: native };
  }
  throw new UserError(`ONNX Runtime could not be loaded: ${native}; ${web}.`, {
    hint: `Install it: ${installNative}. A slower one comes along with isthmus: install that again.`,
  });
}

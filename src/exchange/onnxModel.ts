// Runs ONNX models in ONNX Runtime: reads what a file says of itself, refuses what is none.
import { InternalError, UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import { type LoadedRuntime, loadRuntime } from "../engines/onnx/library.js";
import { decodeOnnx, type OnnxModel, type OnnxValue } from "../formats/onnx.js";
import type { OpenOnnx } from "../inference/index.js";
import { sizeOf } from "../tensor/index.js";

/** Reads an ONNX file without running it. @throws UserError where it is none, or not one picture or code goes in */
export function readOnnx(bytes: Uint8Array, name: string): OnnxModel {
  const model = decodeOnnx(bytes, name);
  // Files of old exporters list their weights among the inputs.
  const constants = new Set(model.graph.initializers.map((tensor) => tensor.name));
  const inputs = model.graph.inputs.filter((input) => !constants.has(input.name));
  const [input] = inputs;
  if (inputs.length !== 1 || input === undefined || model.graph.outputs.length === 0) {
    throw new UserError(`takes ${inputs.length} inputs; an encoder or decoder takes one`, { at: name });
  }
  if (input.type !== "float32") {
    throw new UserError(`takes ${input.type} numbers; an encoder or decoder takes float32`, { at: name });
  }
  return { ...model, graph: { ...model.graph, inputs } };
}

/**
 * Opens an ONNX file's bytes to run them.
 * @param runtime default: what is installed
 * @throws UserError where the bytes are no ONNX model, ONNX Runtime is not there or refuses the model
 */
export async function openOnnx(
  bytes: Uint8Array,
  name: string,
  options: { readonly threads?: number | undefined; readonly runtime?: LoadedRuntime } = {},
): Promise<OpenOnnx> {
  const { graph, metadata = {} } = readOnnx(bytes, name);
  const { runtime, build, threads } = options.runtime ?? (await loadRuntime(options.threads));
  const session = await runtime.InferenceSession.create(bytes, {
    executionProviders: [build === "node" ? "cpu" : "wasm"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  }).catch((cause: unknown) => {
    throw new UserError(`ONNX Runtime refuses this model: ${textOf(cause)}`, {
      at: name,
      hint: "Export it again.",
      cause,
    });
  });
  const [input] = graph.inputs;
  if (input === undefined) throw new InternalError(`${name} lost its input`);
  return {
    name,
    metadata,
    inputs: graph.inputs,
    outputs: graph.outputs,
    async run(batch, values) {
      const shape = [batch, ...fixedLengths(input, values.length / batch, name)];
      const given = values.buffer instanceof ArrayBuffer ? values : Float32Array.from(values);
      const feeds = { [input.name]: new runtime.Tensor("float32", given, shape) };
      const found = await session.run(feeds).catch((cause: unknown) => {
        throw new UserError(`ONNX Runtime failed to compute a batch of ${batch}: ${textOf(cause)}`, {
          at: name,
          cause,
        });
      });
      return Object.fromEntries(
        Object.entries(found)
          .filter(([, tensor]) => tensor.data instanceof Float32Array)
          .map(([label, tensor]) => [label, tensor.data as Float32Array]),
      );
    },
    dispose: () => void session.release(),
  };
}

/** The lengths of a value's axes beside the batch. @throws UserError where they do not hold so many numbers */
function fixedLengths({ shape }: OnnxValue, numbers: number, name: string): readonly number[] {
  const [, ...rest] = shape;
  const lengths = rest.map((length) => (typeof length === "number" ? length : 0));
  if (lengths.includes(0) || sizeOf(lengths) !== numbers) {
    throw new UserError(`takes ${timesText(lengths)}, not ${numbers} numbers`, { at: name });
  }
  return lengths;
}

function textOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split("\n")[0] ?? text;
}

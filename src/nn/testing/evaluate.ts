// For tests: computes a program, or one layer, by the ops' float64 definitions, without an engine.
import { graphBuilder, opNamed, type Program, program, type Shape, sizeOf, type Tensor } from "../../tensor/index.js";
import type { Mode } from "../layers/define.js";
import type { BuildContext, Findings, LayerSpec } from "../models/define.js";
import { buildLayerList, readLayerList } from "../models/layerList.js";

/** Values of inputs and states by name. */
export type Given = Readonly<Record<string, ArrayLike<number>>>;

export interface Evaluated {
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly updates: Readonly<Record<string, readonly number[]>>;
}

export function evaluate({ nodes, outputs, updates }: Program, given: Given): Evaluated {
  const tensors = new Map<Program["nodes"][number], readonly Tensor[]>();
  for (const node of nodes) {
    if (node.op === "input" || node.op === "state") {
      const { name, shape } = node.attributes as { readonly name: string; readonly shape: Shape };
      const values = given[name];
      if (values?.length !== sizeOf(shape)) throw new Error(`${name} needs ${sizeOf(shape)} values`);
      tensors.set(node, [{ shape, data: Float64Array.from(values) }]);
      continue;
    }
    const inputs = node.inputs.map((value) => tensors.get(value.node)?.[value.output] as Tensor);
    const results = node.shapes.map((shape) => ({ shape, data: new Float64Array(sizeOf(shape)) }));
    opNamed(node.op).reference(inputs, node.attributes, results);
    tensors.set(node, results);
  }
  const read = (values: Program["outputs"]) =>
    Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, [...(tensors.get(value.node)?.[value.output]?.data ?? [])]]),
    );
  return { outputs: read(outputs), updates: read(updates) };
}

/** One layer, named `encoder.0`, built on an input of the given shape, with what it declares. */
export function buildLayer(spec: LayerSpec, inputShape: Shape, mode: Mode = "inference") {
  const context: BuildContext = { graph: graphBuilder(), mode, updates: {}, randomInputs: [] };
  const findings: Findings = { parameters: [], buffers: [], rows: [] };
  const input = context.graph.input("input", inputShape);
  const output = buildLayerList(readLayerList([spec], "encoder", "model.encoder"), context, input, findings);
  return {
    ...findings,
    outputShape: output.shape,
    randomInputs: context.randomInputs,
    program: program({ name: "layer", outputs: { output }, updates: context.updates }),
  };
}

/** What an error says, where and what helps; fails where nothing is thrown. */
export function thrownBy(action: () => unknown): { at: string | undefined; message: string; hint: string | undefined } {
  try {
    action();
  } catch (error) {
    const { at, message, hint } = error as { at?: string; message: string; hint?: string };
    return { at, message, hint };
  }
  throw new Error("nothing was thrown");
}

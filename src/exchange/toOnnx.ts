// A model as ONNX graphs for others: plain inference of standard operators, weights inside, any number of images at once.
import { InternalError, UserError } from "../base/errors.js";
import type { Lowering, StateEntry } from "../engines/engine.js";
import type { Graph } from "../engines/onnx/graph.js";
import { lowering } from "../engines/onnx/lowering.js";
import { lower } from "../engines/onnx/session.js";
import type { OnnxModel, OnnxNode, OnnxTensor } from "../formats/onnx.js";
import { decodeProgram, type Model, posteriorProgram } from "../nn/index.js";
import { type Program, type Sides, type Value, valuesOf } from "../tensor/index.js";

const ints = (values: readonly number[]) => ({ ints: values });

function resultOf(node: Parameters<typeof valuesOf>[0]): Value {
  const [value] = valuesOf(node);
  if (value === undefined) throw new InternalError(`${node.op} gives nothing`);
  return value;
}

/**
 * The engine's table with the forms that a reader of the graph expects: a convolution as one Conv, batch norm as one
 * BatchNormalization. The engine's own forms are the fastest in training.
 */
const plainRows: Lowering<Graph> = {
  ...lowering,
  conv2d(node, graph) {
    const { stride, padding, dilation, groups } = node.attributes;
    graph.give(resultOf(node), "Conv", node.inputs.map(graph.read), windows(stride, padding, dilation, groups));
  },
  convTranspose2d(node, graph) {
    const { stride, padding, dilation, groups, outputPadding } = node.attributes;
    // ONNX Runtime refuses output padding of a stride or more, which a dilation allows.
    if (outputPadding.some((extra, axis) => extra >= (stride[axis] ?? 1))) {
      lowering.convTranspose2d(node, graph);
      return;
    }
    graph.give(resultOf(node), "ConvTranspose", node.inputs.map(graph.read), {
      ...windows(stride, padding, dilation, groups),
      output_padding: ints(outputPadding),
    });
  },
  batchNormInference(node, graph) {
    graph.give(resultOf(node), "BatchNormalization", node.inputs.map(graph.read), {
      epsilon: { float: node.attributes.epsilon },
    });
  },
};

function windows(stride: readonly number[], padding: Sides, dilation: readonly number[], groups: number) {
  return { strides: ints(stride), pads: ints(padding), dilations: ints(dilation), group: { int: groups } };
}

/** What is written into both files beside the graph. */
export interface ExportDetails {
  readonly name: string;
  readonly isthmus: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * `input` [batch, channel, height, width] in [0, 1] to `code` [batch, …codeShape]; of a variational model `mean`, which is
 * the code, and `logVariance` too. Float32, batch of any size.
 */
export function encoderOnnx(model: Model, state: readonly StateEntry[], details: ExportDetails): OnnxModel {
  return inferenceOnnx((batch) => posteriorProgram(model, batch, someBatch), state, "encoder", details);
}

/** `code` [batch, …codeShape] to `reconstruction` [batch, channel, height, width]. Float32, batch of any size. */
export function decoderOnnx(model: Model, state: readonly StateEntry[], details: ExportDetails): OnnxModel {
  return inferenceOnnx((batch) => decodeProgram(model, batch, someBatch), state, "decoder", details);
}

function inferenceOnnx(
  programOf: (batch: number) => Program,
  state: readonly StateEntry[],
  part: "encoder" | "decoder",
  { name, isthmus, metadata }: ExportDetails,
): OnnxModel {
  const { model, inputs, outputs } = anyBatch(programOf, `the ${part} of ${name}`);
  const weights = new Map(state.map((entry) => [entry.name, entry]));
  const names = new Map([...inputs, ...outputs].map((port) => [port.name, port.of]));
  const renamed = (value: string): string => names.get(value) ?? value;
  const { graph } = model;
  const parameters = inputs.flatMap((port): OnnxTensor[] => {
    if (port.kind !== "state") return [];
    const entry = weights.get(port.of);
    if (entry?.values === undefined) throw new InternalError(`the weights have no ${port.of}`);
    return [{ name: port.of, type: "float32", shape: entry.shape, data: Float32Array.from(entry.values) }];
  });
  const visible = (of: typeof inputs) =>
    of
      .filter(({ kind }) => kind !== "state")
      .map(({ of: label, shape }) => ({
        name: label,
        type: "float32" as const,
        shape: ["batch", ...shape.slice(1)],
      }));
  return {
    ...model,
    producer: { name: "isthmus", version: isthmus },
    metadata: { ...metadata, part },
    graph: {
      name: `${name} ${part}`,
      nodes: graph.nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(renamed),
        outputs: node.outputs.map(renamed),
      })),
      inputs: visible(inputs),
      outputs: visible(outputs),
      initializers: [...parameters, ...graph.initializers],
    },
  };
}

/** Two batch sizes that are no factor of each other nor, both, of anything else's size by accident. */
const [someBatch, otherBatch] = [2, 3] as const;

/**
 * The graph for a batch that is known only when it runs. Programs have fixed shapes, so the graph is written for two
 * batch sizes: what differs between them is the batch, and only shapes of Reshape may, where "the rest" (-1) or "as it
 * comes" (0) stands for it.
 */
function anyBatch(programOf: (batch: number) => Program, what: string): ReturnType<typeof lower> {
  const written = lower(programOf(someBatch), plainRows);
  const other = lower(programOf(otherBatch), plainRows);
  const constants = new Map(written.model.graph.initializers.map((tensor) => [tensor.name, tensor]));
  const otherConstants = new Map(other.model.graph.initializers.map((tensor) => [tensor.name, tensor]));
  const { nodes } = written.model.graph;
  if (nodes.length !== other.model.graph.nodes.length) throw notForAnyBatch(what, "it");
  const free = nodes.map((node, i): OnnxNode => {
    const twin = other.model.graph.nodes[i];
    if (twin === undefined || JSON.stringify(twin.attributes) !== JSON.stringify(node.attributes)) {
      throw notForAnyBatch(what, node.name ?? node.operator);
    }
    const inputs = node.inputs.map((name, place) => {
      const twinName = twin.inputs[place];
      if (twinName === name) return name;
      const [shape, twinShape] = [constants.get(name), otherConstants.get(twinName ?? "")];
      const data = shape?.data;
      const twinData = twinShape?.data;
      const isShape = node.operator === "Reshape" && place === 1;
      if (!isShape || !(data instanceof BigInt64Array) || !(twinData instanceof BigInt64Array)) {
        throw notForAnyBatch(what, node.name ?? node.operator);
      }
      const differing = [...data.keys()].filter((axis) => data[axis] !== twinData[axis]);
      const [axis] = differing;
      // A shape may have one length of "the rest"; where it is taken, the batch must be the first axis of what comes too.
      const hasRest = data.includes(-1n);
      if (axis === undefined || differing.length > 1 || (hasRest && axis !== 0)) {
        throw notForAnyBatch(what, node.name ?? node.operator);
      }
      const lengths = BigInt64Array.from(data);
      lengths[axis] = hasRest ? 0n : -1n;
      const label = `shape ${lengths.join(" ")}`;
      constants.set(label, { name: label, type: "int64", shape: [lengths.length], data: lengths });
      return label;
    });
    return { ...node, inputs };
  });
  const needed = neededNodes(
    free,
    written.model.graph.outputs.map(({ name }) => name),
  );
  const used = new Set(needed.flatMap(({ inputs }) => inputs));
  const initializers = [...constants.values()].filter(({ name }) => used.has(name));
  return { ...written, model: { ...written.model, graph: { ...written.model.graph, nodes: needed, initializers } } };
}

/** Without what only a training needs: statistics of norms, places of the largest. */
function neededNodes(nodes: readonly OnnxNode[], outputs: readonly string[]): readonly OnnxNode[] {
  const needed = new Set(outputs);
  const kept: OnnxNode[] = [];
  for (const node of nodes.toReversed()) {
    const last = node.outputs.findLastIndex((name) => needed.has(name));
    if (last < 0) continue;
    for (const name of node.inputs) needed.add(name);
    kept.push({ ...node, outputs: node.outputs.slice(0, last + 1) });
  }
  return kept.toReversed();
}

function notForAnyBatch(what: string, where: string): UserError {
  return new UserError(`${what} can't be exported: ${where} depends on the number of images`, {
    hint: "Leave that layer out, or export the weights: --format safetensors.",
  });
}

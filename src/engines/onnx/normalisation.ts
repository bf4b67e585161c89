// The rows of batch, layer and group norm. Written out: ONNX's own operators give no gradient and no statistics.
import { type Node, type Shape, sizeOf, type Value, valuesOf } from "../../tensor/index.js";
import type { AttributesOf } from "../../tensor/ops/index.js";
import type { Lowering } from "../engine.js";
import { resultOf } from "./elementwise.js";
import type { Graph } from "./graph.js";

const drop = { keepdims: { int: 0 } };

const shaped = (graph: Graph, value: Value, shape: Shape): string =>
  graph.op("Reshape", [graph.read(value), graph.ints(shape)]);

/** All axes but the channels', and the shape in which a number for each channel meets them. */
function channelAxes(shape: Shape): { readonly axes: readonly number[]; readonly perChannel: Shape; count: number } {
  const [batch, channels, height = 1, width = 1] = shape;
  const count = batch * height * width;
  if (shape.length === 2) return { axes: [0], perChannel: [1, channels], count };
  return { axes: [0, 2, 3], perChannel: [1, channels, 1, 1], count };
}

/** 1 / √(variance + epsilon), shaped to meet images. */
function inverseDeviation(graph: Graph, variance: string, epsilon: number, perChannel: Shape): string {
  const root = graph.op("Sqrt", [graph.op("Add", [variance, graph.number(epsilon)])]);
  return graph.op("Reshape", [graph.op("Reciprocal", [root]), graph.ints(perChannel)]);
}

export const normalisation = {
  batchNormTraining(node, graph) {
    const [x, scale, shift] = node.inputs;
    const [y, mean, variance] = valuesOf(node);
    const { axes, perChannel, count } = channelAxes(x.shape);
    const means = graph.op("ReduceMean", [graph.read(x), graph.ints(axes)]);
    graph.give(mean, "Reshape", [means, graph.ints(mean.shape)]);
    const centred = graph.op("Sub", [graph.read(x), means]);
    const squares = graph.op("ReduceSumSquare", [centred, graph.ints(axes)], drop);
    graph.give(variance, "Mul", [squares, graph.number(1 / count)]);
    const inverse = inverseDeviation(graph, graph.read(variance), node.attributes.epsilon, perChannel);
    const factor = graph.op("Mul", [inverse, shaped(graph, scale, perChannel)]);
    graph.give(y, "Add", [graph.op("Mul", [centred, factor]), shaped(graph, shift, perChannel)]);
  },
  batchNormInference(node, graph) {
    const [x, scale, shift, mean, variance] = node.inputs;
    const { perChannel } = channelAxes(x.shape);
    const inverse = inverseDeviation(graph, graph.read(variance), node.attributes.epsilon, perChannel);
    const factor = graph.op("Mul", [inverse, shaped(graph, scale, perChannel)]);
    const centred = graph.op("Sub", [graph.read(x), shaped(graph, mean, perChannel)]);
    graph.give(resultOf(node), "Add", [graph.op("Mul", [centred, factor]), shaped(graph, shift, perChannel)]);
  },
  batchNormGradient(node, graph) {
    const [x, scale, mean, variance, dy] = node.inputs;
    const [dx, dscale, dshift] = valuesOf(node);
    const { axes, perChannel, count } = channelAxes(x.shape);
    const sums = batchNormSums(graph, { x, mean, variance, dy }, node.attributes.epsilon);
    graph.give(dscale, "Reshape", [sums.dscale, graph.ints(dscale.shape)]);
    graph.give(dshift, "ReduceSum", [graph.read(dy), graph.ints(axes)], drop);
    // dx = factor · (dy − dshift/n − centred · inverse · dscale/n), as a·dy + b·centred + c with a number for each channel.
    const factor = graph.op("Mul", [sums.inverse, shaped(graph, scale, perChannel)]);
    const minusShare = graph.op("Mul", [factor, graph.number(-1 / count)]);
    const b = graph.op("Mul", [minusShare, graph.op("Mul", [sums.inverse, sums.dscale])]);
    const c = graph.op("Mul", [minusShare, shaped(graph, dshift, perChannel)]);
    const both = graph.op("Add", [graph.op("Mul", [graph.read(dy), factor]), graph.op("Mul", [sums.centred, b])]);
    graph.give(dx, "Add", [both, c]);
  },
  batchNormInferenceGradient(node, graph) {
    const [x, scale, mean, variance, dy] = node.inputs;
    const [dx, dscale, dshift] = valuesOf(node);
    const { axes, perChannel } = channelAxes(x.shape);
    const sums = batchNormSums(graph, { x, mean, variance, dy }, node.attributes.epsilon);
    graph.give(dscale, "Reshape", [sums.dscale, graph.ints(dscale.shape)]);
    graph.give(dshift, "ReduceSum", [graph.read(dy), graph.ints(axes)], drop);
    graph.give(dx, "Mul", [graph.read(dy), graph.op("Mul", [sums.inverse, shaped(graph, scale, perChannel)])]);
  },

  layerNorm: (node, graph) => normaliseRows(node, graph, layerView(node)),
  layerNormGradient: (node, graph) => normaliseRowsGradient(node, graph, layerView(node)),
  groupNorm: (node, graph) => normaliseRows(node, graph, groupView(node)),
  groupNormGradient: (node, graph) => normaliseRowsGradient(node, graph, groupView(node)),
} satisfies Partial<Lowering<Graph>>;

/** What both gradients of batch norm share: x − mean, 1/√(variance + ε), and the gradient of the scale, to meet images. */
function batchNormSums(
  graph: Graph,
  { x, mean, variance, dy }: Readonly<Record<"x" | "mean" | "variance" | "dy", Value>>,
  epsilon: number,
): { readonly centred: string; readonly inverse: string; readonly dscale: string } {
  const { axes, perChannel } = channelAxes(x.shape);
  const inverse = inverseDeviation(graph, graph.read(variance), epsilon, perChannel);
  const centred = graph.op("Sub", [graph.read(x), shaped(graph, mean, perChannel)]);
  const products = graph.op("Mul", [graph.read(dy), centred]);
  const dscale = graph.op("Mul", [graph.op("ReduceSum", [products, graph.ints(axes)]), inverse]);
  return { centred, inverse, dscale };
}

/** An array as rows of two axes each, and how scale and shift meet it. Each row has its own mean and variance. */
interface RowView {
  /** [rows, rows, in the row, in the row]. */
  readonly shape: Shape;
  readonly parameter: Shape;
}
const rowAxes = [2, 3];
const parameterAxes = [0, 3];

function layerView({ inputs: [x], attributes }: Node<string, AttributesOf<"layerNorm">>): RowView {
  const inner = sizeOf(x.shape.slice(x.shape.length - attributes.normalizedRank));
  return { shape: [sizeOf(x.shape) / inner, 1, inner, 1], parameter: [1, 1, inner, 1] };
}

function groupView({ inputs: [x], attributes: { groups } }: Node<string, AttributesOf<"groupNorm">>): RowView {
  const [batch, channels, ...plane] = x.shape;
  const perGroup = channels / groups;
  return { shape: [batch, groups, perGroup, sizeOf(plane)], parameter: [1, groups, perGroup, 1] };
}

function normaliseRows(
  node: Node<string, { readonly epsilon: number }>,
  graph: Graph,
  { shape, parameter }: RowView,
): void {
  const [x, scale, shift] = node.inputs;
  const [y, mean, variance] = valuesOf(node);
  const rows = shaped(graph, x, shape);
  const means = graph.op("ReduceMean", [rows, graph.ints(rowAxes)]);
  graph.give(mean, "Reshape", [means, graph.ints(mean.shape)]);
  const centred = graph.op("Sub", [rows, means]);
  const variances = graph.op("ReduceMean", [graph.op("Mul", [centred, centred]), graph.ints(rowAxes)]);
  graph.give(variance, "Reshape", [variances, graph.ints(variance.shape)]);
  const inverse = inverseDeviation(graph, variances, node.attributes.epsilon, [...shape.slice(0, 2), 1, 1]);
  const scaled = graph.op("Mul", [graph.op("Mul", [centred, inverse]), shaped(graph, scale, parameter)]);
  const result = graph.op("Add", [scaled, shaped(graph, shift, parameter)]);
  graph.give(y, "Reshape", [result, graph.ints(y.shape)]);
}

/** dx = inverse · (own − mean of own − normalised · mean of own · normalised), with own = dy · scale. */
function normaliseRowsGradient(
  node: Node<string, { readonly epsilon: number }>,
  graph: Graph,
  { shape, parameter }: RowView,
): void {
  const [x, scale, mean, variance, dy] = node.inputs;
  const [dx, dscale, dshift] = valuesOf(node);
  const statistic = [...shape.slice(0, 2), 1, 1];
  const inverse = inverseDeviation(graph, graph.read(variance), node.attributes.epsilon, statistic);
  const centred = graph.op("Sub", [shaped(graph, x, shape), shaped(graph, mean, statistic)]);
  const normalised = graph.op("Mul", [centred, inverse]);
  const given = shaped(graph, dy, shape);
  const sums = (of: string): string => graph.op("ReduceSum", [of, graph.ints(parameterAxes)]);
  graph.give(dscale, "Reshape", [sums(graph.op("Mul", [given, normalised])), graph.ints(dscale.shape)]);
  graph.give(dshift, "Reshape", [sums(given), graph.ints(dshift.shape)]);
  const own = graph.op("Mul", [given, shaped(graph, scale, parameter)]);
  const moved = graph.op("ReduceMean", [own, graph.ints(rowAxes)]);
  const stretched = graph.op("ReduceMean", [graph.op("Mul", [own, normalised]), graph.ints(rowAxes)]);
  const rest = graph.op("Sub", [graph.op("Sub", [own, moved]), graph.op("Mul", [normalised, stretched])]);
  graph.give(dx, "Reshape", [graph.op("Mul", [inverse, rest]), graph.ints(dx.shape)]);
}

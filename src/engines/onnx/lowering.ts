// How ONNX computes each op: the table from ops to standard operators. The forms are those that ONNX Runtime computes fastest.
import { type Node, type Shape, type Value, valuesOf } from "../../tensor/index.js";
import type { Lowering } from "../engine.js";
import { type Image, intoKernel, intoNarrow, intoWide } from "./convolution.js";
import { elementwise, resultOf, same } from "./elementwise.js";
import type { Graph } from "./graph.js";
import { normalisation } from "./normalisation.js";
import { resampling } from "./resampling.js";
import { sampling } from "./sampling.js";
import { updateRow } from "./updates.js";

const ints = (values: readonly number[]) => ({ ints: values });
const drop = { keepdims: { int: 0 } };

function imageOf(graph: Graph, value: Value): Image {
  return { name: graph.read(value), shape: value.shape };
}

/** The axes that are summed when `from` shrinks to `to`. */
function shrunkAxes(from: Shape, to: Shape): readonly number[] {
  const missing = from.length - to.length;
  return from.flatMap((length, axis) => (axis < missing || (to[axis - missing] === 1 && length !== 1) ? [axis] : []));
}

export const lowering: Lowering<Graph> = {
  input() {},
  state() {},
  fill(node, graph) {
    const { shape, value } = node.attributes;
    graph.give(resultOf(node), "Expand", [graph.number(value), graph.ints(shape)]);
  },

  conv2d(node, graph) {
    const [x, w, b] = node.inputs;
    const bias = b === undefined ? undefined : graph.read(b);
    intoNarrow(graph, resultOf(node), imageOf(graph, x), imageOf(graph, w), bias, node.attributes);
  },
  conv2dInputGradient(node, graph) {
    const [dy, w] = node.inputs;
    intoWide(graph, resultOf(node), imageOf(graph, dy), imageOf(graph, w), undefined, node.attributes);
  },
  conv2dWeightGradient(node, graph) {
    const [x, dy] = node.inputs;
    const [dw, db] = valuesOf(node);
    intoKernel(graph, dw, imageOf(graph, x), imageOf(graph, dy), node.attributes);
    if (db !== undefined) graph.give(db, "ReduceSum", [graph.read(dy), graph.ints([0, 2, 3])], drop);
  },
  convTranspose2d(node, graph) {
    const [x, w, b] = node.inputs;
    const bias = b === undefined ? undefined : graph.read(b);
    intoWide(graph, resultOf(node), imageOf(graph, x), imageOf(graph, w), bias, node.attributes);
  },
  convTranspose2dInputGradient(node, graph) {
    const [dy, w] = node.inputs;
    intoNarrow(graph, resultOf(node), imageOf(graph, dy), imageOf(graph, w), undefined, node.attributes);
  },
  convTranspose2dWeightGradient(node, graph) {
    const [x, dy] = node.inputs;
    const [dw, db] = valuesOf(node);
    intoKernel(graph, dw, imageOf(graph, dy), imageOf(graph, x), node.attributes);
    if (db !== undefined) graph.give(db, "ReduceSum", [graph.read(dy), graph.ints([0, 2, 3])], drop);
  },

  dense: (node, graph) => graph.give(resultOf(node), "Gemm", node.inputs.map(graph.read), { transB: { int: 1 } }),
  denseInputGradient: same("Gemm"),
  denseWeightGradient(node, graph) {
    const [x, dy] = node.inputs.map(graph.read);
    const [dw, db] = valuesOf(node);
    graph.give(dw, "Gemm", [dy, x], { transA: { int: 1 } });
    if (db !== undefined) graph.give(db, "ReduceSum", [dy, graph.ints([0])], drop);
  },
  matmul(node, graph) {
    const { transposeA, transposeB } = node.attributes;
    graph.give(resultOf(node), "Gemm", node.inputs.map(graph.read), {
      transA: { int: Number(transposeA) },
      transB: { int: Number(transposeB) },
    });
  },

  ...normalisation,

  ...resampling,
  ...sampling,
  ...elementwise,
  softmax: (node, graph) =>
    graph.give(resultOf(node), "Softmax", node.inputs.map(graph.read), { axis: { int: node.attributes.axis } }),
  softmaxGradient(node, graph) {
    const [y, dy] = node.inputs.map(graph.read);
    const total = graph.op("ReduceSum", [graph.op("Mul", [dy, y]), graph.ints([node.attributes.axis])]);
    graph.give(resultOf(node), "Mul", [y, graph.op("Sub", [dy, total])]);
  },
  logSoftmax: (node, graph) =>
    graph.give(resultOf(node), "LogSoftmax", node.inputs.map(graph.read), { axis: { int: node.attributes.axis } }),
  logSoftmaxGradient(node, graph) {
    const [y, dy] = node.inputs.map(graph.read);
    const total = graph.op("ReduceSum", [dy, graph.ints([node.attributes.axis])]);
    graph.give(resultOf(node), "Sub", [dy, graph.op("Mul", [graph.op("Exp", [y]), total])]);
  },

  sumTo(node, graph) {
    const [x] = node.inputs;
    const { shape } = node.attributes;
    const axes = shrunkAxes(x.shape, shape);
    const sum = axes.length === 0 ? graph.read(x) : graph.op("ReduceSum", [graph.read(x), graph.ints(axes)]);
    graph.give(resultOf(node), "Reshape", [sum, graph.ints(shape)]);
  },
  broadcastTo: (node, graph) =>
    graph.give(resultOf(node), "Expand", [graph.read(node.inputs[0]), graph.ints(node.attributes.shape)]),
  mean: (node, graph) => graph.give(resultOf(node), "ReduceMean", node.inputs.map(graph.read), drop),
  meanSquare(node, graph) {
    const [x] = node.inputs.map(graph.read);
    graph.give(resultOf(node), "ReduceMean", [graph.op("Mul", [x, x])], drop);
  },
  sum: (node, graph) => reduce(graph, node, "ReduceSum"),
  meanOver: (node, graph) => reduce(graph, node, "ReduceMean"),
  transpose: (node, graph) =>
    graph.give(resultOf(node), "Transpose", node.inputs.map(graph.read), { perm: ints(node.attributes.axes) }),
  slice(node, graph) {
    const [x] = node.inputs.map(graph.read);
    const { starts, ends } = node.attributes;
    graph.give(resultOf(node), "Slice", [x, graph.ints(starts), graph.ints(ends)]);
  },
  pad(node, graph) {
    const [x] = node.inputs.map(graph.read);
    const { before, after, value } = node.attributes;
    graph.give(resultOf(node), "Pad", [x, graph.ints([...before, ...after]), graph.number(value)]);
  },
  concat: (node, graph) =>
    graph.give(resultOf(node), "Concat", node.inputs.map(graph.read), { axis: { int: node.attributes.axis } }),
  gather: (node, graph) =>
    graph.give(resultOf(node), "Gather", [graph.read(node.inputs[0]), graph.ints(node.attributes.indices)], {
      axis: { int: node.attributes.axis },
    }),
  gatherGradient(node, graph) {
    const [dy] = node.inputs;
    const { axis, indices } = node.attributes;
    const dx = resultOf(node);
    const zeros = graph.op("Expand", [graph.number(0), graph.ints(dx.shape)]);
    const alongAxis = dy.shape.map((_, i) => (i === axis ? -1 : 1));
    const column = graph.op("Reshape", [graph.ints(indices), graph.ints(alongAxis)]);
    const places = graph.op("Expand", [column, graph.ints(dy.shape)]);
    graph.give(dx, "ScatterElements", [zeros, places, graph.read(dy)], {
      axis: { int: axis },
      reduction: { string: "add" },
    });
  },
  oneHot(node, graph) {
    const [labels] = node.inputs;
    const column = graph.op("Reshape", [graph.read(labels), graph.ints([-1, 1])]);
    const classes = graph.numbers(Array.from({ length: node.attributes.classes }, (_, label) => label));
    graph.give(resultOf(node), "Cast", [graph.op("Equal", [column, classes])], { to: { int: 1 } });
  },
  stopGradient: same("Identity"),
  reshape: (node, graph) =>
    graph.give(resultOf(node), "Reshape", [graph.read(node.inputs[0]), graph.ints(node.attributes.shape)]),

  adam: updateRow,
  adamw: updateRow,
  rmsprop: updateRow,
  sgd: updateRow,
};

/** A sum or mean over axes; without any, ONNX would take all of them. */
function reduce(
  graph: Graph,
  node: Node<string, { readonly axes: readonly number[]; readonly keepDims: boolean }>,
  operator: "ReduceSum" | "ReduceMean",
): void {
  const [x] = node.inputs.map(graph.read);
  const { axes, keepDims } = node.attributes;
  if (axes.length === 0) graph.give(resultOf(node), "Identity", [x]);
  else graph.give(resultOf(node), operator, [x, graph.ints(axes)], { keepdims: { int: Number(keepDims) } });
}

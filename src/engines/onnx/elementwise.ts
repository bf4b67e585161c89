// The rows of ops that treat each element for itself: activations, arithmetic, losses.
import { type Node, type Value, valuesOf } from "../../tensor/index.js";
import { seluAlpha, seluScale } from "../../tensor/ops/selu.js";
import type { Lowering } from "../engine.js";
import type { Graph } from "./graph.js";

/** A row of an operator that does just what the op does. */
export const same =
  (operator: string) =>
  (node: Node, graph: Graph): void =>
    graph.give(resultOf(node), operator, node.inputs.map(graph.read));

export function resultOf(node: Node): Value {
  const [value] = valuesOf(node);
  return value;
}

const isPositive = (graph: Graph, x: string): string => graph.op("Greater", [x, graph.number(0)]);

/** Products and sums whose second operand may be a constant. */
function arithmetic(graph: Graph): Readonly<Record<"times" | "plus", (a: string, b: string | number) => string>> {
  const operand = (b: string | number): string => (typeof b === "number" ? graph.number(b) : b);
  return { times: (a, b) => graph.op("Mul", [a, operand(b)]), plus: (a, b) => graph.op("Add", [a, operand(b)]) };
}

/** The limits as inputs of Clip, "" for none. */
function limits(graph: Graph, range: { readonly minimum: number; readonly maximum: number }): readonly string[] {
  return [range.minimum, range.maximum].map((limit) => (Number.isFinite(limit) ? graph.number(limit) : ""));
}

export const elementwise = {
  relu: same("Relu"),
  reluGradient(node, graph) {
    const [y, dy] = node.inputs.map(graph.read);
    graph.give(resultOf(node), "Where", [isPositive(graph, y), dy, graph.number(0)]);
  },
  elu: (node, graph) =>
    graph.give(resultOf(node), "Elu", node.inputs.map(graph.read), { alpha: { float: node.attributes.alpha } }),
  eluGradient(node, graph) {
    const [y, dy] = node.inputs.map(graph.read);
    const { alpha } = node.attributes;
    if (alpha === 1) {
      // Above 0 the slope is 1, and so is the smaller of y + 1 and 1; below, y + 1 is the smaller.
      const slope = graph.op("Min", [graph.op("Add", [y, graph.number(1)]), graph.number(1)]);
      graph.give(resultOf(node), "Mul", [dy, slope]);
      return;
    }
    const below = graph.op("Mul", [dy, graph.op("Add", [y, graph.number(alpha)])]);
    graph.give(resultOf(node), "Where", [isPositive(graph, y), dy, below]);
  },
  sigmoid: same("Sigmoid"),
  sigmoidGradient(node, graph) {
    const [y, dy] = node.inputs.map(graph.read);
    graph.give(resultOf(node), "Mul", [dy, graph.op("Sub", [y, graph.op("Mul", [y, y])])]);
  },
  tanh: same("Tanh"),
  tanhGradient(node, graph) {
    const [y, dy] = node.inputs.map(graph.read);
    graph.give(resultOf(node), "Mul", [dy, graph.op("Sub", [graph.number(1), graph.op("Mul", [y, y])])]);
  },

  leakyRelu: (node, graph) =>
    graph.give(resultOf(node), "LeakyRelu", node.inputs.map(graph.read), { alpha: { float: node.attributes.slope } }),
  leakyReluGradient(node, graph) {
    const [y, dy] = node.inputs.map(graph.read);
    const below = graph.op("Mul", [dy, graph.number(node.attributes.slope)]);
    graph.give(resultOf(node), "Where", [isPositive(graph, y), dy, below]);
  },
  selu: (node, graph) =>
    graph.give(resultOf(node), "Selu", node.inputs.map(graph.read), {
      alpha: { float: seluAlpha },
      gamma: { float: seluScale },
    }),
  seluGradient(node, graph) {
    const [y, dy] = node.inputs.map(graph.read);
    const below = graph.op("Add", [y, graph.number(seluScale * seluAlpha)]);
    const slope = graph.op("Where", [isPositive(graph, y), graph.number(seluScale), below]);
    graph.give(resultOf(node), "Mul", [dy, slope]);
  },
  gelu: (node, graph) =>
    graph.give(resultOf(node), "Gelu", node.inputs.map(graph.read), {
      approximate: { string: node.attributes.approximation },
    }),
  geluGradient(node, graph) {
    const [x, dy] = node.inputs.map(graph.read);
    const { times, plus } = arithmetic(graph);
    const square = times(x, x);
    if (node.attributes.approximation === "none") {
      const share = times(plus(graph.op("Erf", [times(x, Math.SQRT1_2)]), 1), 0.5);
      const density = times(graph.op("Exp", [times(square, -0.5)]), 1 / Math.sqrt(2 * Math.PI));
      graph.give(resultOf(node), "Mul", [dy, plus(share, times(x, density))]);
      return;
    }
    // With t = tanh(√(2/π)·(x + c·x³)): (1 + t)/2 + x/2·(1 − t²)·√(2/π)·(1 + 3c·x²).
    const [root, cubeShare] = [Math.sqrt(2 / Math.PI), 0.044715];
    const bend = graph.op("Tanh", [times(x, plus(times(square, root * cubeShare), root))]);
    const inner = plus(times(square, 1.5 * root * cubeShare), root / 2);
    const rest = graph.op("Sub", [graph.number(1), times(bend, bend)]);
    const slope = plus(times(plus(bend, 1), 0.5), times(times(x, rest), inner));
    graph.give(resultOf(node), "Mul", [dy, slope]);
  },
  silu(node, graph) {
    const [x] = node.inputs.map(graph.read);
    graph.give(resultOf(node), "Mul", [x, graph.op("Sigmoid", [x])]);
  },
  siluGradient(node, graph) {
    const [x, dy] = node.inputs.map(graph.read);
    const { times, plus } = arithmetic(graph);
    const share = graph.op("Sigmoid", [x]);
    const rest = graph.op("Sub", [graph.number(1), share]);
    graph.give(resultOf(node), "Mul", [times(dy, share), plus(times(x, rest), 1)]);
  },
  softplus(node, graph) {
    const [x] = node.inputs.map(graph.read);
    const { beta, threshold } = node.attributes;
    const scaled = beta === 1 ? x : graph.op("Mul", [x, graph.number(beta)]);
    const soft = graph.op("Mul", [graph.op("Softplus", [scaled]), graph.number(1 / beta)]);
    const isBeyond = graph.op("Greater", [scaled, graph.number(threshold)]);
    graph.give(resultOf(node), "Where", [isBeyond, x, soft]);
  },
  softplusGradient(node, graph) {
    const [x, dy] = node.inputs.map(graph.read);
    const { beta, threshold } = node.attributes;
    const scaled = beta === 1 ? x : graph.op("Mul", [x, graph.number(beta)]);
    const isBeyond = graph.op("Greater", [scaled, graph.number(threshold)]);
    const slope = graph.op("Where", [isBeyond, graph.number(1), graph.op("Sigmoid", [scaled])]);
    graph.give(resultOf(node), "Mul", [dy, slope]);
  },

  exp: same("Exp"),
  log: same("Log"),
  sqrt: same("Sqrt"),
  abs: same("Abs"),
  absGradient(node, graph) {
    const [x, dy] = node.inputs.map(graph.read);
    graph.give(resultOf(node), "Mul", [graph.op("Sign", [x]), dy]);
  },
  power(node, graph) {
    const [x] = node.inputs.map(graph.read);
    graph.give(resultOf(node), "Pow", [x, graph.number(node.attributes.exponent)]);
  },
  clamp(node, graph) {
    const [x] = node.inputs.map(graph.read);
    graph.give(resultOf(node), "Clip", [x, ...limits(graph, node.attributes)]);
  },
  clampGradient(node, graph) {
    const [x, dy] = node.inputs.map(graph.read);
    const { minimum, maximum } = node.attributes;
    const isInside = graph.op("And", [
      graph.op("Greater", [x, graph.number(minimum)]),
      graph.op("Less", [x, graph.number(maximum)]),
    ]);
    graph.give(resultOf(node), "Where", [isInside, dy, graph.number(0)]);
  },

  add: same("Add"),
  sub: same("Sub"),
  mul: same("Mul"),
  div: same("Div"),
  maximum: same("Max"),
  minimum: same("Min"),
  maximumGradient(node, graph) {
    const [a, b, dy] = node.inputs.map(graph.read);
    const [da, db] = valuesOf(node);
    // (1 + sign(a − b)) / 2 is 1 where a is the larger, 0 where b is, and a half where they are equal.
    const sign = graph.op("Sign", [graph.op("Sub", [a, b])]);
    const share = graph.op("Mul", [graph.op("Add", [sign, graph.number(1)]), graph.number(0.5)]);
    graph.give(da, "Mul", [dy, share]);
    graph.give(db, "Sub", [dy, graph.read(da)]);
  },
  linear(node, graph) {
    const [x] = node.inputs.map(graph.read);
    const { scale, shift } = node.attributes;
    const result = resultOf(node);
    if (shift === 0) graph.give(result, "Mul", [x, graph.number(scale)]);
    else graph.give(result, "Add", [scale === 1 ? x : graph.op("Mul", [x, graph.number(scale)]), graph.number(shift)]);
  },
  scaledAdd(node, graph) {
    const [a, b] = node.inputs.map(graph.read);
    const { scaleA, scaleB } = node.attributes;
    const scaled = (name: string, scale: number): string =>
      scale === 1 ? name : graph.op("Mul", [name, graph.number(scale)]);
    graph.give(resultOf(node), "Add", [scaled(a, scaleA), scaled(b, scaleB)]);
  },
  binaryCrossEntropy(node, graph) {
    const [p, t] = node.inputs.map(graph.read);
    const log = (of: string): string => graph.op("Max", [graph.op("Log", [of]), graph.number(-100)]);
    const whole = log(p);
    const rest = log(graph.op("Sub", [graph.number(1), p]));
    // −t·ln p − (1 − t)·ln(1 − p) = t·(ln(1 − p) − ln p) − ln(1 − p)
    graph.give(resultOf(node), "Sub", [graph.op("Mul", [t, graph.op("Sub", [rest, whole])]), rest]);
  },
  binaryCrossEntropyGradient(node, graph) {
    const [p, t, dy] = node.inputs.map(graph.read);
    const variance = graph.op("Max", [
      graph.op("Mul", [p, graph.op("Sub", [graph.number(1), p])]),
      graph.number(1e-12),
    ]);
    graph.give(resultOf(node), "Div", [graph.op("Mul", [dy, graph.op("Sub", [p, t])]), variance]);
  },
} satisfies Partial<Lowering<Graph>>;

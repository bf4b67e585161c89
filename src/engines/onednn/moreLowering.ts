// How oneDNN computes the ops that are not the core of a convolutional network: further activations, arithmetic, moving
// data, sums over axes, means over windows, interpolation, normalisation of rows. Rows of the table in lowering.ts, which spreads them in.
import { type Node, sizeOf, type Value, valuesOf } from "../../tensor/index.js";
import type { AttributesOf, OpName } from "../../tensor/ops/index.js";
import { seluAlpha, seluScale } from "../../tensor/ops/selu.js";
import { stridesOf } from "../../tensor/ops/transpose.js";
import { type AxisWeights, adaptiveWeights, linearWeights, transposedWeights } from "../../tensor/ops/windows.js";
import type { Lowering } from "../engine.js";
import type { BinaryAlgorithm, EltwiseAlgorithm, PostOp } from "./adapter.js";
import { binary, eltwise, eltwiseGradient, pointwise, spread } from "./lowering.js";
import { dimsOf, type Placed, type Plan } from "./plan.js";

const function_ = (algorithm: EltwiseAlgorithm, alpha = 0, beta = 0): { readonly postOp: PostOp } => ({
  postOp: { kind: "eltwise", algorithm, alpha, beta },
});

/** A link of a chain that combines with a tensor of the same layout, or with one number everywhere. */
const operation = (
  algorithm: BinaryAlgorithm,
  operand: Placed,
): { readonly postOp: PostOp; readonly operand: Placed } => ({
  postOp: { kind: "binary", algorithm, layout: operand.layout },
  operand,
});

/** One number, seen with as many axes as the layout it meets. */
function number(plan: Plan, like: Placed, value: number): Placed {
  return plan.constant(plan.plain(like.layout.dims.map(() => 1)), value);
}

/** A chain of operations on the only input, after a factor. */
function chained(node: Node, plan: Plan, chain: Parameters<typeof pointwise>[3], factor = 1): void {
  const [x] = node.inputs;
  const data = plan.read(x);
  pointwise(plan, data, plan.writeOver(valuesOf(node)[0], x, data), chain, factor);
}

/**
 * Above such a threshold ln(1 + eˣ) is x in float32 anyway, since they differ by about e⁻¹⁸, less than 2⁻²⁴·18; and so is
 * their slope, which differs from 1 by e⁻¹⁸, less than 2⁻²⁵.
 */
const isBeyondFloat32 = (threshold: number): boolean => threshold >= 18;

function softmax(node: Node, plan: Plan, axis: number): void {
  const algorithm = "softmax";
  const [x] = node.inputs;
  const data = plan.readPlain(x);
  const primitive = plan.primitive({ kind: "softmax", algorithm, pass: "forwardTraining", axis, data: data.layout });
  plan.emit(primitive, ["source", data], ["destination", plan.writeOver(valuesOf(node)[0], x, data)]);
}

function softmaxGradient(algorithm: "softmax" | "logSoftmax", node: Node, plan: Plan, axis: number): void {
  const [y, dy] = node.inputs;
  const data = plan.readPlain(y);
  const gradient = plan.readPlain(dy);
  const shared = { kind: "softmax", algorithm, axis, data: data.layout } as const;
  const hint = plan.primitive({ ...shared, pass: "forwardTraining" });
  const primitive = plan.primitive({ ...shared, pass: "backward", gradient: gradient.layout, hint });
  plan.emit(
    primitive,
    ["destination", data],
    ["destinationGradient", gradient],
    ["sourceGradient", plan.writeOver(valuesOf(node)[0], dy, gradient)],
  );
}

/** The value with all axes of `shape`, repeated where it is broadcast. */
function full(plan: Plan, value: Value, shape: readonly number[]): Placed {
  const isFull = sizeOf(value.shape) === sizeOf(shape);
  return isFull ? { ...plan.readPlain(value), layout: plan.plain(shape) } : spread(plan, value, shape);
}

/** A placed value seen as row-major memory with other axes. */
const seenAs = (plan: Plan, placed: Placed, dims: readonly number[]): Placed => ({
  ...placed,
  layout: plan.plain(dims),
  written: plan.plain(dims),
});

/**
 * A linear map along one axis: y[outer, rows, inner] = matrix[rows, length] · x[outer, length, inner]. All are row-major,
 * whatever axes they are seen with. Products are the library's fastest way to reduce and to interpolate.
 */
function mapAxis(
  plan: Plan,
  x: Placed,
  [outer, length, inner]: readonly [number, number, number],
  matrix: Placed,
  rows: number,
  y: Placed,
): void {
  const product = (source: Placed, weights: Placed, destination: Placed): void => {
    const primitive = plan.primitive({
      kind: "matmul",
      source: source.layout,
      weights: weights.layout,
      destination: destination.layout,
    });
    plan.emit(primitive, ["source", source], ["weights", weights], ["destination", destination]);
  };
  if (inner === 1) {
    const turned = { ...matrix, layout: plan.adapter.strided([length, rows], [1, length]) };
    product(seenAs(plan, x, [outer, length]), turned, seenAs(plan, y, [outer, rows]));
  } else if (outer === 1) {
    product(seenAs(plan, matrix, [rows, length]), seenAs(plan, x, [length, inner]), seenAs(plan, y, [rows, inner]));
  } else {
    const source = seenAs(plan, matrix, [1, rows, length]);
    product(source, seenAs(plan, x, [outer, length, inner]), seenAs(plan, y, [outer, rows, inner]));
  }
}

/** x, row-major, summed over axes and times a factor, into y. Neighbouring axes that go are one sum. */
function sumAxes(
  plan: Plan,
  x: Placed,
  shape: readonly number[],
  axes: readonly number[],
  factor: number,
  y: Placed,
): void {
  const runs: { start: number; end: number }[] = [];
  for (const axis of [...axes].sort((a, b) => a - b).filter((one) => shape[one] > 1)) {
    const last = runs.at(-1);
    if (last !== undefined && last.end === axis) last.end = axis + 1;
    else runs.push({ start: axis, end: axis + 1 });
  }
  if (runs.length === 0) {
    // Only axes of length 1 go, so that a mean's factor is 1 too.
    plan.reorder(seenAs(plan, x, [sizeOf(shape)]), seenAs(plan, y, [sizeOf(shape)]));
    return;
  }
  let from = x;
  let dims = shape;
  for (const { start, end } of runs.reverse()) {
    const [outer, length, inner] = [
      sizeOf(dims.slice(0, start)),
      sizeOf(dims.slice(start, end)),
      sizeOf(dims.slice(end)),
    ] as const;
    const isLast = start === runs[runs.length - 1].start;
    const to = isLast ? y : plan.scratch(plan.plain([outer, inner]));
    const ones = plan.constant(plan.plain([1, length]), isLast ? factor : 1);
    mapAxis(plan, from, [outer, length, inner], ones, 1, to);
    dims = [...dims.slice(0, start), ...dims.slice(end)];
    from = to;
  }
}

function reduce(node: Node, plan: Plan, axes: readonly number[], factor: number): void {
  const [x] = node.inputs;
  const [y] = valuesOf(node);
  sumAxes(plan, plan.readPlain(x), x.shape, axes, factor, plan.write(y, plan.plain(y.shape)));
}

/** An operation on two row-major values, the second of which may be broadcast, and a chain of further ones. */
function combine(
  plan: Plan,
  algorithm: BinaryAlgorithm,
  source: Placed,
  source1: Placed,
  destination: Placed,
  chain: Parameters<typeof pointwise>[3] = [],
): void {
  const layouts = { source: source.layout, source1: source1.layout, destination: destination.layout };
  const postOps = chain.map(({ postOp }) => postOp);
  const primitive = plan.primitive({ kind: "binary", algorithm, ...layouts }, { postOps });
  plan.emit(
    primitive,
    ["source", source],
    ["source1", source1],
    ...chain.flatMap(({ operand }, i) => (operand === undefined ? [] : [[`postOp${i}`, operand] as const])),
    ["destination", destination],
  );
}

type Rows = Pick<
  Lowering<Plan>,
  Extract<
    OpName,
    | "leakyRelu"
    | "leakyReluGradient"
    | "selu"
    | "seluGradient"
    | "gelu"
    | "geluGradient"
    | "silu"
    | "siluGradient"
    | "softplus"
    | "softplusGradient"
    | "clamp"
    | "clampGradient"
    | "exp"
    | "log"
    | "sqrt"
    | "power"
    | "abs"
    | "absGradient"
    | "div"
    | "maximum"
    | "minimum"
    | "maximumGradient"
    | "softmax"
    | "softmaxGradient"
    | "logSoftmax"
    | "logSoftmaxGradient"
    | "transpose"
    | "slice"
    | "pad"
    | "concat"
    | "sum"
    | "meanOver"
    | "avgPool2d"
    | "avgPool2dGradient"
    | "adaptiveAvgPool2d"
    | "adaptiveAvgPool2dGradient"
    | "upsampleBilinear"
    | "upsampleBilinearGradient"
    | "gather"
    | "gatherGradient"
    | "oneHot"
    | "layerNorm"
    | "layerNormGradient"
    | "groupNorm"
    | "groupNormGradient"
  >
>;

export const moreLowering: Rows = {
  leakyRelu: (node, plan) => eltwise("relu", node, plan, node.attributes.slope),
  leakyReluGradient: (node, plan) => eltwiseGradient("reluFromOutput", node, plan, node.attributes.slope),
  selu: (node, plan) => chained(node, plan, [function_("elu", seluAlpha), function_("linear", seluScale)]),
  seluGradient(node, plan) {
    // dy·(min(y, 0) + scale·alpha + (scale − scale·alpha where y is above 0))
    const [y, dy] = node.inputs;
    const data = plan.read(y);
    const gradient = plan.readAs(dy, data.layout);
    const positive = plan.scratch(data.layout);
    const base = seluScale * seluAlpha;
    pointwise(plan, data, positive, [
      operation("greater", number(plan, data, 0)),
      function_("linear", seluScale - base, base),
    ]);
    pointwise(plan, data, plan.writeOver(valuesOf(node)[0], dy, gradient), [
      function_("clip", Number.NEGATIVE_INFINITY, 0),
      operation("add", positive),
      operation("mul", gradient),
    ]);
  },
  gelu: (node, plan) => eltwise(node.attributes.approximation === "none" ? "geluErf" : "geluTanh", node, plan),
  geluGradient: (node, plan) =>
    eltwiseGradient(node.attributes.approximation === "none" ? "geluErf" : "geluTanh", node, plan, 0, "source"),
  silu: (node, plan) => eltwise("swish", node, plan, 1),
  siluGradient: (node, plan) => eltwiseGradient("swish", node, plan, 1, "source"),
  softplus(node, plan) {
    const { beta, threshold } = node.attributes;
    const [x] = node.inputs;
    const data = plan.read(x);
    // Version 3 reads the first number as the sharpness.
    const smooth = [function_("softRelu", 1), function_("linear", 1 / beta)];
    if (isBeyondFloat32(threshold)) {
      chained(node, plan, smooth, beta);
      return;
    }
    const soft = plan.scratch(data.layout);
    pointwise(plan, data, soft, smooth, beta);
    const above = plan.scratch(data.layout);
    pointwise(plan, data, above, [operation("greater", number(plan, data, threshold / beta))]);
    pointwise(plan, data, plan.write(valuesOf(node)[0], data.layout), [
      operation("sub", soft),
      operation("mul", above),
      operation("add", soft),
    ]);
  },
  softplusGradient(node, plan) {
    const { beta, threshold } = node.attributes;
    const [x, dy] = node.inputs;
    const data = plan.read(x);
    const gradient = plan.readAs(dy, data.layout);
    const chain = [function_("logistic"), operation("mul", gradient)];
    if (!isBeyondFloat32(threshold)) {
      const above = plan.scratch(data.layout);
      pointwise(plan, data, above, [operation("greater", number(plan, data, threshold / beta))]);
      chain.splice(1, 0, operation("max", above));
    }
    pointwise(plan, data, plan.writeOver(valuesOf(node)[0], dy, gradient), chain, beta);
  },
  clamp: (node, plan) => eltwise("clip", node, plan, node.attributes.minimum, node.attributes.maximum),
  clampGradient(node, plan) {
    // The library's own gradient takes in the upper limit.
    const { minimum, maximum } = node.attributes;
    const [x, dy] = node.inputs;
    const data = plan.read(x);
    const gradient = plan.readAs(dy, data.layout);
    const chain = [operation("mul", gradient)];
    if (Number.isFinite(maximum)) {
      const below = plan.scratch(data.layout);
      pointwise(plan, data, below, [operation("greater", number(plan, data, -maximum))], -1);
      chain.push(operation("mul", below));
    }
    const limit = Number.isFinite(minimum) ? minimum : Number.NEGATIVE_INFINITY;
    const destination = plan.write(valuesOf(node)[0], data.layout);
    pointwise(plan, data, destination, [operation("greater", number(plan, data, limit)), ...chain]);
  },

  exp: (node, plan) => eltwise("exp", node, plan),
  log(node, plan) {
    // The library's logarithm is right to 4e-6 only. One step of Newton's method on eʸ = x mends it: y + (x·e⁻ʸ − 1),
    // with e⁻ʸ held finite so that the logarithm of 0 stays −∞.
    const [x] = node.inputs;
    const data = plan.read(x);
    const rough = plan.scratch(data.layout);
    pointwise(plan, data, rough, [function_("log")]);
    const destination = plan.write(valuesOf(node)[0], data.layout);
    const chain = [
      function_("clip", -87, 87),
      function_("exp"),
      operation("mul", data),
      function_("linear", 1, -1),
      operation("add", rough),
    ];
    pointwise(plan, rough, destination, chain, -1);
  },
  sqrt: (node, plan) => eltwise("sqrt", node, plan),
  power: (node, plan) => eltwise("pow", node, plan, 1, node.attributes.exponent),
  abs: (node, plan) => eltwise("abs", node, plan),
  absGradient: (node, plan) => eltwiseGradient("abs", node, plan, 0, "source"),
  div: (node, plan) => binary("div", node, plan),
  maximum: (node, plan) => binary("max", node, plan),
  minimum: (node, plan) => binary("min", node, plan),
  maximumGradient(node, plan) {
    const [a, b, dy] = node.inputs;
    const [da, db] = valuesOf(node);
    const gradient = plan.readPlain(dy);
    const [left, right] = [full(plan, a, dy.shape), full(plan, b, dy.shape)];
    // (a ≥ b) + (a > b) is 2, 1 for a tie, or 0. Comparisons with whole tensors come first in their chains, since 3.2
    // cannot make code for them as links.
    const notBelow = plan.scratch(gradient.layout);
    combine(plan, "greaterEqual", left, right, notBelow);
    const toFirst = plan.write(da, gradient.layout);
    combine(plan, "greater", left, right, toFirst, [
      operation("add", notBelow),
      function_("linear", 0.5),
      operation("mul", gradient),
    ]);
    pointwise(plan, gradient, plan.write(db, gradient.layout), [operation("sub", toFirst)]);
  },

  softmax: (node, plan) => softmax(node, plan, node.attributes.axis),
  softmaxGradient: (node, plan) => softmaxGradient("softmax", node, plan, node.attributes.axis),
  logSoftmax(node, plan) {
    // The library's logarithm is right to 4e-6 only. The exponentials of the result should add up to one: what they add
    // up to beyond it is, to second order, what the result is too large by.
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const { axis } = node.attributes;
    const data = plan.readPlain(x);
    const dims = [sizeOf(x.shape.slice(0, axis)), x.shape[axis], sizeOf(x.shape.slice(axis + 1))] as const;
    const [outer, length, inner] = dims;
    const rough = plan.scratch(data.layout);
    const algorithm = "logSoftmax";
    const primitive = plan.primitive({ kind: "softmax", algorithm, pass: "forwardTraining", axis, data: data.layout });
    plan.emit(primitive, ["source", data], ["destination", rough]);
    const shares = plan.scratch(data.layout);
    pointwise(plan, rough, shares, [function_("exp")]);
    const sums = plan.scratch(plan.plain([outer, 1, inner]));
    mapAxis(plan, shares, dims, plan.constant(plan.plain([1, length]), 1), 1, sums);
    combine(plan, "sub", seenAs(plan, rough, dims), sums, seenAs(plan, plan.write(y, data.layout), dims), [
      function_("linear", 1, 1),
    ]);
  },
  logSoftmaxGradient: (node, plan) => softmaxGradient("logSoftmax", node, plan, node.attributes.axis),

  transpose(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const strides = stridesOf(x.shape);
    const layout = plan.adapter.strided(
      dimsOf(y.shape),
      node.attributes.axes.map((axis) => strides[axis]),
    );
    plan.reorder({ ...plan.readPlain(x), layout }, plan.write(y, plan.plain(y.shape)));
  },
  slice(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.readPlain(x);
    const layout = plan.adapter.part(source.layout, y.shape, node.attributes.starts);
    plan.reorder({ ...source, layout }, plan.write(y, plan.plain(y.shape)));
  },
  pad(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.readPlain(x);
    const destination = plan.write(y, plan.plain(y.shape));
    plan.reorder(plan.constant(destination.layout, node.attributes.value), destination);
    const layout = plan.adapter.part(destination.layout, x.shape, node.attributes.before);
    plan.reorder(source, { ...destination, layout });
  },
  concat(node, plan) {
    const [y] = valuesOf(node);
    const { axis } = node.attributes;
    const sources = node.inputs.map((value) => plan.readPlain(value));
    const destination = plan.write(y, plan.plain(y.shape));
    let start = 0;
    node.inputs.forEach(({ shape }, i) => {
      const starts = shape.map((_, one) => (one === axis ? start : 0));
      const layout = plan.adapter.part(destination.layout, shape, starts);
      plan.reorder(sources[i], { ...destination, layout });
      start += shape[axis];
    });
  },
  sum: (node, plan) => reduce(node, plan, node.attributes.axes, 1),
  meanOver(node, plan) {
    const { axes } = node.attributes;
    const [{ shape }] = node.inputs;
    reduce(node, plan, axes, 1 / sizeOf(axes.map((axis) => shape[axis])));
  },

  avgPool2d(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.read(x);
    const primitive = plan.primitive({
      ...averagePooling(node.attributes),
      pass: "forwardInference",
      source: source.layout,
      destination: plan.adapter.any(y.shape),
    });
    plan.emit(primitive, ["source", source], ["destination", plan.write(y, primitive.layoutOf("destination"))]);
  },
  avgPool2dGradient(node, plan) {
    const [dy] = node.inputs;
    const [dx] = valuesOf(node);
    const destination = plan.read(dy);
    const shared = averagePooling(node.attributes);
    const hint = plan.primitive({
      ...shared,
      pass: "forwardInference",
      source: plan.plain(dx.shape),
      destination: plan.adapter.any(dy.shape),
    });
    const primitive = plan.primitive({
      ...shared,
      pass: "backward",
      source: plan.adapter.any(dx.shape),
      destination: destination.layout,
      hint,
    });
    const source = plan.write(dx, primitive.layoutOf("sourceGradient"));
    plan.emit(primitive, ["destinationGradient", destination], ["sourceGradient", source]);
  },
  adaptiveAvgPool2d: (node, plan) => mapPlanes(node, plan, adaptiveWeights),
  adaptiveAvgPool2dGradient: (node, plan) => mapPlanes(node, plan, backward(adaptiveWeights)),
  upsampleBilinear(node, plan) {
    const { alignCorners } = node.attributes;
    mapPlanes(node, plan, (input, output) => linearWeights(input, output, alignCorners));
  },
  upsampleBilinearGradient(node, plan) {
    const { alignCorners } = node.attributes;
    mapPlanes(
      node,
      plan,
      backward((input, output) => linearWeights(input, output, alignCorners)),
    );
  },
  gather(node, plan) {
    const { axis, indices } = node.attributes;
    const [x] = node.inputs;
    choose(node, plan, axis, choiceOf(indices, x.shape[axis]));
  },
  gatherGradient(node, plan) {
    const { axis, indices, length } = node.attributes;
    choose(node, plan, axis, transposedWeights(choiceOf(indices, length)));
  },
  oneHot(node, plan) {
    // 1 − |class − label|, held above 0.
    const [labels] = node.inputs;
    const [y] = valuesOf(node);
    const { classes } = node.attributes;
    const layout = plan.plain(y.shape);
    const numbers = Array.from({ length: sizeOf(y.shape) }, (_, i) => i % classes);
    const column = seenAs(plan, plan.readPlain(labels), [y.shape[0], 1]);
    combine(plan, "sub", plan.constant(layout, numbers), column, plan.write(y, layout), [
      function_("abs"),
      function_("linear", -1, 1),
      function_("clip", 0, 1),
    ]);
  },

  layerNorm: (node, plan) => rowNorm(node, plan, layerRows(node, node.attributes.normalizedRank)),
  layerNormGradient: (node, plan) => rowNormGradient(node, plan, layerRows(node, node.attributes.normalizedRank)),
  groupNorm: (node, plan) => rowNorm(node, plan, groupRows(node, node.attributes.groups)),
  groupNormGradient: (node, plan) => rowNormGradient(node, plan, groupRows(node, node.attributes.groups)),
};

function averagePooling({ kernel, stride, padding, countsPadding }: AttributesOf<"avgPool2d">) {
  const window = {
    strides: stride,
    dilates: [0, 0],
    paddingBefore: padding.slice(0, 2),
    paddingAfter: padding.slice(2),
  };
  return { kind: "averagePooling", countsPadding, kernel, window } as const;
}

const matrix = (plan: Plan, weights: AxisWeights): Placed =>
  plan.constant(plan.plain([weights.length, weights[0].length]), weights.flat());

/** The weights of the gradient of what has these weights. */
const backward =
  (weights: (input: number, output: number) => AxisWeights) =>
  (input: number, output: number): AxisWeights =>
    transposedWeights(weights(output, input));

/** A linear map of the columns of images and one of their rows, each from the old size and the new one. */
function mapPlanes(node: Node, plan: Plan, weights: (input: number, output: number) => AxisWeights): void {
  const [x] = node.inputs;
  const [y] = valuesOf(node);
  const [batch, channels, height, width] = x.shape;
  const [, , outputHeight, outputWidth] = y.shape;
  const planes = batch * channels;
  const between = plan.scratch(plan.plain([batch, channels, height, outputWidth]));
  const horizontal = matrix(plan, weights(width, outputWidth));
  mapAxis(plan, plan.readPlain(x), [planes * height, width, 1], horizontal, outputWidth, between);
  const vertical = matrix(plan, weights(height, outputHeight));
  const destination = plan.write(y, plan.plain(y.shape));
  mapAxis(plan, between, [planes, height, outputWidth], vertical, outputHeight, destination);
}

const choiceOf = (indices: readonly number[], length: number): AxisWeights =>
  indices.map((index) => Array.from({ length }, (_, place) => (place === index ? 1 : 0)));

function choose(node: Node, plan: Plan, axis: number, weights: AxisWeights): void {
  const [x] = node.inputs;
  const [y] = valuesOf(node);
  const dims = [sizeOf(x.shape.slice(0, axis)), x.shape[axis], sizeOf(x.shape.slice(axis + 1))] as const;
  const destination = plan.write(y, plan.plain(y.shape));
  mapAxis(plan, plan.readPlain(x), dims, matrix(plan, weights), weights.length, destination);
}

/** How layer norm and group norm see their input: rows with statistics of their own, and where scale and shift go. */
interface NormRows {
  readonly rows: number;
  readonly length: number;
  readonly epsilon: number;
  /** Axes of the input among which one is that of scale and shift. */
  readonly dims: readonly number[];
  readonly parameterAxis: number;
}

function layerRows({ inputs: [x], attributes }: Node, normalizedRank: number): NormRows {
  const outer = x.shape.length - normalizedRank;
  const [rows, length] = [sizeOf(x.shape.slice(0, outer)), sizeOf(x.shape.slice(outer))];
  const { epsilon } = attributes as AttributesOf<"layerNorm">;
  return { rows, length, epsilon, dims: [rows, length], parameterAxis: 1 };
}

function groupRows({ inputs: [x], attributes }: Node, groups: number): NormRows {
  const [batch, channels, ...plane] = x.shape;
  const area = sizeOf(plane);
  const { epsilon } = attributes as AttributesOf<"groupNorm">;
  const length = (channels / groups) * area;
  return { rows: batch * groups, length, epsilon, dims: [batch, channels, area], parameterAxis: 1 };
}

/** Scale or shift with ones for the other axes. */
function parameterOf(plan: Plan, value: Value, { dims, parameterAxis }: NormRows): Placed {
  const seen = dims.map((size, axis) => (axis === parameterAxis ? size : 1));
  return seenAs(plan, plan.readPlain(value), seen);
}

/** Rows are what batch normalisation calls the channels of one image. */
const asChannels = (plan: Plan, placed: Placed, { rows, length }: NormRows): Placed =>
  seenAs(plan, placed, [1, rows, 1, length]);

function rowNorm(node: Node, plan: Plan, norm: NormRows): void {
  const [x, scale, shift] = node.inputs;
  const [y, mean, variance] = valuesOf(node);
  const { rows, dims, epsilon } = norm;
  const data = asChannels(plan, plan.readPlain(x), norm);
  const statistics = plan.plain([rows]);
  const primitive = plan.primitive({
    kind: "batchNormalization",
    pass: "forwardTraining",
    data: data.layout,
    epsilon,
  });
  const normalised = plan.scratch(data.layout);
  plan.emit(
    primitive,
    ["source", data],
    ["scale", plan.constant(statistics, 1)],
    ["shift", plan.constant(statistics, 0)],
    ["mean", seenAs(plan, plan.write(mean, plan.plain(mean.shape)), [rows])],
    ["variance", seenAs(plan, plan.write(variance, plan.plain(variance.shape)), [rows])],
    ["destination", normalised],
  );
  const destination = seenAs(plan, plan.write(y, plan.plain(y.shape)), dims);
  combine(plan, "mul", seenAs(plan, normalised, dims), parameterOf(plan, scale, norm), destination);
  combine(plan, "add", destination, parameterOf(plan, shift, norm), destination);
}

function rowNormGradient(node: Node, plan: Plan, norm: NormRows): void {
  const [x, scale, mean, variance, dy] = node.inputs;
  const [dx, dscale, dshift] = valuesOf(node);
  const { rows, dims, parameterAxis, epsilon } = norm;
  const data = asChannels(plan, plan.readPlain(x), norm);
  const gradient = seenAs(plan, plan.readPlain(dy), dims);
  const statistics = plan.plain([rows]);
  const [ones, zeros] = [plan.constant(statistics, 1), plan.constant(statistics, 0)];
  const means = seenAs(plan, plan.readPlain(mean), [rows]);
  const variances = seenAs(plan, plan.readPlain(variance), [rows]);
  const shared = { kind: "batchNormalization", data: data.layout, epsilon } as const;

  const scaled = plan.scratch(gradient.layout);
  combine(plan, "mul", gradient, parameterOf(plan, scale, norm), scaled);
  const hint = plan.primitive({ ...shared, pass: "forwardTraining" });
  const toInput = plan.primitive({ ...shared, pass: "backward", gradient: data.layout, hint });
  plan.emit(
    toInput,
    ["source", data],
    ["mean", means],
    ["variance", variances],
    ["scale", ones],
    ...(plan.adapter.batchNormalizationBackwardTakesShift ? [["shift", zeros] as const] : []),
    ["destinationGradient", asChannels(plan, scaled, norm)],
    ["sourceGradient", asChannels(plan, plan.write(dx, plan.plain(dx.shape)), norm)],
    ["scaleGradient", plan.scratch(statistics)],
    ["shiftGradient", plan.scratch(statistics)],
  );

  const again = plan.primitive({ ...shared, pass: "forwardInference" });
  const normalised = plan.scratch(data.layout);
  plan.emit(
    again,
    ["source", data],
    ["scale", ones],
    ["shift", zeros],
    ["mean", means],
    ["variance", variances],
    ["destination", normalised],
  );
  const products = plan.scratch(gradient.layout);
  combine(plan, "mul", seenAs(plan, normalised, dims), gradient, products);
  const others = dims.map((_, axis) => axis).filter((axis) => axis !== parameterAxis);
  sumAxes(plan, products, dims, others, 1, plan.write(dscale, plan.plain(dscale.shape)));
  sumAxes(plan, gradient, dims, others, 1, plan.write(dshift, plan.plain(dshift.shape)));
}

// How oneDNN computes each op. Convolutions and dense layers let the library choose layouts; what follows takes them.
import { InternalError } from "../../base/errors.js";
import { type Node, sizeOf, type Value, valuesOf } from "../../tensor/index.js";
import type { Lowering } from "../engine.js";
import type { BinaryAlgorithm, EltwiseAlgorithm, Layout, PostOp, Primitive, Window } from "./adapter.js";
import { moreLowering } from "./moreLowering.js";
import { dimsOf, type Placed, type Plan } from "./plan.js";
import { updateApart } from "./updates.js";

interface ConvolutionAttributes {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly outputPadding?: readonly [number, number];
}

type ConvolutionKind = "convolution" | "deconvolution";

/** A convolution's kernel and window as the library wants them. */
interface Kernel {
  /** ([group,] output, input, height, width) */
  readonly dims: readonly number[];
  readonly window: Window;
  /** The weight in the layout that a primitive chose. */
  read(w: Value, layout: Layout): Placed;
  /** Storage for the weight's gradient in the layout that a primitive chose, filled by `compute`. */
  write(dw: Value, layout: Layout, compute: (placed: Placed) => void): void;
}

function kernelOf(
  kind: ConvolutionKind,
  shape: readonly number[],
  attributes: ConvolutionAttributes,
  plan: Plan,
): Kernel {
  const { stride, padding, dilation, groups, outputPadding = [0, 0] } = attributes;
  const written = writtenKernel(plan, shape, groups, kind === "deconvolution");
  // The library takes no padding below zero, which an output padding above the padding amounts to: the kernel then
  // gets rows and columns of zeros behind it, and the padding grows by as much.
  const after = [padding[2] - outputPadding[0], padding[3] - outputPadding[1]] as const;
  const added = after.map((size, axis) => Math.max(0, Math.ceil(-size / dilation[axis])));
  const window: Window = {
    strides: stride,
    dilates: dilation.map((distance) => distance - 1),
    paddingBefore: padding.slice(0, 2),
    paddingAfter: after.map((size, axis) => size + added[axis] * dilation[axis]),
  };
  if (added.every((count) => count === 0)) {
    return {
      dims: written.dims,
      window,
      read: (w, layout) => plan.readAs(w, layout, written),
      write: (dw, layout, compute) => compute(plan.write(dw, layout, written)),
    };
  }
  const rank = written.dims.length;
  const dims = written.dims.map((length, axis) => length + (axis < rank - 2 ? 0 : added[axis - rank + 2]));
  const whole = plan.plain(dims);
  const strides = dims.map((_, axis) => dims.slice(axis + 1).reduce((product, length) => product * length, 1));
  const part = plan.adapter.strided(written.dims, strides);
  return {
    dims,
    window,
    read(w, layout) {
      const extended = plan.constant(whole, 0);
      plan.reorder({ ...plan.readPlain(w), layout: written }, { ...extended, layout: part });
      const placed = plan.scratch(layout);
      plan.reorder(extended, placed);
      return placed;
    },
    write(dw, layout, compute) {
      const placed = plan.scratch(layout);
      compute(placed);
      const extended = plan.scratch(whole);
      plan.reorder(placed, extended);
      const destination = plan.write(dw, plan.plain(dw.shape));
      plan.reorder({ ...extended, layout: part }, { ...destination, layout: written });
    },
  };
}

/** How the row-major weight is seen with the library's axes; in a transposed one input and output change places. */
function writtenKernel(plan: Plan, shape: readonly number[], groups: number, isTransposed: boolean): Layout {
  const [first, second, height, width] = shape;
  const [output, input] = isTransposed ? [second, first / groups] : [first / groups, second];
  const dims = [...(groups === 1 ? [] : [groups]), output, input, height, width];
  if (!isTransposed) return plan.plain(dims);
  const area = height * width;
  const strides = [area, output * area, width, 1];
  return plan.adapter.strided(dims, groups === 1 ? strides : [input * output * area, ...strides]);
}

const activations: Readonly<Record<string, EltwiseAlgorithm>> = {
  relu: "relu",
  elu: "elu",
  sigmoid: "logistic",
  tanh: "tanh",
};

/** If an activation is all that follows, its post-op and the value it gives; its node counts as computed. */
function fusedActivation(plan: Plan, y: Value): { readonly value: Value; readonly postOps: readonly PostOp[] } {
  const user = plan.onlyUser(y);
  const algorithm = user === undefined ? undefined : activations[user.op];
  if (user === undefined || algorithm === undefined) return { value: y, postOps: [] };
  plan.fuse(user);
  const { alpha = 0 } = user.attributes as { readonly alpha?: number };
  return { value: valuesOf(user)[0], postOps: [{ kind: "eltwise", algorithm, alpha, beta: 0 }] };
}

function convolutionForward(kind: ConvolutionKind, node: Node, attributes: ConvolutionAttributes, plan: Plan): void {
  const { adapter } = plan;
  const [x, w, b] = node.inputs as readonly [Value, Value, Value | undefined];
  const [y] = valuesOf(node);
  const kernel = kernelOf(kind, w.shape, attributes, plan);
  const { value, postOps } = fusedActivation(plan, y);
  // A bias in a deconvolution's own forward pass falls to a slow path: it is added in a pass of its own.
  const isBiasApart = b !== undefined && kind === "deconvolution";
  const bias = b === undefined ? undefined : plan.readPlain(b);
  const primitive = plan.primitive(
    {
      kind,
      pass: "forwardTraining",
      source: adapter.any(x.shape),
      weights: adapter.any(kernel.dims),
      bias: isBiasApart ? undefined : bias?.layout,
      destination: adapter.any(y.shape),
      window: kernel.window,
    },
    { postOps: isBiasApart ? [] : postOps },
  );
  const source = plan.readAs(x, primitive.layoutOf("source"));
  const weights = kernel.read(w, primitive.layoutOf("weights"));
  const destination = writeNarrow(plan, value, primitive.layoutOf("destination"), (placed) => {
    plan.emit(
      primitive,
      ["source", source],
      ["weights", weights],
      ...(bias === undefined || isBiasApart ? [] : [["bias", bias] as const]),
      ["destination", placed],
    );
  });
  if (bias === undefined || !isBiasApart) return;
  const { layout } = destination;
  const channels = { ...bias, layout: plan.plain([1, y.shape[1], 1, 1]) };
  const blocked = plan.scratch(adapter.channelVector(y.shape[1], layout));
  plan.reorder(channels, blocked);
  const add = plan.primitive(
    { kind: "binary", algorithm: "add", source: layout, source1: blocked.layout, destination: layout },
    { postOps },
  );
  plan.emit(add, ["source", destination], ["source1", blocked], ["destination", destination]);
}

/**
 * One pass over memory that applies a chain of operations to each element, after a factor. It is a binary primitive
 * because those have fast code for every chain; eltwise primitives with operands in their chain have not.
 */
export function pointwise(
  plan: Plan,
  source: Placed,
  destination: Placed,
  chain: readonly { readonly postOp: PostOp; readonly operand?: Placed }[],
  factor = 1,
): void {
  const one = plan.plain(source.layout.dims.map(() => 1));
  const primitive = plan.primitive(
    { kind: "binary", algorithm: "mul", source: source.layout, source1: one, destination: destination.layout },
    { postOps: chain.map(({ postOp }) => postOp), ...(factor === 1 ? {} : { sourceScales: [factor, 1] as const }) },
  );
  plan.emit(
    primitive,
    ["source", source],
    ["source1", plan.constant(one, 1)],
    ...chain.flatMap(({ operand }, i) => (operand === undefined ? [] : [[`postOp${i}`, operand] as const])),
    ["destination", destination],
  );
}

/**
 * Writes a convolution's output. Where its blocks hold mostly padding (one channel in a block of sixteen), what follows
 * reads it row-major instead.
 */
function writeNarrow(plan: Plan, value: Value, layout: Layout, compute: (placed: Placed) => void): Placed {
  const plain = plan.plain(value.shape);
  if (plan.adapter.bytesOf(layout) < 2 * plan.adapter.bytesOf(plain)) {
    const placed = plan.write(value, layout);
    compute(placed);
    return placed;
  }
  const wide = plan.scratch(layout);
  compute(wide);
  const narrow = plan.write(value, plain);
  plan.reorder(wide, narrow);
  return narrow;
}

function forwardHint(
  kind: ConvolutionKind,
  plan: Plan,
  x: readonly number[],
  kernel: Kernel,
  y: readonly number[],
): Primitive {
  return plan.primitive({
    kind,
    pass: "forwardTraining",
    source: plan.adapter.any(x),
    weights: plan.adapter.any(kernel.dims),
    bias: undefined,
    destination: plan.adapter.any(y),
    window: kernel.window,
  });
}

function convolutionInputGradient(
  kind: ConvolutionKind,
  node: Node,
  attributes: ConvolutionAttributes,
  plan: Plan,
): void {
  const { adapter } = plan;
  const [dy, w] = node.inputs;
  const [dx] = valuesOf(node);
  const kernel = kernelOf(kind, w.shape, attributes, plan);
  const primitive = plan.primitive({
    kind,
    pass: "backwardData",
    source: adapter.any(dx.shape),
    weights: adapter.any(kernel.dims),
    bias: undefined,
    destination: adapter.any(dy.shape),
    window: kernel.window,
    hint: forwardHint(kind, plan, dx.shape, kernel, dy.shape),
  });
  const destination = plan.readAs(dy, primitive.layoutOf("destinationGradient"));
  const weights = kernel.read(w, primitive.layoutOf("weights"));
  writeNarrow(plan, dx, primitive.layoutOf("sourceGradient"), (source) => {
    plan.emit(primitive, ["destinationGradient", destination], ["weights", weights], ["sourceGradient", source]);
  });
}

function convolutionWeightGradient(
  kind: ConvolutionKind,
  node: Node,
  attributes: ConvolutionAttributes,
  plan: Plan,
): void {
  const { adapter } = plan;
  const [x, dy] = node.inputs;
  const [dw, db] = valuesOf(node) as readonly [Value, Value | undefined];
  const kernel = kernelOf(kind, dw.shape, attributes, plan);
  const bias = db === undefined ? undefined : plan.plain(db.shape);
  const primitive = plan.primitive({
    kind,
    pass: "backwardWeights",
    source: adapter.any(x.shape),
    weights: adapter.any(kernel.dims),
    bias,
    destination: adapter.any(dy.shape),
    window: kernel.window,
    hint: forwardHint(kind, plan, x.shape, kernel, dy.shape),
  });
  const source = plan.readAs(x, primitive.layoutOf("source"));
  const destination = plan.readAs(dy, primitive.layoutOf("destinationGradient"));
  kernel.write(dw, primitive.layoutOf("weightsGradient"), (weights) => {
    plan.emit(
      primitive,
      ["source", source],
      ["destinationGradient", destination],
      ["weightsGradient", weights],
      ...(db === undefined || bias === undefined ? [] : [["biasGradient", plan.write(db, bias)] as const]),
    );
  });
}

export function eltwise(
  algorithm: EltwiseAlgorithm,
  node: Node,
  plan: Plan,
  alpha = 0,
  beta = 0,
  postOps: readonly PostOp[] = [],
): void {
  const [x] = node.inputs;
  const [y] = valuesOf(node);
  const data = plan.read(x);
  const primitive = plan.primitive(
    { kind: "eltwise", pass: "forwardTraining", algorithm, data: data.layout, alpha, beta },
    { postOps },
  );
  plan.emit(primitive, ["source", data], ["destination", plan.writeOver(y, x, data)]);
}

/** Backward of an activation, from its output or, where the algorithm says so, from its input. */
export function eltwiseGradient(
  algorithm: EltwiseAlgorithm,
  node: Node,
  plan: Plan,
  alpha = 0,
  from: "source" | "destination" = "destination",
): void {
  const [known, dy] = node.inputs;
  const [dx] = valuesOf(node);
  const data = plan.read(known);
  const gradient = plan.readAs(dy, data.layout);
  const shared = { kind: "eltwise", algorithm, data: data.layout, alpha, beta: 0 } as const;
  const hint = plan.primitive({ ...shared, pass: "forwardTraining" });
  const primitive = plan.primitive({ ...shared, pass: "backward", gradient: gradient.layout, hint });
  plan.emit(
    primitive,
    [from, data],
    ["destinationGradient", gradient],
    ["sourceGradient", plan.writeOver(dx, dy, gradient)],
  );
}

/** A value with ones put before its axes, row-major, as broadcasting wants it. */
export function broadcastable(plan: Plan, value: Value, rank: number): Placed {
  const dims = [...Array.from({ length: rank - value.shape.length }, () => 1), ...value.shape];
  return { ...plan.readPlain(value), layout: plan.plain(dims) };
}

/** `value` seen with `shape`, by adding it to zeros. */
export function spread(plan: Plan, value: Value, shape: readonly number[]): Placed {
  const dims = dimsOf(shape);
  const layout = plan.plain(dims);
  const zeros = plan.constant(layout, 0);
  const small = broadcastable(plan, value, dims.length);
  const full = plan.scratch(layout);
  const primitive = plan.primitive({
    kind: "binary",
    algorithm: "add",
    source: layout,
    source1: small.layout,
    destination: layout,
  });
  plan.emit(primitive, ["source", zeros], ["source1", small], ["destination", full]);
  return full;
}

export function binary(
  algorithm: BinaryAlgorithm,
  node: Node,
  plan: Plan,
  sourceScales?: readonly [number, number],
): void {
  const [a, b] = node.inputs;
  const [y] = valuesOf(node);
  const size = sizeOf(y.shape);
  const fits = (value: Value): boolean => sizeOf(value.shape) === size && value.shape.length === y.shape.length;
  // The library broadcasts its second source only.
  const swapped = !fits(a) && fits(b) && (algorithm === "add" || algorithm === "mul") && sourceScales === undefined;
  const [large, small] = swapped ? [b, a] : [a, b];
  const source = fits(large) ? plan.read(large) : spread(plan, large, y.shape);
  const source1 = fits(small) ? plan.readAs(small, source.layout) : broadcastable(plan, small, dimsOf(y.shape).length);
  const primitive = plan.primitive(
    { kind: "binary", algorithm, source: source.layout, source1: source1.layout, destination: source.layout },
    sourceScales === undefined ? {} : { sourceScales },
  );
  const destination = fits(large) ? plan.writeOver(y, large, source) : plan.write(y, source.layout);
  plan.emit(primitive, ["source", source], ["source1", source1], ["destination", destination]);
}

function batchNormGradient(pass: "backward" | "backwardInference", node: Node, epsilon: number, plan: Plan): void {
  const [x, scale, mean, variance, dy] = node.inputs;
  const [dx, dscale, dshift] = valuesOf(node);
  const lies = readToNormalize(plan, x);
  const data = imageLike(plan, lies, x);
  // [batch, channel] values are normalised row-major whatever layout they lie in, and so is their gradient.
  const slope = data.layout === lies.layout ? plan.readAs(dy, lies.layout) : plan.readPlain(dy);
  const gradient = imageLike(plan, slope, dy);
  const forward = pass === "backward" ? "forwardTraining" : "forwardInference";
  const hint = plan.primitive({ kind: "batchNormalization", pass: forward, data: data.layout, epsilon });
  const primitive = plan.primitive({
    kind: "batchNormalization",
    pass,
    data: data.layout,
    gradient: gradient.layout,
    epsilon,
    hint,
  });
  const channels = plan.plain(scale.shape);
  const destination = plan.writeOver(dx, dy, slope);
  plan.emit(
    primitive,
    ["source", data],
    ["mean", plan.readPlain(mean)],
    ["variance", plan.readPlain(variance)],
    ["scale", plan.readPlain(scale)],
    ...(plan.adapter.batchNormalizationBackwardTakesShift ? [["shift", plan.constant(channels, 0)] as const] : []),
    ["destinationGradient", gradient],
    ["sourceGradient", { ...destination, layout: data.layout }],
    ["scaleGradient", plan.write(dscale, channels)],
    ["shiftGradient", plan.write(dshift, channels)],
  );
}

function readToNormalize(plan: Plan, x: Value): Placed {
  const lies = plan.read(x);
  return x.shape.length === 4 ? plan.readAs(x, plan.adapter.batchNormalizationLayout(lies.layout)) : lies;
}

/** Batch normalisation of [batch, channel] is done on [batch, channel, 1, 1]. */
function imageLike(plan: Plan, placed: Placed, value: Value): Placed {
  if (value.shape.length !== 2) return placed;
  return { ...plan.readPlain(value), layout: plan.plain([...value.shape, 1, 1]) };
}

function batchNorm(pass: "forwardTraining" | "forwardInference", node: Node, epsilon: number, plan: Plan): void {
  const [x, scale, shift, mean, variance] = node.inputs;
  const outputs = valuesOf(node);
  const [y] = outputs;
  // With given statistics there is nothing to sum.
  const lies = pass === "forwardTraining" ? readToNormalize(plan, x) : plan.read(x);
  const data = imageLike(plan, lies, x);
  const primitive = plan.primitive({ kind: "batchNormalization", pass, data: data.layout, epsilon });
  const channels = plan.plain(scale.shape);
  const statistics =
    pass === "forwardTraining"
      ? [plan.write(outputs[1], channels), plan.write(outputs[2], channels)]
      : [plan.readPlain(mean), plan.readPlain(variance)];
  const { layout: before } = plan.read(x);
  const isElsewhere = !plan.adapter.sameLayout(lies.layout, before);
  const destination = isElsewhere
    ? plan.scratch(lies.layout)
    : data.layout === lies.layout
      ? plan.writeOver(y, x, lies)
      : plan.write(y, plan.plain(y.shape));
  plan.emit(
    primitive,
    ["source", data],
    ["scale", plan.readPlain(scale)],
    ["shift", plan.readPlain(shift)],
    ["mean", statistics[0]],
    ["variance", statistics[1]],
    ["destination", { ...destination, layout: data.layout }],
  );
  // Back to where the input lay: blocks of few channels are mostly padding, which all that follows would compute too.
  if (isElsewhere) plan.reorder(destination, plan.write(y, before));
}

interface PoolAttributes {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
}
function poolWindow({ stride, padding }: PoolAttributes): Window {
  return { strides: stride, dilates: [0, 0], paddingBefore: padding.slice(0, 2), paddingAfter: padding.slice(2) };
}

export const lowering: Lowering<Plan> = {
  // Leaves are placed when something reads them.
  input: () => {},
  state: () => {},
  fill(node, plan) {
    const [y] = valuesOf(node);
    plan.alias(y, plan.constant(plan.plain(y.shape), node.attributes.value));
  },

  conv2d: (node, plan) => convolutionForward("convolution", node, node.attributes, plan),
  conv2dInputGradient: (node, plan) => convolutionInputGradient("convolution", node, node.attributes, plan),
  conv2dWeightGradient: (node, plan) => convolutionWeightGradient("convolution", node, node.attributes, plan),
  convTranspose2d: (node, plan) => convolutionForward("deconvolution", node, node.attributes, plan),
  convTranspose2dInputGradient: (node, plan) => convolutionInputGradient("deconvolution", node, node.attributes, plan),
  convTranspose2dWeightGradient: (node, plan) =>
    convolutionWeightGradient("deconvolution", node, node.attributes, plan),

  dense(node, plan) {
    const { adapter } = plan;
    const [x, w, b] = node.inputs as readonly [Value, Value, Value | undefined];
    const { value, postOps } = fusedActivation(plan, valuesOf(node)[0]);
    const bias = b === undefined ? undefined : plan.readPlain(b);
    const primitive = plan.primitive(
      {
        kind: "innerProduct",
        pass: "forwardTraining",
        source: adapter.any(x.shape),
        weights: adapter.any(w.shape),
        bias: bias?.layout,
        destination: adapter.any(value.shape),
      },
      { postOps },
    );
    const source = plan.readAs(x, primitive.layoutOf("source"));
    const weights = plan.readAs(w, primitive.layoutOf("weights"));
    plan.emit(
      primitive,
      ["source", source],
      ["weights", weights],
      ...(bias === undefined ? [] : [["bias", bias] as const]),
      ["destination", plan.write(value, primitive.layoutOf("destination"))],
    );
  },
  denseInputGradient(node, plan) {
    const { adapter } = plan;
    const [dy, w] = node.inputs;
    const [dx] = valuesOf(node);
    const shapes = {
      source: adapter.any(dx.shape),
      weights: adapter.any(w.shape),
      bias: undefined,
      destination: adapter.any(dy.shape),
    };
    const hint = plan.primitive({ kind: "innerProduct", pass: "forwardTraining", ...shapes });
    const primitive = plan.primitive({ kind: "innerProduct", pass: "backwardData", ...shapes, hint });
    const destination = plan.readAs(dy, primitive.layoutOf("destinationGradient"));
    const weights = plan.readAs(w, primitive.layoutOf("weights"));
    const source = plan.write(dx, primitive.layoutOf("sourceGradient"));
    plan.emit(primitive, ["destinationGradient", destination], ["weights", weights], ["sourceGradient", source]);
  },
  denseWeightGradient(node, plan) {
    const { adapter } = plan;
    const [x, dy] = node.inputs;
    const [dw, db] = valuesOf(node) as readonly [Value, Value | undefined];
    const bias = db === undefined ? undefined : plan.plain(db.shape);
    const shapes = {
      source: adapter.any(x.shape),
      weights: adapter.any(dw.shape),
      bias,
      destination: adapter.any(dy.shape),
    };
    const hint = plan.primitive({ kind: "innerProduct", pass: "forwardTraining", ...shapes });
    const primitive = plan.primitive({ kind: "innerProduct", pass: "backwardWeights", ...shapes, hint });
    const source = plan.readAs(x, primitive.layoutOf("source"));
    const destination = plan.readAs(dy, primitive.layoutOf("destinationGradient"));
    plan.emit(
      primitive,
      ["source", source],
      ["destinationGradient", destination],
      ["weightsGradient", plan.write(dw, primitive.layoutOf("weightsGradient"))],
      ...(db === undefined || bias === undefined ? [] : [["biasGradient", plan.write(db, bias)] as const]),
    );
  },
  matmul(node, plan) {
    const [a, b] = node.inputs;
    const [y] = valuesOf(node);
    const { transposeA, transposeB } = node.attributes;
    const seen = (value: Value, transposed: boolean): Placed => {
      const placed = plan.readPlain(value);
      const [rows = 0, columns = 0] = value.shape;
      return transposed ? { ...placed, layout: plan.adapter.strided([columns, rows], [1, columns]) } : placed;
    };
    const source = seen(a, transposeA);
    const weights = seen(b, transposeB);
    const destination = plan.write(y, plan.plain(y.shape));
    const primitive = plan.primitive({
      kind: "matmul",
      source: source.layout,
      weights: weights.layout,
      destination: destination.layout,
    });
    plan.emit(primitive, ["source", source], ["weights", weights], ["destination", destination]);
  },

  batchNormTraining: (node, plan) => batchNorm("forwardTraining", node, node.attributes.epsilon, plan),
  batchNormInference: (node, plan) => batchNorm("forwardInference", node, node.attributes.epsilon, plan),
  batchNormGradient: (node, plan) => batchNormGradient("backward", node, node.attributes.epsilon, plan),
  batchNormInferenceGradient: (node, plan) =>
    batchNormGradient("backwardInference", node, node.attributes.epsilon, plan),

  maxPool2d(node, plan) {
    const [x] = node.inputs;
    const [y, indices] = valuesOf(node);
    const source = plan.read(x);
    const shared = {
      kind: "maxPooling",
      source: source.layout,
      destination: plan.adapter.any(y.shape),
      kernel: node.attributes.kernel,
      window: poolWindow(node.attributes),
    } as const;
    if (!plan.isUsed(indices)) {
      const primitive = plan.primitive({ ...shared, pass: "forwardInference" });
      plan.emit(primitive, ["source", source], ["destination", plan.write(y, primitive.layoutOf("destination"))]);
      return;
    }
    const primitive = plan.primitive({ ...shared, pass: "forwardTraining" });
    plan.hints.set(indices, primitive);
    const workspace = plan.scratch(primitive.layoutOf("workspace"));
    plan.alias(indices, workspace);
    const destination = plan.write(y, primitive.layoutOf("destination"));
    plan.emit(primitive, ["source", source], ["destination", destination], ["workspace", workspace]);
  },
  maxPool2dGradient(node, plan) {
    const [dy, indices] = node.inputs;
    const [dx] = valuesOf(node);
    const hint = plan.hints.get(indices);
    if (hint === undefined) throw new InternalError("maxPool2dGradient without its maxPool2d");
    const destination = plan.readAs(dy, hint.layoutOf("destination"));
    const source = plan.write(dx, hint.layoutOf("source"));
    const primitive = plan.primitive({
      kind: "maxPooling",
      pass: "backward",
      source: source.layout,
      destination: destination.layout,
      kernel: node.attributes.kernel,
      window: poolWindow(node.attributes),
      hint,
    });
    const workspace = plan.placed(indices);
    plan.emit(primitive, ["destinationGradient", destination], ["workspace", workspace], ["sourceGradient", source]);
  },
  upsample(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.read(x);
    const primitive = plan.primitive({
      kind: "nearestResampling",
      pass: "forwardTraining",
      source: source.layout,
      destination: plan.adapter.any(y.shape),
    });
    plan.emit(primitive, ["source", source], ["destination", plan.write(y, primitive.layoutOf("destination"))]);
  },
  upsampleGradient(node, plan) {
    const [dy] = node.inputs;
    const [dx] = valuesOf(node);
    const destination = plan.read(dy);
    const hint = plan.primitive({
      kind: "nearestResampling",
      pass: "forwardTraining",
      source: plan.plain(dx.shape),
      destination: plan.adapter.any(dy.shape),
    });
    const primitive = plan.primitive({
      kind: "nearestResampling",
      pass: "backward",
      source: plan.adapter.any(dx.shape),
      destination: destination.layout,
      hint,
    });
    const source = plan.write(dx, primitive.layoutOf("sourceGradient"));
    plan.emit(primitive, ["destinationGradient", destination], ["sourceGradient", source]);
  },

  relu: (node, plan) => eltwise("relu", node, plan),
  reluGradient: (node, plan) => eltwiseGradient("reluFromOutput", node, plan),
  elu: (node, plan) => eltwise("elu", node, plan, node.attributes.alpha),
  eluGradient: (node, plan) => eltwiseGradient("eluFromOutput", node, plan, node.attributes.alpha),
  sigmoid: (node, plan) => eltwise("logistic", node, plan),
  sigmoidGradient: (node, plan) => eltwiseGradient("logisticFromOutput", node, plan),
  tanh: (node, plan) => eltwise("tanh", node, plan),
  tanhGradient: (node, plan) => eltwiseGradient("tanhFromOutput", node, plan),

  add: (node, plan) => binary("add", node, plan),
  sub: (node, plan) => binary("sub", node, plan),
  mul: (node, plan) => binary("mul", node, plan),
  linear: (node, plan) => eltwise("linear", node, plan, node.attributes.scale, node.attributes.shift),
  scaledAdd: (node, plan) => binary("add", node, plan, [node.attributes.scaleA, node.attributes.scaleB]),
  sumTo(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const source = plan.readPlain(x);
    const dims = [...Array.from({ length: source.layout.dims.length - y.shape.length }, () => 1), ...y.shape];
    const destination = plan.write(y, plan.plain(y.shape));
    const layout = plan.plain(dims);
    if (plan.adapter.sameLayout(source.layout, layout)) {
      plan.reorder(source, { ...destination, layout });
      return;
    }
    const primitive = plan.primitive({
      kind: "reduction",
      algorithm: "sum",
      source: source.layout,
      destination: layout,
    });
    plan.emit(primitive, ["source", source], ["destination", { ...destination, layout }]);
  },
  broadcastTo(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    plan.alias(y, spread(plan, x, y.shape));
  },
  mean: (node, plan) => total(node, plan, "elements"),
  meanSquare: (node, plan) => total(node, plan, "squares"),
  reshape(node, plan) {
    const [x] = node.inputs;
    const [y] = valuesOf(node);
    const placed = plan.read(x);
    const layout = plan.adapter.reshaped(placed.layout, dimsOf(y.shape));
    if (layout !== undefined) plan.alias(y, { buffer: placed.buffer, layout, written: plan.plain(y.shape) });
    else plan.alias(y, { buffer: plan.readPlain(x).buffer, layout: plan.plain(y.shape), written: plan.plain(y.shape) });
  },

  binaryCrossEntropy(node, plan) {
    // −(t·log p + (1−t)·log(1−p)) = −(t·(log p − log(1−p)) + log(1−p)), logs held above −100.
    const [p, t] = node.inputs;
    const [y] = valuesOf(node);
    const prediction = plan.read(p);
    const { layout } = prediction;
    const target = plan.readAs(t, layout);
    const other = plan.scratch(layout);
    const log: PostOp = { kind: "eltwise", algorithm: "log", alpha: 0, beta: 0 };
    const clip: PostOp = { kind: "eltwise", algorithm: "clip", alpha: -100, beta: 0 };
    const plusOne: PostOp = { kind: "eltwise", algorithm: "linear", alpha: 1, beta: 1 };
    const negative: PostOp = { kind: "eltwise", algorithm: "linear", alpha: -1, beta: 0 };
    // Clipping turns NaN into its limit; nothing, made of the prediction, brings NaN and infinities back.
    const nothing = plan.scratch(layout);
    pointwise(plan, prediction, nothing, [{ postOp: { kind: "eltwise", algorithm: "linear", alpha: 0, beta: 0 } }]);
    pointwise(
      plan,
      prediction,
      other,
      [
        { postOp: plusOne },
        { postOp: log },
        { postOp: clip },
        { postOp: { kind: "binary", algorithm: "add", layout }, operand: nothing },
      ],
      -1,
    );
    pointwise(plan, prediction, plan.write(y, layout), [
      { postOp: log },
      { postOp: clip },
      { postOp: { kind: "binary", algorithm: "sub", layout }, operand: other },
      { postOp: { kind: "binary", algorithm: "mul", layout }, operand: target },
      { postOp: { kind: "binary", algorithm: "add", layout }, operand: other },
      { postOp: negative },
    ]);
  },
  binaryCrossEntropyGradient(node, plan) {
    const [p, t, dy] = node.inputs;
    const [dp] = valuesOf(node);
    const prediction = plan.read(p);
    const { layout } = prediction;
    const target = plan.readAs(t, layout);
    const gradient = plan.readAs(dy, layout);
    const variance = plan.scratch(layout);
    pointwise(
      plan,
      prediction,
      variance,
      [
        { postOp: { kind: "eltwise", algorithm: "linear", alpha: 1, beta: 1 } },
        { postOp: { kind: "binary", algorithm: "mul", layout }, operand: prediction },
        { postOp: { kind: "eltwise", algorithm: "clip", alpha: 1e-12, beta: 1 } },
      ],
      -1,
    );
    const difference = plan.primitive(
      { kind: "binary", algorithm: "sub", source: layout, source1: layout, destination: layout },
      {
        postOps: [
          { kind: "binary", algorithm: "mul", layout },
          { kind: "binary", algorithm: "div", layout },
        ],
      },
    );
    plan.emit(
      difference,
      ["source", prediction],
      ["source1", target],
      ["postOp0", gradient],
      ["postOp1", variance],
      ["destination", plan.write(dp, layout)],
    );
  },

  ...moreLowering,

  adam: updateApart,
  adamw: updateApart,
  sgd: updateApart,
  rmsprop: updateApart,
};

/**
 * A sum over all elements times a factor, to a scalar: in two stages, first within rows and then over them, so that no
 * float32 sum has more terms than about the square root of all. Products with ones are the fast primitive for it.
 */
function total(node: Node, plan: Plan, of: "elements" | "squares"): void {
  const [x] = node.inputs;
  const [y] = valuesOf(node);
  const source = plan.read(x);
  // Blocked layouts' padding is zero, so sums over the flat memory do not see it.
  const length = plan.adapter.bytesOf(source.layout) / 4;
  const rows = divisorNearRoot(length);
  const columns = length / rows;
  let terms: Placed = { ...source, layout: plan.plain([rows, columns]) };
  if (of === "squares") {
    const squares = plan.scratch(terms.layout);
    const same = { source: terms.layout, source1: terms.layout, destination: terms.layout };
    const square = plan.primitive({ kind: "binary", algorithm: "mul", ...same });
    plan.emit(square, ["source", terms], ["source1", terms], ["destination", squares]);
    terms = squares;
  }
  const sums = plan.scratch(plan.plain([rows, 1]));
  sumRows(plan, terms, sums, columns);
  const destination = plan.write(y, plan.plain([]));
  sumRows(
    plan,
    { ...sums, layout: plan.plain([1, rows]) },
    { ...destination, layout: plan.plain([1, 1]) },
    rows,
    1 / sizeOf(x.shape),
  );
}

/** The sum of each row, times a factor. */
export function sumRows(plan: Plan, source: Placed, destination: Placed, columns: number, factor = 1): void {
  const ones = plan.constant(plan.plain([1, columns]), factor);
  const primitive = plan.primitive({
    kind: "innerProduct",
    pass: "forwardInference",
    source: source.layout,
    weights: ones.layout,
    bias: undefined,
    destination: destination.layout,
  });
  plan.emit(primitive, ["source", source], ["weights", ones], ["destination", destination]);
}

/** The largest divisor of `length` that is not above its square root. */
function divisorNearRoot(length: number): number {
  let divisor = Math.floor(Math.sqrt(length));
  while (length % divisor !== 0) divisor--;
  return divisor;
}

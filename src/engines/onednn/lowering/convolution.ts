// Convolutions and transposed ones. The library chooses layouts; what follows takes them.
import { type Node, type Value, valuesOf } from "../../../tensor/index.js";
import type { Lowering } from "../../engine.js";
import type { Layout, PostOp, Primitive, Window } from "../adapter.js";
import type { Placed, Plan } from "../plan.js";
import { fusedActivation } from "./fusion.js";
import { intoKernel, intoNarrow, intoWide, isOneWindow } from "./oneWindow.js";
import { sumAxes } from "./products.js";

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

function convolutionForward(kind: ConvolutionKind, node: Node, attributes: ConvolutionAttributes, plan: Plan): void {
  const { adapter } = plan;
  const [x, w, b] = node.inputs as readonly [Value, Value, Value | undefined];
  const [y] = valuesOf(node);
  if (kind === "convolution" && isOneWindow(x.shape, y.shape, w.shape, attributes)) {
    const { value, postOps } = fusedActivation(plan, y);
    intoNarrow(plan, x, w, b, value, postOps);
    return;
  }
  if (kind === "deconvolution" && isOneWindow(y.shape, x.shape, w.shape, attributes)) {
    if (b === undefined) intoWide(plan, x, w, y);
    else {
      const { value, postOps } = fusedActivation(plan, y);
      addBias(plan, intoWide(plan, x, w, value), b, postOps);
    }
    return;
  }
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
  if (b !== undefined && isBiasApart) addBias(plan, destination, b, postOps);
}

/** Adds one number per channel in place, and what comes after. */
function addBias(plan: Plan, image: Placed, b: Value, postOps: readonly PostOp[]): void {
  const { layout } = image;
  const dims = [1, ...b.shape, 1, 1];
  const channels = { ...plan.readPlain(b), layout: plan.plain(dims) };
  const blocked = plan.scratch(plan.adapter.channelBlocks(dims, layout));
  plan.reorder(channels, blocked);
  const add = plan.primitive(
    { kind: "binary", algorithm: "add", source: layout, source1: blocked.layout, destination: layout },
    { postOps },
  );
  plan.emit(add, ["source", image], ["source1", blocked], ["destination", image]);
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
  if (kind === "convolution" && isOneWindow(dx.shape, dy.shape, w.shape, attributes)) {
    intoWide(plan, dy, w, dx);
    return;
  }
  if (kind === "deconvolution" && isOneWindow(dy.shape, dx.shape, w.shape, attributes)) {
    intoNarrow(plan, dy, w, undefined, dx);
    return;
  }
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
  if (kind === "convolution" && isOneWindow(x.shape, dy.shape, dw.shape, attributes)) {
    intoKernel(plan, x, dy, dw, db);
    return;
  }
  if (kind === "deconvolution" && isOneWindow(dy.shape, x.shape, dw.shape, attributes)) {
    intoKernel(plan, dy, x, dw, undefined);
    if (db !== undefined)
      sumAxes(plan, plan.readPlain(dy), dy.shape, [0, 2, 3], 1, plan.write(db, plan.plain(db.shape)));
    return;
  }
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

export const convolutionRows = {
  conv2d: (node, plan) => convolutionForward("convolution", node, node.attributes, plan),
  conv2dInputGradient: (node, plan) => convolutionInputGradient("convolution", node, node.attributes, plan),
  conv2dWeightGradient: (node, plan) => convolutionWeightGradient("convolution", node, node.attributes, plan),
  convTranspose2d: (node, plan) => convolutionForward("deconvolution", node, node.attributes, plan),
  convTranspose2dInputGradient: (node, plan) => convolutionInputGradient("deconvolution", node, node.attributes, plan),
  convTranspose2dWeightGradient: (node, plan) =>
    convolutionWeightGradient("deconvolution", node, node.attributes, plan),
} satisfies Partial<Lowering<Plan>>;

// Passes over memory that apply one operation after the other to each element; what several themes of rows use. It has no rows.
import { type Node, sameShape, sizeOf, type Value, valuesOf } from "../../../tensor/index.js";
import type { BinaryAlgorithm, EltwiseAlgorithm, Layout, PostOp } from "../adapter.js";
import { dimsOf, type Placed, type Plan } from "../plan.js";

export const function_ = (algorithm: EltwiseAlgorithm, alpha = 0, beta = 0): { readonly postOp: PostOp } => ({
  postOp: { kind: "eltwise", algorithm, alpha, beta },
});

/** Operations on each element, one after the other. */
export type Chain = readonly { readonly postOp: PostOp; readonly operand?: Placed }[];

/** A link of a chain that combines with a tensor of the same layout, or with one number everywhere. */
export const operation = (
  algorithm: BinaryAlgorithm,
  operand: Placed,
): { readonly postOp: PostOp; readonly operand: Placed } => ({
  postOp: { kind: "binary", algorithm, layout: operand.layout },
  operand,
});

/** One number, seen with as many axes as the layout it meets. */
export function number(plan: Plan, like: Placed, value: number): Placed {
  return plan.constant(plan.plain(like.layout.dims.map(() => 1)), value);
}

/**
 * One pass over memory that applies a chain of operations to each element, after a factor. It is a binary primitive
 * because those have fast code for every chain; eltwise primitives with operands in their chain have not.
 */
export function pointwise(plan: Plan, source: Placed, destination: Placed, chain: Chain, factor = 1): void {
  const seen = flattened(plan, source, destination, chain) ?? { source, destination, chain };
  const one = plan.plain(seen.source.layout.dims.map(() => 1));
  const primitive = plan.primitive(
    {
      kind: "binary",
      algorithm: "mul",
      source: seen.source.layout,
      source1: one,
      destination: seen.destination.layout,
    },
    {
      postOps: seen.chain.map(({ postOp }) => postOp),
      ...(factor === 1 ? {} : { sourceScales: [factor, 1] as const }),
    },
  );
  plan.emit(
    primitive,
    ["source", seen.source],
    ["source1", plan.constant(one, 1)],
    ...seen.chain.flatMap(({ operand }, i) => (operand === undefined ? [] : [[`postOp${i}`, operand] as const])),
    ["destination", seen.destination],
  );
}

/**
 * Blocked memory as a row of numbers, where every operand is one number or lies in the same blocks: the library has no fast
 * code for one number over blocks. Undefined where there are no blocks, or padding in them, which must stay zero.
 */
function flattened(
  plan: Plan,
  source: Placed,
  destination: Placed,
  chain: Chain,
): { readonly source: Placed; readonly destination: Placed; readonly chain: Chain } | undefined {
  const { adapter } = plan;
  const { layout } = source;
  const elements = sizeOf(layout.dims);
  if (adapter.bytesOf(layout) !== 4 * elements || adapter.sameLayout(layout, plan.plain(layout.dims))) return undefined;
  const isNumber = ({ layout: own }: Placed): boolean => sizeOf(own.dims) === 1;
  const operands = [destination, ...chain.flatMap(({ operand }) => operand ?? [])];
  if (!operands.every((operand) => isNumber(operand) || adapter.sameLayout(operand.layout, layout))) return undefined;
  const flat = (placed: Placed): Placed => ({ ...placed, layout: plan.plain([isNumber(placed) ? 1 : elements]) });
  return {
    source: flat(source),
    destination: flat(destination),
    chain: chain.map(({ postOp, operand }) => {
      if (operand === undefined || postOp.kind !== "binary") return { postOp };
      return operation(postOp.algorithm, flat(operand));
    }),
  };
}

/** 0 for each number, NaN for what is none: clipping and comparing would take NaN for a number, and this brings it back. */
export function nothing(plan: Plan, placed: Placed): Placed {
  const result = plan.scratch(placed.layout);
  // The library's x > x is 0, but 1 for NaN (it asks whether x is not less or equal); the root of −1 is NaN.
  combine(plan, "greater", placed, placed, result, [function_("linear", -1), function_("sqrt")]);
  return result;
}

/**
 * The value where it lies, for comparisons and chains; row-major where it lies in blocks with padding that are not blocks of
 * channels, as weights do: 2.6 writes beyond their end, and padding keeps them from being a row of numbers.
 */
export function readForChain(plan: Plan, value: Value): Placed {
  const { adapter } = plan;
  const placed = plan.read(value);
  const { layout } = placed;
  const isPadded = adapter.bytesOf(layout) !== 4 * sizeOf(layout.dims);
  if (!isPadded || adapter.sameLayout(layout, adapter.channelBlocks(layout.dims, layout))) return placed;
  return plan.readPlain(value);
}

/** A chain of operations on the only input, after a factor. */
export function chained(node: Node, plan: Plan, chain: Chain, factor = 1): void {
  const [x] = node.inputs;
  const data = readForChain(plan, x);
  pointwise(plan, data, plan.writeOver(valuesOf(node)[0], x, data), chain, factor);
}

/** An operation on two values of one layout, or on a row-major one and one that is broadcast; and a chain of further ones. */
export function combine(
  plan: Plan,
  algorithm: BinaryAlgorithm,
  source: Placed,
  source1: Placed,
  destination: Placed,
  chain: Chain = [],
): void {
  // 2.6 writes beyond the end of blocks along one axis that is not the second, as a first convolution's weights have, where
  // it compares or where a chain follows: rows of numbers it does rightly (with padding: `readForChain`).
  const isAlike = plan.adapter.sameLayout(source.layout, source1.layout);
  const flat = isAlike ? flattened(plan, source, destination, chain) : undefined;
  const second = flat === undefined ? source1 : { ...source1, layout: flat.source.layout };
  const seen = flat ?? { source, destination, chain };
  const layouts = { source: seen.source.layout, source1: second.layout, destination: seen.destination.layout };
  const postOps = seen.chain.map(({ postOp }) => postOp);
  const primitive = plan.primitive({ kind: "binary", algorithm, ...layouts }, { postOps });
  plan.emit(
    primitive,
    ["source", seen.source],
    ["source1", second],
    ...seen.chain.flatMap(({ operand }, i) => (operand === undefined ? [] : [[`postOp${i}`, operand] as const])),
    ["destination", seen.destination],
  );
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
  const operand = fits(small) ? plan.readAs(small, source.layout) : broadcastable(plan, small, dimsOf(y.shape).length);
  const seen = fits(small) ? undefined : repeatedFast(plan, source.layout, operand);
  const { layout, source1 } = seen ?? { layout: source.layout, source1: operand };
  const destination = fits(large) ? plan.writeOver(y, large, source) : plan.write(y, source.layout);
  const primitive = plan.primitive(
    { kind: "binary", algorithm, source: layout, source1: source1.layout, destination: layout },
    sourceScales === undefined ? {} : { sourceScales },
  );
  plan.emit(
    primitive,
    ["source", { ...source, layout }],
    ["source1", source1],
    ["destination", { ...destination, layout }],
  );
}

/**
 * How to see a value and an operand that is repeated over it, where the library has no fast code for the two as they are:
 * one number over blocked memory, and one number per image and channel. Undefined where they may stay as they are.
 */
function repeatedFast(
  plan: Plan,
  layout: Layout,
  operand: Placed,
): { readonly layout: Layout; readonly source1: Placed } | undefined {
  const { adapter } = plan;
  const { dims } = operand.layout;
  const elements = sizeOf(layout.dims);
  // Padding of blocks must stay zero, which only memory without it is sure of.
  if (adapter.bytesOf(layout) !== 4 * elements) return undefined;
  if (sizeOf(dims) === 1) {
    return { layout: plan.plain([elements]), source1: { ...operand, layout: plan.plain([1]) } };
  }
  const [batch, channels, height, width] = layout.dims;
  if (layout.dims.length !== 4 || !sameShape(dims, [batch, channels, 1, 1])) return undefined;
  // All images side by side as the channels of one image: then it is one number per channel.
  if (!adapter.sameLayout(layout, adapter.channelBlocks(layout.dims, layout))) return undefined;
  const perChannel = adapter.channelBlocks([1, batch * channels, 1, 1], layout);
  return {
    layout: adapter.channelBlocks([1, batch * channels, height, width], layout),
    source1: { ...operand, layout: perChannel },
  };
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

/** The value with all axes of `shape`, repeated where it is broadcast. */
export function full(plan: Plan, value: Value, shape: readonly number[]): Placed {
  const isFull = sizeOf(value.shape) === sizeOf(shape);
  return isFull ? { ...plan.readPlain(value), layout: plan.plain(shape) } : spread(plan, value, shape);
}

/** A placed value seen as row-major memory with other axes. */
export const seenAs = (plan: Plan, placed: Placed, dims: readonly number[]): Placed => ({
  ...placed,
  layout: plan.plain(dims),
  written: plan.plain(dims),
});

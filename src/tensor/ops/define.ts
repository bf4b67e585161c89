// What an op is: shapes, gradient, definition, sample cases. A pure description; engines say how to compute it.
import { ShapeError } from "../../base/errors.js";

/** Sizes along each axis; images are [batch, channel, height, width]. A scalar is []. */
export type Shape = readonly number[];

/**
 * `float` is a real number (float32 in the fast engines, float64 in the reference). `index` is an engine's own note on
 * where a maximum was; its form differs by engine, so it may only flow into the op that knows it and never leaves a program.
 */
export type ElementType = "float" | "index";

/** One output of one node: what ops take and give. */
export interface Value<Name extends string = string> {
  readonly node: Node<Name>;
  readonly output: number;
  readonly shape: Shape;
  readonly type: ElementType;
}

export interface Node<Name extends string = string, Attributes = unknown> {
  readonly op: Name;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly shapes: readonly Shape[];
  readonly types: readonly ElementType[];
  /** The layer that added it, for errors and profiles: `encoder[4] conv2d`. Empty outside layers. */
  readonly place: string;
}

/** A float64 array with its shape, for the reference. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Adds a node to the graph being built and gives all its outputs. */
export type AddAll = <Attributes>(
  op: Op<string, Attributes>,
  inputs: readonly Value[],
  attributes: Attributes,
) => readonly Value[];
/** Adds a node to the graph being built and gives its first output. */
export type Add = <Attributes>(op: Op<string, Attributes>, inputs: readonly Value[], attributes: Attributes) => Value;

/** What a gradient rule may use to build its ops. */
export interface GradientTools {
  readonly add: Add;
  readonly addAll: AddAll;
}

export interface Op<Name extends string, Attributes> {
  readonly name: Name;
  /** `leaf`: given, not computed. `update`: an optimizer's step, see `defineUpdate`. Absent where it just computes. */
  readonly kind?: "leaf" | "update";
  /** Output shapes, or a `ShapeError` that says what does not fit. */
  shapes(inputs: readonly Shape[], attributes: Attributes): readonly Shape[];
  /** Element types of the outputs where not all are `float`. */
  readonly types?: readonly ElementType[];
  /**
   * The gradient of each input, null where none flows, from the gradient of each output (null where none came).
   * "none" for ops that are themselves gradients or updates: differentiating through them is refused.
   */
  readonly gradient:
    | "none"
    | ((
        values: { readonly inputs: readonly Value[]; readonly outputs: readonly Value[] },
        outputGradients: readonly (Value | null)[],
        attributes: Attributes,
        tools: GradientTools,
      ) => readonly (Value | null)[]);
  /** Numbers of the inputs that no gradient flows to, by definition; to every other input of an op with a gradient one does. */
  readonly constantInputs?: readonly number[];
  /** The definition, in plain float64 loops, written into `outputs` (which come filled with zeros). */
  reference(inputs: readonly Tensor[], attributes: Attributes, outputs: readonly Tensor[]): void;
  /** Inputs small enough to read and odd enough to catch mistakes; every engine runs them, forward and backward. */
  readonly cases: readonly OpCase<Attributes>[];
}

export interface OpCase<Attributes> {
  readonly inputs: readonly Shape[];
  readonly attributes: Attributes;
  /** How each input is filled where standard normals would be outside the op's domain or at a kink. Default "normal". */
  readonly fill?: readonly CaseFill[];
}
/** `below` is whole numbers from 0. `unit` is uniform in (0.05, 0.95), `positive` in (0.2, 2), `distinct` has no two values nearer than 0.01 (for maxima and kinks, none nearer to 0 than 0.01). */
export type CaseFill =
  | "normal"
  | "unit"
  | "positive"
  | "distinct"
  | { readonly constant: number }
  | { readonly below: number };

export function defineOp<const Name extends string, Attributes>(op: Op<Name, Attributes>): Op<Name, Attributes> {
  return op;
}

/**
 * An op that is also written in terms of others, so that an engine need not know it: `expand` puts the expansion in its
 * place. The reference computes the op's own definition, which the expansion is held to on every engine.
 */
export interface ExpandableOp<Name extends string, Attributes> extends Op<Name, Attributes> {
  /** Values of the op's shapes, in its outputs' order. */
  expansion(inputs: readonly Value[], attributes: Attributes, tools: GradientTools): readonly Value[];
}

export function defineExpandableOp<const Name extends string, Attributes>(
  op: ExpandableOp<Name, Attributes>,
): ExpandableOp<Name, Attributes> {
  return op;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** The shape both broadcast to by NumPy's rule, or a ShapeError. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(`shapes [${a.join(", ")}] and [${b.join(", ")}] do not fit together`);
    }
    return left === 1 ? right : left;
  });
}

/** For each element of `to`, row-major, the flat index of the element of `from` that it repeats; `from` broadcasts to `to`. */
export function broadcastOffsets(from: Shape, to: Shape): Int32Array {
  const offsets = new Int32Array(sizeOf(to));
  let repeat = 1;
  let sourceStride = 1;
  for (let axis = to.length - 1; axis >= 0; axis--) {
    const length = to[axis] ?? 1;
    const sourceLength = from[from.length - to.length + axis] ?? 1;
    if (sourceLength !== 1) {
      for (let i = 0; i < offsets.length; i++) {
        offsets[i] = (offsets[i] ?? 0) + (Math.floor(i / repeat) % length) * sourceStride;
      }
      sourceStride *= sourceLength;
    }
    repeat *= length;
  }
  return offsets;
}

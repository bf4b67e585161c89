// What a layer is: options as a schema, and how they expand into ops. Semantics and names are PyTorch's.
import type { z } from "zod";
import { ShapeError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import { type Add, type AddAll, ops, type RandomInput, type Shape, type Value } from "../../tensor/index.js";

/** In training, batch norm uses and updates batch statistics and dropout drops; in inference neither. */
export type Mode = "training" | "inference";

/** First values of a parameter, drawn with key (seed, initialise, hash of the parameter's name). */
export type Initialiser =
  /** Uniform in ±bound. */
  { readonly uniform: number } | { readonly normal: number } | { readonly constant: number };

/** How a layer's random input is drawn. */
export type Draw =
  | { readonly distribution: "normal" }
  | { readonly distribution: "bernoulli"; readonly probability: number };

/** Where a layer finds its parameters and adds its ops. Names are prefixed with the layer's place ("encoder.0."). */
export interface Scope {
  readonly add: Add;
  readonly addAll: AddAll;
  readonly mode: Mode;
  parameter(name: string, shape: Shape, initialise: Initialiser): Value;
  /** Saved but not trained. `int64` buffers are whole numbers and written as int64, as PyTorch does. */
  buffer(name: string, shape: Shape, initial: number, written?: "float32" | "int64"): Value;
  /** The buffer's value after this step; only in training mode. */
  update(buffer: string, value: Value): void;
  /** A random input of this layer, drawn afresh each step. */
  random(name: string, shape: Shape, draw: Draw): Value;
  /**
   * Builds layers inside this one, one after another; their parameters are named `0.weight`, `1.weight` … below this layer's.
   * @param options.first the number of the first one; default 0
   * @param options.isFrozen their parameters keep their first values; those within a frozen layer do so anyway. Default false
   */
  layers(
    inner: readonly ConfiguredLayer[],
    input: Value,
    options?: { readonly first?: number; readonly isFrozen?: boolean },
  ): Value;
}
export type { RandomInput };

export interface Layer<
  Name extends string = string,
  Options extends z.ZodType = z.ZodType,
  Shorthand extends string = string,
> {
  readonly name: Name;
  /** What torchsummary calls it: `Conv2d`. */
  readonly title: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  readonly options: Options;
  /** The option that a bare value stands for: `maxPool2d: 2` is `maxPool2d: { kernel: 2 }`. */
  readonly shorthand?: Shorthand;
  /**
   * Expands the layer into ops. Its output shape is what the ops say; there is no second shape rule.
   * A `ShapeError` becomes a `UserError` that names the layer's place.
   */
  build(options: z.output<Options>, input: Value, scope: Scope): Value;
}

/** A layer with its options filled in. */
export interface ConfiguredLayer {
  readonly layer: Layer;
  readonly options: unknown;
}

export function defineLayer<
  const Name extends string,
  Options extends z.ZodType,
  const Shorthand extends string = never,
>(layer: Layer<Name, Options, Shorthand>): Layer<Name, Options, Shorthand> {
  return layer;
}

/** Sizes of a batch of images, or a ShapeError with what helps. */
export function imageSizes(layer: string, input: Value) {
  const [batch, channels, height, width] = input.shape;
  if (batch === undefined || channels === undefined || height === undefined || width === undefined) {
    throw new ShapeError(
      `${layer} needs images [channel, height, width], got ${vectorText(input)}; put unflatten before it`,
    );
  }
  return { batch, channels, height, width };
}

/** Sizes of a batch of flat vectors, or a ShapeError with what helps. */
export function vectorSizes(layer: string, input: Value) {
  const [batch, size, ...more] = input.shape;
  if (batch === undefined || size === undefined || more.length > 0) {
    throw new ShapeError(`${layer} needs a flat vector, got ${timesText(input.shape.slice(1))}; put flatten before it`);
  }
  return { batch, size };
}

function vectorText(input: Value): string {
  return `a vector of ${timesText(input.shape.slice(1))} numbers`;
}

/** What a normalisation multiplies with and adds: parameters `weight` and `bias`, or 1 and 0 where nothing is learned. */
export function scaleAndShift(shape: Shape, isLearned: boolean, scope: Scope): readonly [scale: Value, shift: Value] {
  if (isLearned) {
    return [scope.parameter("weight", shape, { constant: 1 }), scope.parameter("bias", shape, { constant: 0 })];
  }
  return [scope.add(ops.fill, [], { shape, value: 1 }), scope.add(ops.fill, [], { shape, value: 0 })];
}

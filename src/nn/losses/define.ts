// What a loss is: options as a schema, and a scalar from prediction and target.
import type { z } from "zod";
import type { Add, Value } from "../../tensor/index.js";

/** A loss with its options filled in: a scalar, the mean over every element or over every image. */
export interface Loss<Name extends string = string> {
  readonly name: Name;
  /** The name of its figure in records; its own, unless a metric of that name is another number. */
  readonly figure: string;
  /** What it is called in a model's formula: its name, or the sum that it is. */
  readonly label: string;
  /** Its formula, for people. */
  readonly formula: string;
  /** Its unit, or what it is a mean over: `nats a pixel`, `mean over pixels`. */
  readonly unit: string;
  /** What a target is: pictures of the prediction's shape, or class labels [batch] beside logits [batch, class]. */
  readonly compares: Target;
  /** True where predictions outside [0, 1] have no loss. */
  readonly needsUnitRange: boolean;
  /** True where predictions are logits of pixels: a sigmoid makes pictures of them. */
  readonly ofLogits: boolean;
  /** @returns a scalar */
  build(prediction: Value, target: Value, add: Add): Value;
}
export type Target = "pictures" | "labels";

/** A loss in the list. */
export interface LossKind<Name extends string = string, Options extends z.ZodType = z.ZodType> {
  readonly name: Name;
  /** What it measures, in one sentence. */
  readonly summary: string;
  readonly options: Options;
  /** The option that a bare value stands for: `huber: 0.5` is `huber: { delta: 0.5 }`. */
  readonly shorthand?: string;
  /** The name of its figure where not its own. */
  readonly figure?: string;
  /** `pictures` where not given. */
  readonly compares?: Target;
  /** False where not given. */
  needsUnitRange?(options: z.output<Options>): boolean;
  /** False where not given. */
  ofLogits?(options: z.output<Options>): boolean;
  formula(options: z.output<Options>): string;
  /** Its unit, or what it is a mean over: `nats a pixel`, `mean over pixels`. */
  unit(options: z.output<Options>): string;
  /** What it is called in a model's formula where not by its name. */
  label?(options: z.output<Options>): string;
  /** @param target of the prediction's shape, or labels [batch] @returns a scalar */
  build(options: z.output<Options>, prediction: Value, target: Value, add: Add): Value;
}

export function defineLoss<const Name extends string, Options extends z.ZodType>(
  loss: LossKind<Name, Options>,
): LossKind<Name, Options> {
  return loss;
}

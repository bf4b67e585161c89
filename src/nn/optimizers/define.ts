// What an optimizer is: slots for each parameter, scalars for each step, and the update as ops.
import type { z } from "zod";
import type { AddAll, Shape, Value } from "../../tensor/index.js";

/** What an optimizer keeps for a parameter: a name alone, of the parameter's shape and zeros at first; or more of it. */
export type Slot =
  | string
  | {
      readonly name: string;
      readonly shape: Shape;
      /** The identity matrix at first instead of zeros. */
      readonly isIdentity?: boolean;
    };

export interface Optimizer<Name extends string = string, Options extends z.ZodType = z.ZodType> {
  readonly name: Name;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Always has `learningRate`. */
  readonly options: Options;
  /** What it keeps for a parameter of a shape. State names: `adam.firstMoment.encoder.0.weight`. */
  slots(options: z.output<Options>, shape: Shape): readonly Slot[];
  /** Numbers that change from step to step, computed in float64 and handed in as scalar inputs `optimizer.NAME`. @param step from 1, counted since the slots were fresh */
  scalars(options: z.output<Options>, step: number, learningRate: number): Readonly<Record<string, number>>;
  /** The parameter and its slots after the step. */
  update(
    options: z.output<Options>,
    values: {
      readonly parameter: Value;
      readonly gradient: Value;
      readonly slots: Readonly<Record<string, Value>>;
      readonly scalars: Readonly<Record<string, Value>>;
    },
    addAll: AddAll,
  ): { readonly parameter: Value; readonly slots: Readonly<Record<string, Value>> };
  /**
   * What is done to a parameter's slots between two steps, outside the program; for what need not be done at every step.
   * @param step the one that has just been done, counted as for `scalars`
   * @param read a slot's values
   * @returns new values of those slots that change; undefined, without a wait, after a step that changes none
   */
  refresh?(
    options: z.output<Options>,
    shape: Shape,
    step: number,
    read: (slot: string) => Promise<Float32Array | Float64Array>,
  ): Promise<Readonly<Record<string, Float32Array | Float64Array>>> | undefined;
}

export function defineOptimizer<const Name extends string, Options extends z.ZodType>(
  optimizer: Optimizer<Name, Options>,
): Optimizer<Name, Options> {
  return optimizer;
}

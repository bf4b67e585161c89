// What an optimizer is: slots for each parameter, scalars for each step, and the update as ops.
import type { z } from "zod";
import type { AddAll, Value } from "../../tensor/index.js";

export interface Optimizer<Name extends string = string, Options extends z.ZodType = z.ZodType> {
  readonly name: Name;
  /** Always has `learningRate`. */
  readonly options: Options;
  /** What it keeps for each parameter, each of the parameter's shape, zeros at first. State names: `adam.firstMoment.encoder.0.weight`. */
  slots(options: z.output<Options>): readonly string[];
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
}

export function defineOptimizer<const Name extends string, Options extends z.ZodType>(
  optimizer: Optimizer<Name, Options>,
): Optimizer<Name, Options> {
  return optimizer;
}

// Every optimizer, by hand.
import { readEntry } from "../spec.js";
import { adam } from "./adam.js";
import type { Optimizer } from "./define.js";
import { sgd } from "./sgd.js";

export const optimizers = { adam, sgd } as const;
export type OptimizerName = keyof typeof optimizers;

/** What every optimizer's options have. */
export interface OptimizerOptions {
  readonly learningRate: number;
}

/**
 * Reads `adam` or `{ adam: { learningRate: 0.005 } }`.
 * @param at its path in what the user wrote: `phases[0].optimizer`
 * @throws UserError for an unknown name and for options that do not fit, with their path
 */
export function readOptimizer(
  spec: unknown,
  at = "optimizer",
): { readonly optimizer: Optimizer; readonly options: OptimizerOptions } {
  const { entry, options } = readEntry<Optimizer>(optimizers, "optimizer", spec, at);
  // Every optimizer's schema has a learning rate.
  return { optimizer: entry, options: options as OptimizerOptions };
}

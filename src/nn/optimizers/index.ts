// Every optimizer, by hand.
import { readEntry } from "../../schema/read.js";
import { adam } from "./adam.js";
import { adamw } from "./adamw.js";
import type { Optimizer } from "./define.js";
import { rmsprop } from "./rmsprop.js";
import { sgd } from "./sgd.js";
import type { SharedOptions } from "./shared.js";
import { soap } from "./soap.js";

export const optimizers = { adam, adamw, rmsprop, sgd, soap } as const;
export type OptimizerName = keyof typeof optimizers;

/** What every optimizer's options have. */
export interface OptimizerOptions extends SharedOptions {
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

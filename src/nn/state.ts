// What a session keeps for a model: parameters with their first values, buffers, optimizer slots.
import { float32Zeros } from "../base/memory.js";
import { hashName, randomSequence } from "../base/random.js";
import { sizeOf } from "../tensor/index.js";
import type { Model, ParameterSpec } from "./models/define.js";
import type { Optimizer } from "./optimizers/define.js";
import type { SharedOptions } from "./optimizers/shared.js";

/** An optimizer with its options filled in. */
export interface ConfiguredOptimizer {
  readonly optimizer: Optimizer;
  readonly options: unknown;
}

/** A state entry as the engines' StateSpec has it (same fields; nn does not know engines). */
export interface ModelStateEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: "parameter" | "buffer" | "slot";
  /** For a slot: its parameter. */
  readonly of?: string;
  /** First values; zeros where absent. */
  readonly values?: Float32Array;
}

/**
 * Parameters (initialised from the seed), buffers and optimizer slots, in the model's order.
 * A parameter's values depend on the seed and its name alone, so models share the values of what they share.
 * @param seed whole number, 0 to 2³²−1
 * @param optimizer where given, its slots follow, named `adam.firstMoment.encoder.0.weight`, zeros at first; so do the
 *   moving averages of parameters and buffers, named `average.encoder.0.weight`, where its options ask for them
 */
export function modelState(model: Model, seed: number, optimizer?: ConfiguredOptimizer): readonly ModelStateEntry[] {
  const parameters = model.parameters.map(
    (parameter): ModelStateEntry => ({
      name: parameter.name,
      shape: parameter.shape,
      kind: "parameter",
      values: firstValues(parameter, seed),
    }),
  );
  const buffers = model.buffers.map(
    ({ name, shape, initial }): ModelStateEntry => ({
      name,
      shape,
      kind: "buffer",
      values: float32Zeros(name, sizeOf(shape)).fill(initial),
    }),
  );
  const state = [...parameters, ...buffers];
  if (optimizer === undefined) return state;
  const { average } = optimizer.options as SharedOptions;
  const averages = state.map((entry): ModelStateEntry => ({ ...entry, name: averageName(entry.name), kind: "buffer" }));
  const slots = model.parameters
    .filter(({ trainable }) => trainable)
    .flatMap((each) => slotEntries(each, optimizer).map(({ slot: _, ...entry }) => entry));
  return [...state, ...(average === undefined ? [] : averages), ...slots];
}

/**
 * What a session keeps besides, where gradients of several batches are averaged before a step: their sum so far, `accumulated.encoder.0.weight`.
 * Between steps it says nothing, so it is not a part of a checkpoint.
 */
export function accumulationState({ parameters }: Model): readonly ModelStateEntry[] {
  return parameters
    .filter(({ trainable }) => trainable)
    .map(({ name, shape }) => ({ name: accumulatedName(name), shape, kind: "slot", of: name }));
}

/** The state name of the gradients of a parameter that a step has collected so far. */
export function accumulatedName(parameter: string): string {
  return `accumulated.${parameter}`;
}

/** The state name of the moving average of a parameter or buffer. */
export function averageName(name: string): string {
  return `average.${name}`;
}

/** The state name of a parameter's optimizer slot. */
export function slotName(optimizer: string, slot: string, parameter: string): string {
  return `${optimizer}.${slot}.${parameter}`;
}

/** What an optimizer keeps for a parameter, each with the name that the optimizer knows it by. */
export function slotEntries(
  { name, shape }: Pick<ParameterSpec, "name" | "shape">,
  { optimizer, options }: ConfiguredOptimizer,
): (ModelStateEntry & { readonly slot: string })[] {
  return optimizer.slots(options, shape).map((given) => {
    const slot = typeof given === "string" ? given : given.name;
    const entry = { name: slotName(optimizer.name, slot, name), kind: "slot" as const, slot };
    if (typeof given === "string") return { ...entry, shape, of: name };
    return { ...entry, shape: given.shape, ...(given.isIdentity === true && { values: identity(given.shape) }) };
  });
}

function identity([size = 0]: readonly number[]): Float32Array {
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = 1;
  return values;
}

/** Drawn in the written layout, row-major, each rounded to float32 so that every engine starts from the same numbers. */
function firstValues({ name, shape, initialise }: ParameterSpec, seed: number): Float32Array {
  const values = float32Zeros(name, sizeOf(shape));
  if ("constant" in initialise) return values.fill(initialise.constant);
  const random = randomSequence(seed, "initialise", 0, hashName(name));
  if ("uniform" in initialise) {
    const bound = initialise.uniform;
    for (let i = 0; i < values.length; i++) values[i] = (2 * random.uniform() - 1) * bound;
  } else {
    for (let i = 0; i < values.length; i++) values[i] = random.normal() * initialise.normal;
  }
  return values;
}

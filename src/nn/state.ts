// What a session keeps for a model: parameters with their first values, buffers, optimizer slots.
import { UserError } from "../base/errors.js";
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

/** One optimizer for the whole model, or one for each of the objectives of a model that has several. */
export type Optimizers = ConfiguredOptimizer | { readonly byObjective: Readonly<Record<string, ConfiguredOptimizer>> };

/** An optimizer with the objective that it makes small and the parameters that it moves. */
export interface ObjectiveOptimizer extends ConfiguredOptimizer {
  /** The output of a program that is the objective's value: `objective`, or the name of one of several. */
  readonly objective: string;
  readonly parameters: readonly ParameterSpec[];
  /** The input for one of the optimizer's scalars: `optimizer.stepSize`, of one of several objectives `optimizer.OBJECTIVE.stepSize`. */
  scalarName(scalar: string): string;
}

/**
 * What trains a model's parameters: those that are trainable, in their order; of a model with several objectives each
 * objective's own.
 * @throws UserError where optimizers and objectives do not go together, or two objectives train one parameter
 */
export function objectiveOptimizers(model: Model, optimizers: Optimizers): readonly ObjectiveOptimizer[] {
  const trainable = model.parameters.filter((parameter) => parameter.trainable);
  const { objectives } = model;
  if (objectives === undefined) {
    if ("byObjective" in optimizers) {
      throw new UserError("the model has one objective, got optimizers by objective", { at: "optimizer" });
    }
    const scalarName = (scalar: string): string => `optimizer.${scalar}`;
    return [{ ...optimizers, objective: "objective", parameters: trainable, scalarName }];
  }
  const names = objectives.map(({ name }) => name);
  if (!("byObjective" in optimizers) || Object.keys(optimizers.byObjective).some((name) => !names.includes(name))) {
    throw new UserError(`the model has several objectives, expected an optimizer for each: ${names.join(", ")}`, {
      at: "optimizer",
    });
  }
  const taken = new Set<string>();
  return objectives.map(({ name, trains }) => {
    const configured = optimizers.byObjective[name];
    if (configured === undefined) {
      throw new UserError(`the objective ${name} has no optimizer`, { at: "optimizer" });
    }
    const parameters = trainable.filter((parameter) => trains(parameter.name));
    for (const parameter of parameters) {
      if (taken.has(parameter.name)) {
        throw new UserError(`two objectives train ${parameter.name}, one of them ${name}`, { at: "model" });
      }
      taken.add(parameter.name);
    }
    return { ...configured, objective: name, parameters, scalarName: (scalar) => `optimizer.${name}.${scalar}` };
  });
}

/** How slowly the moving average of the weights forgets, where one is kept: any of the optimizers may ask for it, and all that do alike. */
export function averageOf(optimizers: readonly ConfiguredOptimizer[]): number | undefined {
  const asked = optimizers.flatMap(({ options }) => (options as SharedOptions).average ?? []);
  const [average] = asked;
  const other = asked.find((value) => value !== average);
  if (other !== undefined) {
    throw new UserError(`one model has one moving average, got ${average} and ${other}`, { at: "optimizer.average" });
  }
  return average;
}

/** A state entry as the engines' StateSpec has it (same fields; nn does not know engines). */
export interface ModelStateEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: "parameter" | "buffer" | "slot" | "gradient";
  /** For a slot or a gradient: its parameter. */
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
export function modelState(model: Model, seed: number, optimizer?: Optimizers): readonly ModelStateEntry[] {
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
  const trained = objectiveOptimizers(model, optimizer);
  const average = averageOf(trained);
  const averages = state.map((entry): ModelStateEntry => ({ ...entry, name: averageName(entry.name), kind: "buffer" }));
  const slots = trained.flatMap(({ parameters, ...how }) =>
    parameters.flatMap((each) => slotEntries(each, how).map(({ slot: _, ...entry }) => entry)),
  );
  return [...state, ...(average === undefined ? [] : averages), ...slots];
}

/**
 * What a session keeps besides, where something stands between a step's gradient and its update: the gradients, `gradient.encoder.0.weight`,
 * which engines keep in one flat array. Between steps they say nothing, so they are not a part of a checkpoint.
 */
export function gradientState(model: Model, optimizer: Optimizers): readonly ModelStateEntry[] {
  return objectiveOptimizers(model, optimizer).flatMap(({ parameters }) =>
    parameters.map(({ name, shape }) => ({ name: gradientName(name), shape, kind: "gradient" as const, of: name })),
  );
}

/** The state name of a parameter's gradient. */
export function gradientName(parameter: string): string {
  return `gradient.${parameter}`;
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

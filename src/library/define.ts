// Own entries beside the built-in ones: layers, losses, metrics, optimizers, schedules, transforms, kinds of models. Each gives a
// function // that makes the entry's data for code, and from then on its name is known in this thread, in code and in files.
//
// A training runs in a thread of its own, which does not see what is defined here: put definitions into a module and name it
// (`use: [./my-layers.mjs]` in an experiment, `use` among the options of `train`).
import type { z } from "zod";
import type { Layer } from "../nn/layers/define.js";
import { layers } from "../nn/layers/index.js";
import type { LossKind } from "../nn/losses/define.js";
import { losses } from "../nn/losses/index.js";
import type { Metric } from "../nn/metrics/define.js";
import { metrics } from "../nn/metrics/index.js";
import type { Family } from "../nn/models/define.js";
import { models } from "../nn/models/index.js";
import type { Optimizer } from "../nn/optimizers/define.js";
import { optimizers } from "../nn/optimizers/index.js";
import type { Schedule } from "../nn/schedules/define.js";
import { schedules } from "../nn/schedules/index.js";
import { defineTransform as completeTransform, type TransformDefinition } from "../pixels/transforms/define.js";
import { transforms } from "../pixels/transforms/index.js";
import { addDefinition } from "../schema/defined.js";
import { specOf } from "./builders.js";
import type { DecoderFields, EncoderFields, ModelSpec, OwnSpec } from "./options.js";

/** What stands for an entry's options: them, or the value of the one that its shorthand names. */
type Given<Options extends z.ZodType, Shorthand extends string> =
  | z.input<Options>
  | (Shorthand extends keyof z.input<Options> ? NonNullable<z.input<Options>[Shorthand]> : never);

/** Makes an own entry's data; options may be left out where none must be given. */
export type OwnBuilder<Kind extends string, Options extends z.ZodType, Shorthand extends string = never> =
  {} extends z.input<Options>
    ? (options?: Given<Options, Shorthand>) => OwnSpec<Kind>
    : (options: Given<Options, Shorthand>) => OwnSpec<Kind>;

function builder<Kind extends string, Options extends z.ZodType, Shorthand extends string>(
  name: string,
): OwnBuilder<Kind, Options, Shorthand> {
  const make = (options?: unknown): OwnSpec<Kind> => specOf(name, options) as unknown as OwnSpec<Kind>;
  return make as OwnBuilder<Kind, Options, Shorthand>;
}

/** A layer of one's own: as `Layer`; its title in summaries is its name where none is given. */
export interface LayerDefinition<Options extends z.ZodType, Shorthand extends string>
  extends Omit<Layer<string, Options, Shorthand>, "title"> {
  readonly title?: string;
}

/**
 * Adds a layer: `{ double: { factor: 2 } }` in a file, in code what this gives: `double({ factor: 2 })`.
 * @throws UserError where the name is taken
 */
export function defineLayer<Options extends z.ZodType, const Shorthand extends string = never>(
  layer: LayerDefinition<Options, Shorthand>,
): OwnBuilder<"layer", Options, Shorthand> {
  addDefinition("layer", { title: titleOf(layer.name), ...layer }, layers);
  return builder(layer.name);
}

/**
 * Adds a loss: a scalar of prediction and target, built of ops.
 * @throws UserError where the name is taken
 */
export function defineLoss<Options extends z.ZodType, const Shorthand extends string = never>(
  loss: Omit<LossKind<string, Options>, "shorthand"> & { readonly shorthand?: Shorthand },
): OwnBuilder<"loss", Options, Shorthand> {
  addDefinition("loss", loss, losses);
  return builder(loss.name);
}

/**
 * Adds a metric, by name alone. @returns that name, for `metrics`
 * @throws UserError where the name is taken
 */
export function defineMetric(metric: Metric): OwnSpec<"metric"> {
  addDefinition("metric", metric, metrics);
  return metric.name as unknown as OwnSpec<"metric">;
}

/**
 * Adds a schedule: the learning rate as a function of the step.
 * @throws UserError where the name is taken
 */
export function defineSchedule<Options extends z.ZodType, const Shorthand extends string = never>(
  schedule: Omit<Schedule<string, Options>, "shorthand"> & { readonly shorthand?: Shorthand },
): OwnBuilder<"schedule", Options, Shorthand> {
  addDefinition("schedule", schedule, schedules);
  return builder(schedule.name);
}

/**
 * Adds a transform, for `augment` or `corrupt`. Its options get `probability`, and `severity` where it has severities.
 * @throws UserError where the name is taken
 */
export function defineTransform<Options extends z.ZodObject>(
  transform: TransformDefinition<string, Options>,
): OwnBuilder<"transform", Options, string & keyof z.input<Options>> {
  addDefinition("transform", completeTransform(transform), transforms);
  return builder(transform.name);
}

/**
 * Adds an optimizer: what it keeps for a parameter, and its update as ops. Every optimizer's options have `learningRate`;
 * what `sharedOptions` has (clipping, a moving average of the weights) is done for it where its options have it.
 * @throws UserError where the name is taken
 */
export function defineOptimizer<Options extends z.ZodType<{ readonly learningRate: number }>>(
  optimizer: Optimizer<string, Options>,
): OwnBuilder<"optimizer", Options> {
  addDefinition("optimizer", optimizer, optimizers);
  return builder(optimizer.name);
}

/** What a model of one's own kind says: its parts, and the options of its kind. */
export type OwnModelFields<Options extends z.ZodObject, Decodes extends boolean> = (Decodes extends true
  ? DecoderFields
  : EncoderFields) &
  (string extends keyof z.input<Options> ? {} : Readonly<z.input<Options>>);

/**
 * Adds a kind of model: its parts are read and looked at for it, `build` says what it adds to them.
 * @returns what makes such a model as data
 * @throws UserError where the name is taken
 */
export function defineModel<Options extends z.ZodObject, const Decodes extends boolean>(
  family: Family<string, Options, Decodes>,
): (fields: OwnModelFields<Options, Decodes>) => ModelSpec {
  addDefinition("kind of model", family, models);
  return (fields) => ({ kind: family.name, ...fields }) as unknown as ModelSpec;
}

function titleOf(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

// Every kind of model, by hand.
import type { z } from "zod";
import { UserError } from "../../base/errors.js";
import { find, isMapping, shown } from "../../schema/read.js";
import { autoencoder } from "./autoencoder.js";
import { buildModel, type ModelShapes, modelShapes, sharedFields } from "./build.js";
import { classifier } from "./classifier.js";
import type { AnyModelSpec, Family, LayerSpec, Model } from "./define.js";
import { sparseAutoencoder } from "./sparseAutoencoder.js";
import { supervisedAutoencoder } from "./supervisedAutoencoder.js";
import { variationalAutoencoder } from "./variationalAutoencoder.js";

export { decoderOf, kindText } from "./build.js";

export const models = {
  autoencoder,
  variationalAutoencoder,
  supervisedAutoencoder,
  sparseAutoencoder,
  classifier,
} as const;
export type Models = typeof models;
export type ModelKind = keyof Models;

type Parts<Kind extends ModelKind> = Pick<AnyModelSpec, "input" | "encoder"> &
  (Models[Kind]["decodes"] extends true
    ? { readonly decoder: readonly LayerSpec[] }
    : { readonly decoder?: readonly LayerSpec[] });

/** Options as they are written; zod says of no options at all that nothing may stand there, shared fields included. */
type Written<Options> = string extends keyof Options ? {} : Readonly<Options>;

/** What the constructor of a kind takes: its parts and its options, those with defaults at will. */
export type ModelOptions<Kind extends ModelKind> = Parts<Kind> & Written<z.input<Models[Kind]["options"]>>;

/** A model as data, as in an experiment file: of one of the kinds, with that kind's options. */
export type ModelSpec = {
  [Kind in ModelKind]: { readonly kind: Kind } & ModelOptions<Kind>;
}[ModelKind];

/**
 * Makes the model that data describe: `{ kind: autoencoder, input: [1, 28, 28], encoder: […], decoder: […] }`.
 * @param at the spec's path in what the user wrote: `model`
 * @throws UserError with the path of what is wrong and what was expected there
 */
export function readModel(spec: unknown, at = "model"): Model<ModelSpec> {
  const { family, given } = familyOf(spec, at);
  // The family's name is the kind, and its options were read by its own schema.
  return buildModel(family, given, at) as Model<ModelSpec>;
}

/**
 * The shapes of a model whose decoder may give another shape than the input's.
 * @throws UserError for everything else that `readModel` refuses
 */
export function readModelShapes(spec: unknown, at = "model"): ModelShapes {
  const { family, given } = familyOf(spec, at);
  return modelShapes(family, given, at);
}

function familyOf(spec: unknown, at: string) {
  if (!isMapping(spec)) {
    throw new UserError(`expected a model with ${["kind", ...sharedFields].join(", ")}, got ${shown(spec)}`, { at });
  }
  const { kind, ...given } = spec;
  if (typeof kind !== "string") {
    throw new UserError(`expected a kind of model, got ${shown(kind)}`, {
      at: `${at}.kind`,
      hint: `There are: ${Object.keys(models).join(", ")}.`,
    });
  }
  return { family: find<Family>(models, "kind of model", kind, `${at}.kind`), given };
}

/**
 * Models in code, typed: `model.autoencoder({ input: [1, 28, 28], encoder: […], decoder: […] })` is what `readModel` makes of
 * the same with its kind. Errors are the same too.
 */
export const model = Object.fromEntries(
  Object.values<Family>(models).map((family) => [
    family.name,
    (given: Readonly<Record<string, unknown>>) => buildModel(family, given, "model"),
  ]),
) as unknown as { readonly [Kind in ModelKind]: (options: ModelOptions<Kind>) => Model<ModelSpec> };

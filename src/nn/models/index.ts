// Every kind of model, by hand.
import { UserError } from "../../base/errors.js";
import { nearest } from "../../base/text.js";
import { find, isMapping, shown } from "../../schema/read.js";
import { type AutoencoderSpec, autoencoder } from "./autoencoder.js";
import { type ClassifierSpec, classifier } from "./classifier.js";
import type { Model } from "./define.js";
import { type SupervisedAutoencoderSpec, supervisedAutoencoder, supervisedFields } from "./supervisedAutoencoder.js";
import {
  type VariationalAutoencoderSpec,
  variationalAutoencoder,
  variationalFields,
} from "./variationalAutoencoder.js";

/** Makes a model of a spec whose kind has been read; checks every field itself. */
interface ModelMaker {
  /** What the spec may say beside `kind`. */
  readonly fields: readonly string[];
  make(spec: Readonly<Record<string, unknown>>, at: string): Model;
}

const fieldsOfAll = ["input", "encoder", "decoder"];

// Each maker checks what its fields are.
export const models = {
  autoencoder: {
    fields: fieldsOfAll,
    make: (spec, at) => autoencoder(spec as unknown as AutoencoderSpec, at),
  },
  variationalAutoencoder: {
    fields: [...fieldsOfAll, ...variationalFields],
    make: (spec, at) => variationalAutoencoder(spec as unknown as VariationalAutoencoderSpec, at),
  },
  supervisedAutoencoder: {
    fields: [...fieldsOfAll, ...supervisedFields],
    make: (spec, at) => supervisedAutoencoder(spec as unknown as SupervisedAutoencoderSpec, at),
  },
  classifier: {
    fields: fieldsOfAll,
    make: (spec, at) => classifier(spec as unknown as ClassifierSpec, at),
  },
} as const satisfies Readonly<Record<string, ModelMaker>>;
export type ModelKind = keyof typeof models;

/**
 * Makes the model that data describe: `{ kind: autoencoder, input: [1, 28, 28], encoder: […], decoder: […] }`.
 * @param at the spec's path in what the user wrote: `model`
 * @throws UserError with the path of what is wrong and what was expected there
 */
export function readModel(spec: unknown, at = "model"): Model {
  if (!isMapping(spec)) {
    throw new UserError(`expected a model with ${["kind", ...fieldsOfAll].join(", ")}, got ${shown(spec)}`, { at });
  }
  const { kind, ...given } = spec;
  if (typeof kind !== "string") {
    throw new UserError(`expected a kind of model, got ${shown(kind)}`, {
      at: `${at}.kind`,
      hint: `There are: ${Object.keys(models).join(", ")}.`,
    });
  }
  const { fields, make } = find<ModelMaker>(models, "kind of model", kind, `${at}.kind`);
  for (const field of Object.keys(given)) {
    if (fields.includes(field)) continue;
    const near = nearest(field, fields);
    throw new UserError(`no field is called ${field}${near === undefined ? "" : `; did you mean ${near}?`}`, {
      at,
      hint: `A model of kind ${kind} has ${["kind", ...fields].join(", ")}.`,
    });
  }
  return make(given, at);
}

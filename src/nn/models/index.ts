// Every kind of model, by hand.
import { UserError } from "../../base/errors.js";
import { nearest } from "../../base/text.js";
import { find, isMapping, shown } from "../spec.js";
import { type AutoencoderSpec, autoencoder } from "./autoencoder.js";
import type { Model } from "./define.js";

/** Makes a model of a spec whose kind has been read; checks every field itself. */
type ModelMaker = (spec: AutoencoderSpec, at: string) => Model;
export const models = { autoencoder } as const satisfies Readonly<Record<string, ModelMaker>>;
export type ModelKind = keyof typeof models;

const fields = ["kind", "input", "encoder", "decoder"];

/**
 * Makes the model that data describe: `{ kind: autoencoder, input: [1, 28, 28], encoder: […], decoder: […] }`.
 * @param at the spec's path in what the user wrote: `model`
 * @throws UserError with the path of what is wrong and what was expected there
 */
export function readModel(spec: unknown, at = "model"): Model {
  if (!isMapping(spec)) throw new UserError(`expected a model with ${fields.join(", ")}, got ${shown(spec)}`, { at });
  for (const field of Object.keys(spec)) {
    if (fields.includes(field)) continue;
    const near = nearest(field, fields);
    throw new UserError(`no field is called ${field}${near === undefined ? "" : `; did you mean ${near}?`}`, {
      at,
      hint: `A model has ${fields.join(", ")}.`,
    });
  }
  const { kind, input, encoder, decoder } = spec;
  if (typeof kind !== "string") {
    throw new UserError(`expected a kind of model, got ${shown(kind)}`, {
      at: `${at}.kind`,
      hint: `There are: ${Object.keys(models).join(", ")}.`,
    });
  }
  const make = find<ModelMaker>(models, "kind of model", kind, `${at}.kind`);
  // The maker checks what these are.
  return make({ input, encoder, decoder } as AutoencoderSpec, at);
}

// A model from a family and a spec: the parts are read, looked at once for shapes and parameters, and joined with what the
// family adds.
import { UserError } from "../../base/errors.js";
import { nearest, timesText } from "../../base/text.js";
import { optionNames, readOptions } from "../../schema/read.js";
import { type Shape, sizeOf } from "../../tensor/index.js";
import type { AnyModelSpec, Family, Findings, Model } from "./define.js";
import { buildLayerList, type LayerList, readLayerList } from "./layerList.js";
import { batchToLookAt, expectInputShape, lookContext, readInputShape } from "./pictures.js";

export const sharedFields = ["input", "encoder", "decoder"] as const;

/**
 * @param given what the spec says beside `kind`; every field is checked
 * @param at the spec's path in what the user wrote, for errors
 * @throws UserError for a field, a layer or an option that does not exist, options or shapes that do not fit, a decoder whose
 *   output is not of the input's shape, and one where the family has none
 */
export function buildModel(family: Family, given: Readonly<Record<string, unknown>>, at: string): Model {
  const { model, decodedShape, findings } = buildUnchecked(family, given, at);
  if (decodedShape !== undefined) expectInputShape(decodedShape, model.inputShape, model.codeShape, findings, at);
  return model;
}

/** What goes through a model, without the batch. */
export interface ModelShapes {
  readonly input: Shape;
  readonly code: Shape;
  /** What the decoder gives, which a model may only have of the input's shape; absent without a decoder. */
  readonly decoded?: Shape;
}

/**
 * The shapes of a spec whose decoder may give another shape than the input's.
 * @throws UserError for everything else that `buildModel` refuses
 */
export function modelShapes(family: Family, given: Readonly<Record<string, unknown>>, at: string): ModelShapes {
  const { model, decodedShape } = buildUnchecked(family, given, at);
  return {
    input: model.inputShape,
    code: model.codeShape,
    ...(decodedShape === undefined ? {} : { decoded: decodedShape }),
  };
}

/** `buildModel`, whatever shape the decoder gives. */
function buildUnchecked(family: Family, given: Readonly<Record<string, unknown>>, at: string) {
  refuseUnknownFields(family, given, at);
  const { input, encoder: encoderSpec, decoder: decoderSpec, ...own } = given;
  const options = readOptions(family.options, own, at, kindText(family.name));
  const inputShape = readInputShape(input, `${at}.input`);
  const encoder = readLayerList(encoderSpec, "encoder", `${at}.encoder`);
  const decoder = readDecoder(family, decoderSpec, at);
  const added = family.build(options, {
    inputShape,
    elements: sizeOf(inputShape),
    encoder: (context, images) => buildLayerList(encoder, context, images),
    decoder: (context, code) => (decoder === undefined ? code : buildLayerList(decoder, context, code)),
  });
  const { code = (_, encoded) => encoded, buffers = [], classes, posterior, ...rest } = added;

  const findings: Findings = { parameters: [], buffers: [], rows: [] };
  const look = lookContext();
  const encoded = buildLayerList(encoder, look, look.graph.input("input", [batchToLookAt, ...inputShape]), findings);
  const { needsVector } = family;
  if (needsVector !== undefined && encoded.shape.length !== 2) {
    throw new UserError(`encoder gives ${timesText(encoded.shape.slice(1))}, ${needsVector.what}`, {
      at: `${at}.encoder`,
      hint: needsVector.hint,
    });
  }
  const found = code(look, encoded, findings);
  const codeShape = found.shape.slice(1);
  const decodedShape = decoder && buildLayerList(decoder, look, found, findings).shape.slice(1);
  findings.buffers.push(...buffers);

  const spec: AnyModelSpec = {
    kind: family.name,
    input: inputShape,
    encoder: encoder.specs,
    decoder: decoder?.specs ?? [],
    ...options,
  };
  const model: Model = {
    figures: () => ({}),
    ...rest,
    spec,
    inputShape,
    codeShape,
    compares: decoder === undefined ? "labels" : "pictures",
    ...(decoder === undefined ? { classes: sizeOf(codeShape) } : classes === undefined ? {} : { classes }),
    ...findings,
    encode: (context, images) => code(context, buildLayerList(encoder, context, images)),
    ...(posterior === undefined ? {} : { posterior }),
    ...(decoder === undefined ? {} : { decode: (context, given) => buildLayerList(decoder, context, given) }),
  };
  return { model, decodedShape, findings };
}

function refuseUnknownFields({ name, options }: Family, given: Readonly<Record<string, unknown>>, at: string): void {
  const fields = [...sharedFields, ...optionNames(options)];
  for (const field of Object.keys(given)) {
    if (fields.includes(field)) continue;
    const near = nearest(field, fields);
    throw new UserError(`no field is called ${field}${near === undefined ? "" : `; did you mean ${near}?`}`, {
      at,
      hint: `A model of kind ${name} has ${["kind", ...fields].join(", ")}.`,
    });
  }
}

/** Undefined for a family without a decoder, whose written specs have a list without layers. */
function readDecoder({ name, decodes }: Family, spec: unknown, at: string): LayerList | undefined {
  if (decodes) return readLayerList(spec, "decoder", `${at}.decoder`);
  if (spec === undefined || (Array.isArray(spec) && spec.length === 0)) return undefined;
  throw new UserError(`${kindText(name)} has no decoder`, { at: `${at}.decoder` });
}

/** A kind of model in a sentence: `a classifier`, `an autoencoder`, `a variational autoencoder`. */
export function kindText(kind: string): string {
  const words = kind.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
}

/**
 * How a model decodes.
 * @param at the model's path, or the run's, for the error
 * @throws UserError where it has no decoder
 */
export function decoderOf({ decode, spec }: Model, at = "model"): NonNullable<Model["decode"]> {
  if (decode === undefined) throw new UserError(`${kindText(spec.kind)} has no decoder`, { at });
  return decode;
}

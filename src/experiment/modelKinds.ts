// The kinds of model as entries: with the parts that every kind has among their options.
import { z } from "zod";
import type { ModelKind } from "../nn/models/index.js";
import { supervisedOptions } from "../nn/models/supervisedAutoencoder.js";
import { variationalOptions } from "../nn/models/variationalAutoencoder.js";
import { positiveWholeNumber } from "../schema/options.js";

export interface ModelEntry {
  readonly name: string;
  readonly summary: string;
  readonly options: z.ZodObject;
}

/** What a kind says of itself: its own options, and whether it has a decoder. */
interface KindOfModel {
  readonly name: ModelKind;
  readonly summary: string;
  readonly options: z.ZodObject;
  readonly decodes: boolean;
}

const kinds: readonly KindOfModel[] = [
  {
    name: "autoencoder",
    summary: "A code between an encoder and a decoder, trained to give pictures back.",
    options: z.strictObject({}),
    decodes: true,
  },
  {
    name: "variationalAutoencoder",
    summary: "An autoencoder whose code is a normal distribution, so that new pictures can be drawn from it.",
    options: variationalOptions,
    decodes: true,
  },
  {
    name: "supervisedAutoencoder",
    summary: "An autoencoder whose code must also tell the class.",
    options: supervisedOptions,
    decodes: true,
  },
  {
    name: "classifier",
    summary: "An encoder that ends in one number for each class.",
    options: z.strictObject({}),
    decodes: false,
  },
];

export const modelKinds: Readonly<Record<string, ModelEntry>> = Object.fromEntries(
  kinds.map(({ name, summary, options, decodes }) => [
    name,
    { name, summary, options: (decodes ? withDecoder() : withoutDecoder()).extend(options.shape) },
  ]),
);

function withDecoder(): z.ZodObject {
  return z.strictObject({
    input: input(),
    encoder: layers("layers from the picture to the code").meta({ example: ["flatten", { dense: 32 }] }),
    decoder: layers("layers from the code to a picture of the input's size").meta({
      example: [{ dense: 784 }, "sigmoid", { unflatten: [1, 28, 28] }],
    }),
  });
}

function withoutDecoder(): z.ZodObject {
  return z.strictObject({
    input: input(),
    encoder: layers("layers from the picture to one number for each class").meta({
      example: ["flatten", { dense: 10 }],
    }),
    decoder: z.array(layer()).max(0).optional().describe("none; an empty list is allowed"),
  });
}

function input() {
  return z
    .tuple([positiveWholeNumber(), positiveWholeNumber(), positiveWholeNumber()])
    .optional()
    .describe("[channel, height, width] of the pictures; default: the data's")
    .meta({ example: [1, 28, 28] });
}

function layers(meaning: string) {
  return z.array(layer()).min(1).describe(meaning);
}

function layer() {
  return z.unknown().meta({ entry: "layer" });
}

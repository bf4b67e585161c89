// The kinds of model as entries with summaries and options, as lists, documentation and editors want them.
import { z } from "zod";
import type { models } from "../nn/models/index.js";
import { supervisedOptions } from "../nn/models/supervisedAutoencoder.js";
import { variationalOptions } from "../nn/models/variationalAutoencoder.js";
import { positiveWholeNumber } from "../schema/options.js";

export interface ModelEntry {
  readonly name: string;
  readonly summary: string;
  readonly options: z.ZodObject;
}

const layer = () => z.unknown().meta({ entry: "layer" });
const size = positiveWholeNumber;

/** What every kind is made of. */
const parts = z.strictObject({
  input: z
    .tuple([size(), size(), size()])
    .optional()
    .describe("[channel, height, width] of the pictures; default: the data's")
    .meta({ example: [1, 28, 28] }),
  encoder: z
    .array(layer())
    .min(1)
    .describe("layers from the picture to the code")
    .meta({ example: ["flatten", { dense: 32 }] }),
});
const decoder = z
  .array(layer())
  .min(1)
  .describe("layers from the code to a picture of the input's size")
  .meta({ example: [{ dense: 784 }, "sigmoid", { unflatten: [1, 28, 28] }] });
const logits = z
  .array(layer())
  .min(1)
  .describe("layers from the picture to one number for each class")
  .meta({ example: ["flatten", { dense: 10 }] });
const noDecoder = z.array(layer()).max(0).optional().describe("none; an empty list is allowed");

export const modelKinds: Readonly<Record<keyof typeof models, ModelEntry>> = {
  autoencoder: {
    name: "autoencoder",
    summary: "A code between an encoder and a decoder, trained to give pictures back.",
    options: parts.extend({ decoder }),
  },
  variationalAutoencoder: {
    name: "variationalAutoencoder",
    summary: "An autoencoder whose code is a normal distribution, so that new pictures can be drawn from it.",
    options: parts.extend({ decoder, ...variationalOptions.shape }),
  },
  supervisedAutoencoder: {
    name: "supervisedAutoencoder",
    summary: "An autoencoder whose code must also tell the class.",
    options: parts.extend({ decoder, ...supervisedOptions.shape }),
  },
  classifier: {
    name: "classifier",
    summary: "An encoder that ends in one number for each class.",
    options: parts.extend({ encoder: logits, decoder: noDecoder }),
  },
};

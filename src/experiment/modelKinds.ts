// The kinds of model as entries: with the parts that every kind has among their options.
import { z } from "zod";
import type { Family } from "../nn/models/define.js";
import { models } from "../nn/models/index.js";
import { positiveWholeNumber } from "../schema/options.js";

export interface ModelEntry {
  readonly name: string;
  readonly summary: string;
  readonly options: z.ZodObject;
}

export const modelKinds: Readonly<Record<string, ModelEntry>> = Object.fromEntries(
  Object.values<Family>(models).map(({ name, summary, options, decodes }) => [
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

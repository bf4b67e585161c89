// What a model's files say of themselves, whatever their format: the model, how pictures are made ready for it, its code.
// Text by key, since that is what safetensors and ONNX files hold.
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Model } from "../nn/models/define.js";
import { type Fit, fits } from "../pixels/fit.js";

const sizes = z.int().positive();
const unit = z.number().min(0).max(1);

/** How a picture becomes an input, and what the training's pictures looked like. */
export const preprocessingSchema = z.object({
  channels: sizes,
  /** [height, width] */
  size: z.tuple([sizes, sizes]),
  range: z.tuple([z.number(), z.number()]).default([0, 1]),
  /** How a picture of another shape is cut; see `fitPicture`. */
  fit: z.enum(fits).catch("cover"),
  grey: z.string().optional(),
  background: z.string().optional(),
  /** Mean of the training pictures' pixels, and of those at their edges, in [0, 1]; absent in files of others. */
  brightness: unit.optional(),
  edgeBrightness: unit.optional(),
});
export type Preprocessing = z.output<typeof preprocessingSchema>;

export interface Brightness {
  readonly brightness: number;
  readonly edgeBrightness: number;
}

/**
 * @param options.isthmus version of this package
 * @param options.fit how the training's pictures took the model's shape. Default `cover`
 */
export function modelMetadata(
  model: Model,
  options: { readonly isthmus: string; readonly brightness?: Brightness; readonly fit?: Fit },
): Readonly<Record<string, string>> {
  const [channels = 1, height = 1, width = 1] = model.inputShape;
  const preprocessing: Preprocessing = {
    channels,
    size: [height, width],
    range: [0, 1],
    fit: options.fit ?? "cover",
    grey: "0.299 red + 0.587 green + 0.114 blue",
    background: "black",
    ...options.brightness,
  };
  return {
    format: "1",
    model: stringify(model.spec, { lineWidth: 0 }),
    preprocessing: JSON.stringify(preprocessing),
    codeShape: JSON.stringify(model.codeShape),
    isthmus: options.isthmus,
  };
}

/** How pictures are made ready for the model, as far as metadata say it. */
export function readPreprocessing(metadata: Readonly<Record<string, string>>): Preprocessing | undefined {
  return readEntry(metadata.preprocessing, preprocessingSchema, JSON.parse);
}

function readEntry<Result>(
  text: string | undefined,
  schema: z.ZodType<Result>,
  parseText: (text: string) => unknown,
): Result | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(parseText(text)).data;
  } catch {
    return undefined;
  }
}

/** What metadata say, as far as they are there and can be read; a file of another program has none. */
export function readModelMetadata(metadata: Readonly<Record<string, string>>): {
  readonly model?: unknown;
  readonly preprocessing?: Preprocessing;
  readonly codeShape?: readonly number[];
} {
  const model = readEntry(metadata.model, z.unknown(), parse);
  const preprocessing = readPreprocessing(metadata);
  const codeShape = readEntry(metadata.codeShape, z.array(sizes), JSON.parse);
  return {
    ...(model === undefined ? {} : { model }),
    ...(preprocessing === undefined ? {} : { preprocessing }),
    ...(codeShape === undefined ? {} : { codeShape }),
  };
}

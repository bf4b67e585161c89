// Pictures to codes: files and folders, or a split of a data source.

import { z } from "zod";
import { UserError } from "../base/errors.js";
import { concatenated } from "../base/numbers.js";
import { pause } from "../base/turns.js";
import type { ImageSet } from "../data/define.js";
import { encodeImages } from "../evaluation/encodeImages.js";
import type { TrainedModel } from "../inference/index.js";
import { sizeOf } from "../tensor/index.js";
import { type CodeFormat, type Codes, codeFormats, encodeCodes, formatOf } from "./codeFiles.js";
import { openOtherPictures, otherDataOptions } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { openNamedModel } from "./namedModel.js";
import { findNamedPictures, fitFor, fitOptions, noteIn, readyPictureOfMany } from "./pictureInputs.js";
import { checkpointChoice, runModelOptions } from "./runModel.js";
import { checkPictures, splitNames } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

export interface EncodeResult extends Codes {
  readonly format: CodeFormat;
  /** The file that was written; absent where the codes are to be printed. */
  readonly file?: string;
  /** Sentences about what was left out or looks wrong. */
  readonly notes: readonly string[];
}

/** Pictures in memory at once. */
const chunk = 1000;

export const encode = defineTask({
  name: "encode",
  summary: "Turn pictures into codes: a file of numbers, a row for each picture.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    images: z.array(z.string()).default([]).describe("pictures, or folders of them"),
    data: z.string().optional().describe("encode the pictures of this source instead").meta({ placeholder: "SPEC" }),
    ...otherDataOptions,
    on: z.enum(splitNames).default("test").describe("which split of --data"),
    format: z.enum(codeFormats).optional().describe("how codes are written (default: as --out ends, or npy)"),
    out: z
      .string()
      .optional()
      .describe("the file (default: codes.npy; csv and json go to the output)")
      .meta({ placeholder: "FILE" }),
    ...fitOptions,
    ...runModelOptions,
  }),
  /** @throws UserError for a run that does not open, pictures that are none, and data of another shape */
  async run(options, context): Promise<EncodeResult> {
    const { images, data, out } = options;
    if ((images.length === 0) === (data === undefined)) {
      throw new UserError(data === undefined ? "no pictures are named" : "goes without names of pictures", {
        at: data === undefined ? "IMAGES" : "--data",
        hint: "Name pictures or folders, or a source: --data mnist --on test.",
      });
    }
    const format = options.format ?? (out === undefined ? "npy" : (formatOf(out) ?? "npy"));
    const model = await openNamedModel({ ...options, checkpoint: checkpointChoice(options.checkpoint) });
    const notes: string[] = [];
    try {
      const codes =
        data === undefined
          ? await encodeFiles(model, options, notes, context)
          : await encodeSplit(model, { ...options, data }, notes, context);
      const file = out ?? (format === "npy" ? "codes.npy" : undefined);
      if (file !== undefined) writeResult(file, await encodeCodes(codes, format, context.signal));
      return { ...codes, format, notes, ...(file === undefined ? {} : { file }) };
    } finally {
      model.dispose();
    }
  },
});

async function encodeFiles(
  model: TrainedModel,
  options: z.output<typeof encode.options>,
  notes: string[],
  { report, signal }: TaskContext,
): Promise<Codes> {
  const note = noteIn(notes);
  const files = await findNamedPictures(options.images, note);
  const fit = fitFor(model, options.fit, undefined);
  const names: string[] = [];
  const parts: Float32Array[] = [];
  for (let first = 0; first < files.length; first += chunk) {
    report({ done: first, of: files.length, what: `encoding ${files.length} pictures` });
    const inputs: Float32Array[] = [];
    for (const file of files.slice(first, first + chunk)) {
      await pause(signal);
      const picture = await readyPictureOfMany(file, model, { fit, isInverted: options.invert, note });
      if (picture === undefined) continue;
      inputs.push(picture.input);
      names.push(file.path);
    }
    parts.push(await model.encode(concatenated(inputs, Float32Array), { signal }));
  }
  if (names.length === 0) {
    throw new UserError("none of the files is a picture that can be read", {
      at: options.images.join(", "),
      hint: notes.at(-1) ?? "Name PNG or JPEG files.",
    });
  }
  return { rows: names.length, width: sizeOf(model.codeShape), values: concatenated(parts, Float32Array), names };
}

async function encodeSplit(
  model: TrainedModel,
  options: { readonly data: string; readonly exact: boolean; readonly on: (typeof splitNames)[number] },
  notes: string[],
  context: TaskContext,
): Promise<Codes> {
  const { on } = options;
  const source = await openOtherPictures(model.inputShape, options, context);
  const { splits } = source;
  notes.push(...(source.notes ?? []));
  const set: ImageSet | undefined = splits[on];
  if (set === undefined) {
    throw new UserError(`this source has no split ${on}`, {
      at: "--on",
      hint: `It has ${Object.keys(splits).join(", ")}.`,
    });
  }
  checkPictures(model, set, "--data");
  const values = await encodeImages(model, set, context, { what: `encoding ${set.count} pictures` });
  return {
    ...{ rows: set.count, width: sizeOf(model.codeShape), values },
    names: Array.from({ length: set.count }, (_, i) => `${on}:${i}`),
    ...(set.labels === undefined ? {} : { labels: Array.from(set.labels) }),
  };
}

// Restores pictures with a trained model, and tells their codes.
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import { pause } from "../base/turns.js";
import { encodePng } from "../data/picture.js";
import { parseYaml } from "../experiment/index.js";
import { encodeNpy } from "../formats/npy.js";
import { type Decoding, type TrainedModel, withDecoder } from "../inference/index.js";
import { cutPicture, type Fit, fitPicture, innerSize, middlePiece, type Picture } from "../pixels/index.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import { sizeOf } from "../tensor/index.js";
import { defineTask } from "./define.js";
import { openNamedModel } from "./namedModel.js";
import {
  findNamedPictures,
  fitFor,
  fitOptions,
  noteIn,
  type PictureFile,
  type ReadyPicture,
  readyPictureOfMany,
} from "./pictureInputs.js";
import { checkpointChoice, runModelOptions } from "./runModel.js";
import { writeResult } from "./writeResult.js";

/** Options of tasks that take ONNX files instead of a run. */
export const onnxOptions = {
  encoder: z.string().optional().describe("an encoder's ONNX file, instead of a run").meta({ placeholder: "FILE" }),
  decoder: z.string().optional().describe("a decoder's ONNX file, instead of a run").meta({ placeholder: "FILE" }),
  range: z
    .string()
    .regex(/^-?\d+(\.\d+)?,-?\d+(\.\d+)?$/, "expected two numbers with a comma, as -1,1")
    .optional()
    .describe("what black and white are to the encoder (default: what its file says, or 0,1)")
    .meta({ placeholder: "LOW,HIGH" }),
};

export interface Restoration {
  /** The picture's file. */
  readonly picture: string;
  /** Paths of what was written. */
  readonly restored: string;
  readonly strip: string;
  readonly code: readonly number[];
}

export interface RestoreResult {
  readonly restorations: readonly Restoration[];
  /** Where asked for: all codes, [picture, number], float32. */
  readonly codes?: string;
  /** Sentences about what was left out or looks wrong. */
  readonly notes: readonly string[];
}

/** Pictures in memory at once. */
const chunk = 32;

export const restore = defineTask({
  name: "restore",
  summary: "Restore pictures with a trained model, and print their codes.",
  options: z.strictObject({
    run: z.string().optional().describe("the folder of a run; with --encoder and --decoder there is none"),
    images: z
      .array(z.string())
      .min(1, "expected a picture or a folder of pictures")
      .describe("pictures, or folders of them"),
    ...onnxOptions,
    ...fitOptions,
    corrupt: z
      .array(z.string())
      .default([])
      .describe("change the input first, for example gaussianNoise: 0.3; may be given more than once")
      .meta({ placeholder: "SPEC" }),
    size: z
      .enum(["model", "original"])
      .default("model")
      .describe("size of the restored picture: the model's, or that of the part of the picture which it saw"),
    codes: z.string().optional().describe("also write all codes into this NPY file").meta({ placeholder: "FILE" }),
    out: z.string().default("restored").describe("folder for the pictures").meta({ placeholder: "DIR" }),
    ...runModelOptions,
  }),
  /**
   * Writes NAME-restored.png and NAME-strip.png for each picture; never over an input.
   * @throws UserError for a model that does not open, a file that is no picture, and a folder that can't be written
   */
  async run(options, context): Promise<RestoreResult> {
    const found: string[] = [];
    const files = await findNamedPictures(options.images, (sentence) => void found.push(sentence));
    const { range, checkpoint, encoder } = options;
    const named = await openNamedModel({
      ...options,
      checkpoint: checkpointChoice(checkpoint),
      range: range === undefined ? undefined : readRange(range),
    });
    const model = withDecoder(named, options.run ?? "--decoder");
    const { signal } = context;
    const notes = [...model.notes, ...found];
    const note = noteIn(notes);
    try {
      const fit = fitFor(model, options.fit, encoder);
      const corrupt = readCorruption(options.corrupt, model.inputShape);
      const names = outputNames(files, options.out);
      const restorations: Restoration[] = [];
      for (let first = 0; first < files.length; first += chunk) {
        context.report({ done: first, of: files.length, what: `restoring ${files.length} pictures` });
        const pictures: (ReadyPicture & { readonly index: number })[] = [];
        for (const [i, file] of files.slice(first, first + chunk).entries()) {
          await pause(signal);
          const how = { fit, isInverted: options.invert, isWhole: options.size === "original", note };
          const picture = await readyPictureOfMany(file, model, how);
          if (picture !== undefined) pictures.push({ ...picture, index: first + i });
        }
        restorations.push(
          ...(await restoreSome(pictures, model, {
            corrupt,
            names,
            fit,
            isOriginalSize: options.size === "original",
            signal,
          })),
        );
      }
      if (restorations.length === 0) {
        throw new UserError("none of the files is a picture that can be read", {
          at: options.images.join(", "),
          hint: notes.at(-1) ?? "Name PNG or JPEG files.",
        });
      }
      const { codes } = options;
      if (codes !== undefined) {
        const rows = restorations.map(({ code }) => code);
        const data = Float32Array.from(rows.flat());
        writeResult(codes, encodeNpy({ type: "float32", shape: [rows.length, sizeOf(model.codeShape)], data }));
      }
      return { restorations, notes, ...(codes === undefined ? {} : { codes }) };
    } finally {
      model.dispose();
    }
  },
});

type Corrupt = (image: Float32Array, index: number) => void;

/** Changes an image in place; keyed by its place in the list, so that the same command draws the same. */
function readCorruption(specs: readonly string[], shape: readonly number[]): Corrupt | undefined {
  if (specs.length === 0) return undefined;
  const written = specs.map((spec) => parseYaml(spec, "--corrupt"));
  const [channels = 1, height = 1, width = 1] = shape;
  const change = pipeline(readTransforms(written, "corrupt", "--corrupt"), [channels, height, width]);
  return (image, index) => change(image, randomSequence(0, "corrupt", 0, index));
}

/** `-1,1` as two numbers. @throws UserError where they are equal */
export function readRange(text: string): readonly [number, number] {
  const [low = 0, high = 1] = text.split(",").map(Number);
  if (low === high) throw new UserError("black and white are the same", { at: "--range", hint: "For example: -1,1." });
  return [low, high];
}

interface OutputNames {
  readonly restored: string;
  readonly strip: string;
}

/** Paths to write to, two for each file: no two the same, none that of a file that is read. */
function outputNames(files: readonly PictureFile[], folder: string): readonly OutputNames[] {
  const taken = new Set(files.map(({ path }) => realpathSync(path)));
  const real = (path: string): string => {
    try {
      return realpathSync(path);
    } catch {
      return path;
    }
  };
  return files.map(({ name }) => {
    for (let number = 1; ; number++) {
      const base = join(folder, number === 1 ? name : `${name}-${number}`);
      const names = { restored: `${base}-restored.png`, strip: `${base}-strip.png` };
      const paths = Object.values(names).flatMap((path) => [path, real(path)]);
      if (paths.some((path) => taken.has(path))) continue;
      for (const path of paths) taken.add(path);
      return names;
    }
  });
}

async function restoreSome(
  pictures: readonly (ReadyPicture & { readonly index: number })[],
  model: TrainedModel & Decoding,
  options: {
    readonly corrupt: Corrupt | undefined;
    readonly names: readonly OutputNames[];
    readonly fit: Fit;
    readonly isOriginalSize: boolean;
    readonly signal: AbortSignal;
  },
): Promise<readonly Restoration[]> {
  if (pictures.length === 0) return [];
  const { pictureOf, pictureOfPlanes, renderRestoration } = await import("../report/restorations.js");
  const size = sizeOf(model.inputShape);
  const codeSize = sizeOf(model.codeShape);
  const inputs = new Float32Array(pictures.length * size);
  const { signal } = options;
  for (const [i, { input, index }] of pictures.entries()) {
    inputs.set(input, i * size);
    options.corrupt?.(inputs.subarray(i * size, (i + 1) * size), index);
  }
  const codes = await model.encode(inputs, { signal });
  const images = await model.decode(codes, { signal });
  const [channels = 1, height = 1, width = 1] = model.inputShape;
  const restorations: Restoration[] = [];
  for (const [i, { file, original, input, index }] of pictures.entries()) {
    await pause(signal);
    const restored = images.subarray(i * size, (i + 1) * size);
    const small = pictureOf(restored, channels, height, width);
    const picture = options.isOriginalSize ? atOriginalSize(small, original, options.fit, pictureOfPlanes) : small;
    const names = options.names[index] ?? { restored: "", strip: "" };
    const strip = renderRestoration({
      original,
      input: inputs.subarray(i * size, (i + 1) * size),
      restored,
      target: input,
      shape: model.inputShape,
    });
    writeResult(names.restored, await encodePng(picture));
    writeResult(names.strip, strip);
    restorations.push({
      picture: file.path,
      ...names,
      code: Array.from(codes.subarray(i * codeSize, (i + 1) * codeSize)),
    });
  }
  return restorations;
}

/** At the scale of the picture that it was made of: of the piece that `cover` cut out, without the black of `contain`. */
function atOriginalSize(
  restored: Picture,
  original: Picture,
  fit: Fit,
  pictureOfPlanes: (planes: Uint8Array<ArrayBuffer>, channels: number, height: number, width: number) => Picture,
): Picture {
  const { height, width, channels } = restored;
  const inner = fit === "contain" ? innerSize(original, height, width) : { height, width };
  const top = Math.floor((height - inner.height) / 2);
  const left = Math.floor((width - inner.width) / 2);
  const piece = cutPicture(restored, { top, left, ...inner });
  const to = fit === "cover" ? middlePiece(original, height, width) : original;
  const planes = fitPicture(piece, { shape: [channels, to.height, to.width], fit: "stretch" });
  return pictureOfPlanes(planes, channels, to.height, to.width);
}

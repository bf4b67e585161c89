// Walks through a trained model's codes, from image to image, and draws what the decoder makes of them.

import { basename, extname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { concatenated } from "../base/numbers.js";
import { pause } from "../base/turns.js";
import type { AnimationFormat, Frame } from "../data/animation.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { codePath, type NearestCode, nearestCodes, pathKinds } from "../latent/index.js";
import { imageGrid, unitFromPixels } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import { openCodeSpace, openData } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { fitFor, fitOptions, type Note, noteIn, readyPicture } from "./pictureInputs.js";
import { type RunModel, runModelOptions } from "./runModel.js";
import { readStop, type SplitImage, type Stop, splitImage } from "./stops.js";
import { writeResult } from "./writeResult.js";

export interface WalkResult {
  /** The picture that was written. */
  readonly file: string;
  readonly path: (typeof pathKinds)[number];
  /** From one stop to the next, both included. */
  readonly steps: number;
  /** In their order, each with its place among the frames. */
  readonly stops: readonly { readonly stop: string; readonly frame: number; readonly image?: SplitImage }[];
  /** For each decoded picture the nearest test image that is no stop, and how far its code is away. */
  readonly frames: readonly { readonly nearest: SplitImage; readonly distance: number }[];
  /** Sentences about what looks wrong with pictures that are stops. */
  readonly notes: readonly string[];
}

/** Test images that are encoded at a time. */
const chunk = 1000;
/** Height of an animation's pictures, about, in pixels. */
const animationHeight = 256;
const frameMilliseconds = 80;
const stopMilliseconds = 640;

export const walk = defineTask({
  name: "walk",
  summary: "Draw the way from one picture's code to another's.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    stops: z
      .array(z.string())
      .min(2, "expected two stops or more")
      .describe("two or more: an image's number in the test split (17, train:3), class:7, or a picture's file"),
    steps: z
      .int()
      .min(2)
      .max(1000)
      .default(12)
      .describe("pictures from one stop to the next, both included")
      .meta({ placeholder: "N" }),
    path: z.enum(pathKinds).default("straight").describe("along a line, or along an arc as suits normal codes"),
    out: z
      .string()
      .optional()
      .describe(
        "a .png of the path over the originals, or a .gif or .webp that moves (default: walk-….png among the run's images)",
      )
      .meta({ placeholder: "FILE" }),
    ...fitOptions,
    ...runModelOptions,
  }),
  /** @throws UserError where there is no such run, image or class, or the picture can't be written */
  async run(options, context): Promise<WalkResult> {
    const { steps, path } = options;
    const format = options.out === undefined ? "png" : formatOf(options.out);
    const model = await openCodeSpace(options);
    try {
      const { signal } = context;
      const { inputShape, codeShape } = model;
      const codeSize = sizeOf(codeShape);
      const source = await openData(model, context);
      const notes: string[] = [];
      const readFile = pictureReader(model, options, noteIn(notes));
      const stops: Stop[] = [];
      for (const stop of options.stops) stops.push(await readStop(stop, source, readFile, "STOP"));
      const stopCodes = await model.encode(
        concatenated(
          stops.map(({ pixels }) => pixels),
          Float32Array,
        ),
        { signal },
      );
      const codes = codePath(stopCodes, codeSize, steps, path);
      const decoded = await model.decode(codes, { signal });
      const nearest = await nearestImages(model, source, codes, stops, context);

      const file = options.out ?? join(model.run.path, "images", `${defaultName(options.stops)}.png`);
      context.report({ done: 1, of: 2, what: `drawing ${file}` });
      if (format === "png")
        writeResult(file, await drawStrip(model, source.splits.test, stops, steps, decoded, nearest));
      else writeResult(file, await animate(decoded, inputShape, steps, format, signal));
      return {
        file,
        path,
        steps,
        stops: stops.map(({ name, image }, i) => ({
          stop: name,
          frame: i * (steps - 1),
          ...(image === undefined ? {} : { image }),
        })),
        frames: nearest.map(({ index, distance }) => ({ nearest: splitImage(source, "test", index), distance })),
        notes,
      };
    } finally {
      model.dispose();
    }
  },
});

/** Reads the pictures that are stops, as the run's model takes them. */
function pictureReader(
  model: RunModel,
  options: Pick<z.output<typeof walk.options>, "fit" | "invert">,
  note: Note,
): (path: string) => Promise<Float32Array> {
  const how = { fit: fitFor(model, options.fit, undefined), isInverted: options.invert, note };
  return async (path) => (await readyPicture({ path, name: path, isFound: false }, model, how)).input;
}

/** What kind of picture a file's name asks for. @param at what errors name */
export function formatOf(file: string, at = "--out"): "png" | AnimationFormat {
  const ending = extname(file).toLowerCase();
  if (ending === ".png") return "png";
  if (ending === ".gif") return "gif";
  if (ending === ".webp") return "webp";
  throw new UserError(`expected a name that ends in .png, .gif or .webp, got “${file}”`, {
    at,
    hint: "A .png shows the path over the originals; a .gif or .webp moves along it.",
  });
}

/** `walk-3-class-7-photo`: the stops, in what every file system allows. */
function defaultName(stops: readonly string[]): string {
  const words = stops.map((stop) => basename(stop, extname(stop)).replace(/[^\p{L}\p{N}]+/gu, "-"));
  return ["walk", ...words].join("-").slice(0, 120);
}

/** For each code the nearest test image that is no stop. */
async function nearestImages(
  model: RunModel,
  { splits: { test } }: OpenSource,
  codes: Float32Array,
  stops: readonly Stop[],
  { report, signal }: TaskContext,
): Promise<readonly NearestCode[]> {
  const codeSize = sizeOf(model.codeShape);
  const stopImages = stops.flatMap(({ image }) => (image?.split === "test" ? [image.index] : []));
  const leaveOut = new Set(stopImages);
  if (test.count <= leaveOut.size) {
    throw new UserError("the test split has no images beside the stops", { at: "data", hint: "Test on more of them." });
  }
  const found: NearestCode[] = Array.from({ length: codes.length / codeSize }, () => ({
    index: -1,
    distance: Number.POSITIVE_INFINITY,
  }));
  for (let first = 0; first < test.count; first += chunk) {
    report({ done: first, of: test.count, what: "looking for the nearest test images" });
    const count = Math.min(chunk, test.count - first);
    const some = await model.encode(unitFromPixels(readPixels(test, first, count)), { signal });
    const left = new Set([...leaveOut].map((index) => index - first));
    if (Array.from({ length: count }, (_, i) => i).every((i) => left.has(i))) continue;
    for (const [i, { index, distance }] of (await nearestCodes(codes, some, codeSize, left, signal)).entries()) {
      if (distance < (found[i]?.distance ?? 0)) found[i] = { index: first + index, distance };
    }
  }
  return found;
}

async function drawStrip(
  { inputShape }: RunModel,
  test: ImageSet,
  stops: readonly Stop[],
  steps: number,
  decoded: Float32Array,
  nearest: readonly NearestCode[],
): Promise<Uint8Array> {
  const { renderWalk } = await import("../report/walk.js");
  const below = nearest.map(({ index }, frame) => {
    const stop = frame % (steps - 1) === 0 ? stops[frame / (steps - 1)] : undefined;
    if (stop !== undefined) return { pixels: stop.pixels, caption: stop.caption, isStop: true };
    return { pixels: unitFromPixels(readPixels(test, index, 1)), caption: String(index), isStop: false };
  });
  return await renderWalk({
    decoded,
    originals: concatenated(
      below.map(({ pixels }) => pixels),
      Float32Array,
    ),
    steps: below,
    shape: inputShape,
  });
}

/** There and back again, resting at the stops. */
export async function animate(
  decoded: Float32Array,
  shape: readonly number[],
  steps: number,
  format: AnimationFormat,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { encodeAnimation } = await import("../data/animation.js");
  const count = decoded.length / sizeOf(shape);
  const magnification = Math.max(1, Math.round(animationHeight / (shape[1] ?? 1)));
  const there = Array.from({ length: count }, (_, step) => step);
  const back = there.slice(1, -1).reverse();
  const frames: Frame[] = [];
  for (const step of [...there, ...back]) {
    await pause(signal);
    frames.push({
      picture: imageGrid({ images: decoded, shape, rows: [[step]], magnification, gap: 0 }),
      milliseconds: step % (steps - 1) === 0 ? stopMilliseconds : frameMilliseconds,
    });
  }
  return await encodeAnimation(frames, format);
}

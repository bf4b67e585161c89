// A trained model in a program's hands: pictures to codes and back, as arrays. It computes in a thread of its own.
import { InternalError, UserError } from "../base/errors.js";
import type { EngineChoice } from "../engines/index.js";
import type { EvaluationRow, SetEvaluation } from "../evaluation/evaluateSet.js";
import type { WorstImages } from "../evaluation/worstImages.js";
import type { Experiment } from "../experiment/index.js";
import type { EpochRecord } from "../runs/records.js";
import {
  expectWhole,
  type HandedImages,
  type ImageSource,
  images,
  isImageSource,
  isPixels,
  type Pixels,
  readImages,
} from "./images.js";
import type {
  CallOptions,
  Calls,
  EvaluateOptions,
  Opened,
  SampleOptions,
  ScoreOptions,
  WalkOptions,
} from "./protocol.js";
import { type LibraryThread, startThread } from "./thread.js";

/** Codes, and the pictures that the decoder makes of them. */
export interface DecodedCodes {
  /** [picture, …codeShape] */
  readonly codes: Float32Array;
  /** [picture, channel, height, width], not clipped */
  readonly images: Float32Array;
}

/** What `isthmus evaluate` tells, and the pixels that it draws. */
export interface ImageEvaluation extends SetEvaluation {
  /** figures of the model's reconstructions, means over the pictures: the first of `rows` */
  readonly model: EvaluationRow;
  /**
   * pixels of the worst images in their order, [image, channel, height, width] in [0, 1]: as they are, as the model was given
   * them, what it made of them, and the nearest training images; undefined where the training pictures are not at hand
   */
  readonly worstPixels: Omit<WorstImages, "images"> | undefined;
  /** pictures that were written */
  readonly files: Readonly<Record<string, string>>;
}

/** Normal distributions of pictures' codes, each [picture, …codeShape]. */
export interface CodeDistributions {
  readonly mean: Float32Array;
  readonly logVariance: Float32Array;
}

/**
 * A trained model. All work is done in another thread and rejects with an AbortError where its signal is aborted. Nothing is
 * written but by `save`, `exportOnnx` and where a file or folder is named. A classifier encodes; what needs a decoder rejects with
 * a UserError. Pictures are bytes of 0 to 255 or floats in [0, 1], [picture, channel, height, width].
 */
export interface Trained {
  /** kind of model; undefined where it comes from two ONNX files */
  readonly kind: string | undefined;
  /** [channel, height, width] of a picture */
  readonly inputShape: readonly number[];
  /** shape of a code */
  readonly codeShape: readonly number[];
  /** what was trained, complete; undefined where the model comes from two ONNX files */
  readonly experiment: Experiment | undefined;
  /** the run folder, where the training or the model has one */
  readonly run: string | undefined;
  /** `stopped` where a training was ended early; the model is that of its last step */
  readonly reason: "done" | "stopped" | undefined;
  /** steps done */
  readonly step: number | undefined;
  /** figures of every epoch */
  readonly records: readonly EpochRecord[];
  /** figures of the last epoch */
  readonly last: EpochRecord | undefined;
  /** Codes [picture, …codeShape]; of a variational model the means. */
  encode(images: Pixels, options?: CallOptions): Promise<Float32Array>;
  /** Of a variational model: the distributions that codes are drawn from. */
  posterior(images: Pixels, options?: CallOptions): Promise<CodeDistributions>;
  /** Pictures [picture, channel, height, width], not clipped. @param codes [picture, …codeShape] */
  decode(codes: Float32Array, options?: CallOptions): Promise<Float32Array>;
  /** Pictures [picture, channel, height, width], not clipped. */
  reconstruct(images: Pixels, options?: CallOptions): Promise<Float32Array>;
  /** A number for each picture that is high for what the model has not learned: the mean squared error of its reconstruction, or `by`. */
  score(images: Pixels, options?: ScoreOptions): Promise<Float32Array>;
  /**
   * Measures the model as `isthmus evaluate` does, beside baselines where the pictures that it learned from are at hand: by this
   * training, or because the run's data open here.
   * @param images pictures to measure on, `images(…)` where they have labels; the run's own where they are left out. Floats are
   *   rounded to bytes first, of which a sentence in `notes` tells
   */
  evaluate(images?: Pixels | ImageSource, options?: EvaluateOptions): Promise<ImageEvaluation>;
  /** The way through the codes from picture to picture, decoded. @param stops two or more pictures */
  walk(stops: Pixels, options?: WalkOptions): Promise<DecodedCodes>;
  /** Codes drawn by lot, decoded. */
  sample(options?: Omit<SampleOptions, "fitTo"> & { readonly fitTo?: Pixels }): Promise<DecodedCodes>;
  /** Writes the run into a new folder, which the command and `loadRun` take. @returns paths of the files */
  save(folder: string): Promise<readonly string[]>;
  /** Writes encoder.onnx and decoder.onnx, checked. @returns their paths */
  exportOnnx(folder: string): Promise<readonly string[]>;
  /** Ends the thread and gives back its memory. Without it the thread ends with the process. */
  dispose(): Promise<void>;
}

export interface LoadOptions {
  /** who computes (default: the engine that trained the run, where it opens) */
  readonly engine?: EngineChoice;
  /** threads that compute (default: what the engine takes) */
  readonly threads?: number;
  /** which weights: the last, those of the best epoch, or those of a step (default last) */
  readonly checkpoint?: "last" | "best" | number;
  /** load the modules that the run names, though it comes from elsewhere (default false) */
  readonly allowCode?: boolean;
}

/**
 * Opens the model of a run folder.
 * @throws UserError (by rejection) where there is no such run or checkpoint, or a file is damaged
 */
export async function loadRun(folder: string, options: LoadOptions = {}): Promise<Trained> {
  const { engine, threads, checkpoint = "last", allowCode } = options;
  const thread = startThread(
    {
      kind: "open",
      run: String(folder),
      checkpoint,
      compute: { ...(engine === undefined ? {} : { engine }), ...(threads === undefined ? {} : { threads }) },
    },
    allowCode === undefined ? {} : { allowCode },
  );
  return await openedBy(thread);
}

/**
 * Opens an encoder and a decoder from ONNX files.
 * @param files.range what black and white are at the encoder's input (default: what the files say, else [0, 1])
 * @throws UserError (by rejection) where a file is no ONNX model, or the two do not fit each other
 */
export async function openModel(files: {
  readonly encoder: string;
  readonly decoder: string;
  readonly range?: readonly [black: number, white: number];
  readonly threads?: number;
}): Promise<Trained> {
  return await openedBy(startThread({ kind: "openOnnx", ...files }));
}

async function openedBy(thread: LibraryThread): Promise<Trained> {
  try {
    return trainedOf(thread, await thread.opened);
  } catch (error) {
    await thread.end();
    throw error;
  }
}

/** Numbers that cross to the thread at a time: copying them takes a few milliseconds. */
const chunk = 2 ** 20;

export function trainedOf(thread: LibraryThread, opened: Opened): Trained {
  const { inputShape, codeShape, records } = opened;
  const imageSize = sizeOf(inputShape);
  const codeSize = sizeOf(codeShape);

  /** Maps rows of `from` numbers to rows of `to` numbers, some at a time, so that nothing large is copied at once. */
  const map = async (
    call: (some: Float32Array, how: Parameters<LibraryThread["call"]>[2]) => Promise<Float32Array>,
    rows: Pixels,
    sizes: readonly [from: number, to: number],
    { signal }: CallOptions = {},
  ) => {
    const [from, to] = sizes;
    const count = rows.length / from;
    const results = new Float32Array(count * to);
    const rowsAtOnce = Math.max(1, Math.floor(chunk / Math.max(from, to)));
    for (let first = 0; first < count; first += rowsAtOnce) {
      const some = plainCopy(rows, first * from, Math.min(count, first + rowsAtOnce) * from);
      const found = await call(some as Float32Array, { transfer: [some.buffer], signal });
      results.set(found, first * to);
    }
    return results;
  };
  const pictures = (given: Pixels, what: string): Pixels => {
    if (!isPixels(given)) {
      throw new UserError("expected pictures as a Uint8Array or Float32Array", {
        at: what,
        hint: `[picture, ${inputShape.join(", ")}]: bytes of 0 to 255, or floats in [0, 1].`,
      });
    }
    expectWhole(given, imageSize, inputShape, what);
    return given;
  };
  const expectCodes = (codes: Float32Array): Float32Array => {
    if (codes instanceof Float32Array && codes.length > 0 && codes.length % codeSize === 0) return codes;
    const got = codes instanceof Float32Array ? `${codes.length} numbers` : typeof codes;
    throw new UserError(`expected codes of ${codeShape.join("×")} numbers in a Float32Array, got ${got}`, {
      at: "decode",
    });
  };

  const handed = async (given: Pixels | ImageSource): Promise<HandedImages> => {
    const [channel = 0, height = 0, width = 0] = inputShape;
    const source = isImageSource(given)
      ? given
      : images(pictures(given, "evaluate"), { shape: [channel, height, width] });
    if (source.shape.join() !== inputShape.join()) {
      throw new UserError(`has pictures of ${source.shape.join("×")}, the model takes ${inputShape.join("×")}`, {
        at: "evaluate",
      });
    }
    return await readImages(source);
  };
  const draw = async <Name extends "drawWalk" | "drawSamples">(
    name: Name,
    decoded: Float32Array,
    values: (copy: Float32Array) => Parameters<Calls[Name]>,
    signal: AbortSignal | undefined,
  ): Promise<void> => {
    const copy = decoded.slice();
    await thread.call(name, values(copy), { transfer: [copy.buffer], signal });
  };

  const trained: Trained = {
    kind: opened.kind,
    inputShape,
    codeShape,
    experiment: opened.experiment,
    run: opened.run?.startsWith("memory:") === true ? undefined : opened.run,
    reason: opened.reason,
    step: opened.step,
    records,
    last: records.at(-1),
    encode: async (images, how) =>
      await map(
        (some, call) => thread.call("encode", [some], call),
        pictures(images, "encode"),
        [imageSize, codeSize],
        how,
      ),
    async posterior(images, { signal } = {}) {
      const rows = pictures(images, "posterior");
      const count = rows.length / imageSize;
      const [mean, logVariance] = [new Float32Array(count * codeSize), new Float32Array(count * codeSize)];
      const atOnce = Math.max(1, Math.floor(chunk / Math.max(imageSize, 2 * codeSize)));
      for (let first = 0; first < count; first += atOnce) {
        const some = plainCopy(rows, first * imageSize, Math.min(count, first + atOnce) * imageSize);
        const both = await thread.call("posterior", [some as Float32Array], { transfer: [some.buffer], signal });
        mean.set(both.subarray(0, both.length / 2), first * codeSize);
        logVariance.set(both.subarray(both.length / 2), first * codeSize);
      }
      return { mean, logVariance };
    },
    decode: async (codes, how) =>
      await map((some, call) => thread.call("decode", [some], call), expectCodes(codes), [codeSize, imageSize], how),
    reconstruct: async (images, how) =>
      await map(
        (some, call) => thread.call("reconstruct", [some], call),
        pictures(images, "reconstruct"),
        [imageSize, imageSize],
        how,
      ),
    async score(images, how = {}) {
      const { by = "mse" } = how;
      const call: Parameters<typeof map>[0] = (some, to) => thread.call("score", [some, by], to);
      return await map(call, pictures(images, "score"), [imageSize, 1], how);
    },
    async evaluate(images, { signal, ...options } = {}) {
      const given = images === undefined ? undefined : await handed(images);
      const job = { ...options, ...(given === undefined ? {} : { images: given }) };
      const { evaluation, worst, files } = await thread.call("evaluate", [job], { signal });
      const [row] = evaluation.rows;
      if (row === undefined) throw new InternalError("an evaluation has no row of the model");
      if (worst === undefined) return { ...evaluation, model: row, worstPixels: undefined, files };
      const { images: _, ...worstPixels } = worst;
      return { ...evaluation, model: row, worstPixels, files };
    },
    async walk(stops, { signal, file, ...options } = {}) {
      const count = pictures(stops, "walk").length / imageSize;
      if (count < 2) throw new UserError("expected two pictures or more", { at: "walk" });
      const { steps = 12 } = options;
      if (!Number.isInteger(steps) || steps < 2) {
        throw new UserError(`expected a whole number of at least 2, got ${steps}`, { at: "walk.steps" });
      }
      const { path = "straight" } = options;
      if (path !== "straight" && path !== "spherical") {
        throw new UserError(`expected straight or spherical, got ${String(path)}`, { at: "walk.path" });
      }
      const stopCodes = await trained.encode(stops, withSignal(signal));
      const codes = await thread.call("path", [stopCodes, options], { transfer: [plainBuffer(stopCodes)], signal });
      const decoded = await trained.decode(codes, withSignal(signal));
      if (file !== undefined) await draw("drawWalk", decoded, (copy) => [copy, steps, file], signal);
      return { codes, images: decoded };
    },
    async sample({ fitTo, signal, file, ...options } = {}) {
      const { count = 64, seed = 0 } = options;
      if (!Number.isInteger(count) || count < 1) {
        throw new UserError(`expected a whole number of at least 1, got ${count}`, { at: "sample.count" });
      }
      const fitted = fitTo === undefined ? undefined : await trained.encode(fitTo, withSignal(signal));
      if (fitted !== undefined && fitted.length < 2 * codeSize) {
        throw new UserError("a distribution cannot be fitted to a single picture", { at: "sample.fitTo" });
      }
      const transfer = fitted === undefined ? [] : [plainBuffer(fitted)];
      const codes = await thread.call("draw", [fitted, options], { transfer, signal });
      const decoded = await trained.decode(codes, withSignal(signal));
      const from = fitTo === undefined ? "the standard normal prior" : "a normal distribution fitted to codes";
      if (file !== undefined) {
        await draw("drawSamples", decoded, (copy) => [copy, `from ${from}, seed ${seed}`, file], signal);
      }
      return { codes, images: decoded };
    },
    save: async (folder) => await thread.call("save", [folder]),
    exportOnnx: async (folder) => await thread.call("exportOnnx", [folder]),
    dispose: () => thread.end(),
  };
  return trained;
}

/** Some of the numbers in memory of their own, bytes as bytes and floats as float32. */
function plainCopy(values: Pixels, from: number, to: number) {
  const some = values.subarray(from, to);
  return some instanceof Float32Array || some instanceof Float64Array ? new Float32Array(some) : new Uint8Array(some);
}

/** The memory of numbers that nobody else holds. */
function plainBuffer({ buffer }: Float32Array): ArrayBuffer {
  if (buffer instanceof ArrayBuffer) return buffer;
  throw new InternalError("codes came in shared memory");
}

function withSignal(signal: AbortSignal | undefined): CallOptions {
  return signal === undefined ? {} : { signal };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

// A trained model in a program's hands: pictures to codes and back, as arrays. It computes in a thread of its own.
import { UserError } from "../base/errors.js";
import type { EngineChoice } from "../engines/index.js";
import type { Experiment } from "../experiment/index.js";
import type { EpochRecord } from "../runs/records.js";
import { expectWhole, isPixels, type Pixels } from "./images.js";
import type { Opened, SampleOptions, WalkOptions } from "./protocol.js";
import { type LibraryThread, startThread } from "./thread.js";

/** Codes, and the pictures that the decoder makes of them. */
export interface DecodedCodes {
  /** [picture, …codeShape] */
  readonly codes: Float32Array;
  /** [picture, channel, height, width], not clipped */
  readonly images: Float32Array;
}

/** Means over pictures. */
export interface ImageEvaluation {
  readonly images: number;
  /** mean squared error per element, pixels in [0, 1] */
  readonly mse: number;
  /** decibels: −10·log₁₀ of the mean squared error */
  readonly psnrOfMse: number;
}

/** A trained model. Pictures are bytes of 0 to 255 or floats in [0, 1], [picture, channel, height, width]. */
export interface Trained {
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
  encode(images: Pixels): Promise<Float32Array>;
  /** Pictures [picture, channel, height, width], not clipped. @param codes [picture, …codeShape] */
  decode(codes: Float32Array): Promise<Float32Array>;
  /** Pictures [picture, channel, height, width], not clipped. */
  reconstruct(images: Pixels): Promise<Float32Array>;
  /** Mean squared error of each picture's reconstruction: high for what the model has not learned. */
  score(images: Pixels): Promise<Float32Array>;
  /** Figures of the reconstructions of these pictures, means over all. */
  evaluate(images: Pixels): Promise<ImageEvaluation>;
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
  const map = async (name: "encode" | "decode" | "reconstruct" | "score", rows: Pixels, from: number, to: number) => {
    const count = rows.length / from;
    const results = new Float32Array(count * to);
    const rowsAtOnce = Math.max(1, Math.floor(chunk / Math.max(from, to)));
    for (let first = 0; first < count; first += rowsAtOnce) {
      const some = plainCopy(rows, first * from, Math.min(count, first + rowsAtOnce) * from);
      const found = await thread.call(name, [some as Float32Array], [some.buffer]);
      results.set(found, first * to);
    }
    return results;
  };
  const pictures = (images: Pixels, what: string): Pixels => {
    if (!isPixels(images)) {
      throw new UserError("expected pictures as a Uint8Array or Float32Array", {
        at: what,
        hint: `[picture, ${inputShape.join(", ")}]: bytes of 0 to 255, or floats in [0, 1].`,
      });
    }
    expectWhole(images, imageSize, inputShape, what);
    return images;
  };
  const expectCodes = (codes: Float32Array): Float32Array => {
    if (codes instanceof Float32Array && codes.length > 0 && codes.length % codeSize === 0) return codes;
    const got = codes instanceof Float32Array ? `${codes.length} numbers` : typeof codes;
    throw new UserError(`expected codes of ${codeShape.join("×")} numbers in a Float32Array, got ${got}`, {
      at: "decode",
    });
  };

  const trained: Trained = {
    inputShape,
    codeShape,
    experiment: opened.experiment,
    run: opened.run?.startsWith("memory:") === true ? undefined : opened.run,
    reason: opened.reason,
    step: opened.step,
    records,
    last: records.at(-1),
    encode: async (images) => await map("encode", pictures(images, "encode"), imageSize, codeSize),
    decode: async (codes) => await map("decode", expectCodes(codes), codeSize, imageSize),
    reconstruct: async (images) => await map("reconstruct", pictures(images, "reconstruct"), imageSize, imageSize),
    score: async (images) => await map("score", pictures(images, "score"), imageSize, 1),
    async evaluate(images) {
      const scores = await map("score", pictures(images, "evaluate"), imageSize, 1);
      const mse = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      return { images: scores.length, mse, psnrOfMse: -10 * Math.log10(Math.max(mse, 1e-10)) };
    },
    async walk(stops, options = {}) {
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
      const codes = await thread.call("path", [await trained.encode(stops), options]);
      return { codes, images: await trained.decode(codes) };
    },
    async sample({ fitTo, ...options } = {}) {
      const { count = 64 } = options;
      if (!Number.isInteger(count) || count < 1) {
        throw new UserError(`expected a whole number of at least 1, got ${count}`, { at: "sample.count" });
      }
      const fitted = fitTo === undefined ? undefined : await trained.encode(fitTo);
      if (fitted !== undefined && fitted.length < 2 * codeSize) {
        throw new UserError("a distribution cannot be fitted to a single picture", { at: "sample.fitTo" });
      }
      const codes = await thread.call("draw", [fitted, options]);
      return { codes, images: await trained.decode(codes) };
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
  return some instanceof Float32Array || some instanceof Float64Array ? Float32Array.from(some) : Uint8Array.from(some);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

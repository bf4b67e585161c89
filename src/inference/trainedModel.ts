// A trained model as what it can do, wherever it was opened from: a run, two ONNX files, or code.
import { UserError } from "../base/errors.js";
import { isPauseDue, pause } from "../base/turns.js";
import { kindText } from "../nn/index.js";
import type { Shape } from "../tensor/index.js";
import type { Preprocessing } from "../training/metadata.js";

/** Work that can be ended before its time. */
export interface Abortable {
  /** Heard between batches: the work throws an AbortError then. */
  readonly signal?: AbortSignal | undefined;
}

/** The normal distributions of images' codes, each [image, …codeShape]. */
export interface Posterior {
  readonly mean: Float32Array;
  readonly logVariance: Float32Array;
}

/** The error of one image's reconstruction, both [channel, height, width]. */
export type ImageError = (reconstruction: Float32Array, image: Float32Array) => number;

export interface ScoreOptions extends Abortable {
  /** Default: the mean squared error. */
  readonly error?: ImageError;
}

/**
 * A model that computes. Any number of images or codes may be handed in: they are computed in batches, between which the
 * thread is given back. Calls may overlap; each batch waits for the one before it.
 */
export interface TrainedModel {
  /** Its kind, for people; absent where it is not known. */
  readonly kind?: string;
  /** [channel, height, width] */
  readonly inputShape: Shape;
  /** Without the batch. */
  readonly codeShape: Shape;
  /** How pictures are made ready for it. Absent where nothing is known of that. */
  readonly preprocessing?: Partial<Preprocessing>;
  /** Sentences about what was seen when it was opened. */
  readonly notes: readonly string[];
  /** @param images [image, channel, height, width] in [0, 1] @returns codes [image, …codeShape]; of a variational model the means */
  encode(images: Float32Array, options?: Abortable): Promise<Float32Array>;
  /** Of a variational model. @param images [image, channel, height, width] in [0, 1] */
  posterior?(images: Float32Array, options?: Abortable): Promise<Posterior>;
  /** @param codes [image, …codeShape] @returns [image, channel, height, width], not clipped */
  decode?(codes: Float32Array, options?: Abortable): Promise<Float32Array>;
  /** @param images [image, channel, height, width] in [0, 1] @returns [image, channel, height, width], not clipped */
  reconstruct?(images: Float32Array, options?: Abortable): Promise<Float32Array>;
  /** @param images [image, channel, height, width] in [0, 1] @returns for each image the error of its reconstruction, in float64 */
  score?(images: Float32Array, options?: ScoreOptions): Promise<Float64Array>;
  /** Gives back the engine's memory, after a batch that is being computed. Safe to call twice. */
  dispose(): void;
}

/** What a model with a decoder can do, and a classifier can't. */
export type Decoding = Required<Pick<TrainedModel, "decode" | "reconstruct" | "score">>;

/** Whether a model makes pictures of codes. */
export function hasDecoder<Model extends TrainedModel>(model: Model): model is Model & Decoding {
  return model.decode !== undefined && model.reconstruct !== undefined && model.score !== undefined;
}

/**
 * The model, known to make pictures of codes.
 * @param at what errors name
 * @throws UserError for a model without a decoder, which is disposed of
 */
export function withDecoder<Model extends TrainedModel>(model: Model, at: string): Model & Decoding {
  if (hasDecoder(model)) return model;
  model.dispose();
  const what = model.kind === undefined ? "has no decoder" : `is ${kindText(model.kind)}'s run: there is no decoder`;
  throw new UserError(`${what} to make pictures of codes`, {
    at,
    hint: "Name the run of an autoencoder.",
  });
}

/** @param made,wanted of the same length */
export function meanSquaredError(made: Float32Array, wanted: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < wanted.length; i++) squares += ((made[i] as number) - (wanted[i] as number)) ** 2;
  return squares / wanted.length;
}

/** The method `score` over a method `reconstruct`. @param size numbers in an image */
export function scoring(reconstruct: Decoding["reconstruct"], size: number): Decoding["score"] {
  return async (images, { error = meanSquaredError, signal } = {}) => {
    const made = await reconstruct(images, { signal });
    const scores = new Float64Array(images.length / size);
    for (let image = 0, at = 0; image < scores.length; image++, at += size) {
      if (isPauseDue()) await pause(signal);
      scores[image] = error(made.subarray(at, at + size), images.subarray(at, at + size));
    }
    return scores;
  };
}

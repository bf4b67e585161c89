// What crosses between the thread that uses the library and the thread that trains and computes for it. Plain data.

import type { SplitName } from "../data/define.js";
import type { EngineChoice } from "../engines/index.js";
import type { SetEvaluation } from "../evaluation/evaluateSet.js";
import type { WorstImages } from "../evaluation/worstImages.js";
import type { Experiment } from "../experiment/index.js";
import type { PathKind } from "../latent/index.js";
import type { EpochRecord } from "../runs/records.js";
import type { TrainingEvent } from "../training/events.js";
import type { CrossedError } from "../training/protocol.js";
import type { HandedImages } from "./images.js";
import type { DataSpec, TransformSpec } from "./options.js";

/** Who computes. */
export interface ComputeOptions {
  readonly engine?: EngineChoice;
  readonly threads?: number;
}

/** What a thread is started for. */
export type Job =
  | {
      readonly kind: "train";
      /** A preset's name, a file, a run; a model or an experiment as data. */
      readonly what: unknown;
      readonly data?: DataSpec;
      readonly images?: HandedImages;
      /** Settings of the experiment that the caller gives. */
      readonly settings: Readonly<Record<string, unknown>>;
      readonly use: readonly string[];
      /** Go on with the run that `what` names. */
      readonly resume?: boolean;
      readonly folder?: string;
      /** TensorBoard's files into the run's folder too. */
      readonly tensorboard?: boolean;
      readonly dataThreads?: number;
      readonly exact?: boolean;
      /** To be done in: minutes from a moment, which is told in milliseconds as `performance.timeOrigin`. */
      readonly time?: { readonly minutes: number; readonly begun: number };
      readonly autoThreads?: boolean;
      readonly compute: ComputeOptions;
    }
  | {
      readonly kind: "open";
      readonly run: string;
      readonly checkpoint: "last" | "best" | number;
      readonly compute: ComputeOptions;
    }
  | {
      readonly kind: "openOnnx";
      readonly encoder: string;
      readonly decoder: string;
      readonly range?: readonly [number, number];
      readonly threads?: number;
    };

/** What is known of a model once it is open. */
export interface Opened {
  /** [channel, height, width] */
  readonly inputShape: readonly number[];
  readonly codeShape: readonly number[];
  /** Its kind; two ONNX files do not say it. */
  readonly kind?: string;
  /** Of a trained run; two ONNX files say none of it. */
  readonly experiment?: Experiment;
  readonly run?: string;
  readonly step?: number;
  readonly records: readonly EpochRecord[];
  /** Sentences about what was seen when it was opened. */
  readonly notes: readonly string[];
  readonly reason?: "done" | "stopped";
}

/** Work on a model that can be ended before its time. */
export interface CallOptions {
  /** aborting it ends the work: it rejects with an AbortError */
  readonly signal?: AbortSignal;
}

export interface EvaluateOptions extends CallOptions {
  /** which of the run's own pictures, where none are handed in (default test) */
  readonly on?: SplitName;
  /** what corrupts the input; `[]` for nothing (default: as trained) */
  readonly corrupt?: readonly TransformSpec[];
  /** measure each corruption in its severities 1 to 5 as well (default false) */
  readonly severities?: boolean;
  /**
   * measure principal components and the mean image beside the model, and show the worst images beside their nearest training
   * images, where the training pictures are at hand (default true); without, only the model is measured, which is sooner done
   */
  readonly baselines?: boolean;
  /** folder that pictures of the worst images are written into (default: none; nothing is written) */
  readonly folder?: string;
}
export type EvaluateJob = Omit<EvaluateOptions, "signal"> & { readonly images?: HandedImages };

/** What measuring found. */
export interface Found {
  readonly evaluation: SetEvaluation;
  readonly worst?: WorstImages;
  readonly files: Readonly<Record<string, string>>;
}

export interface WalkOptions extends CallOptions {
  /** codes from one stop to the next, both included (default 12) */
  readonly steps?: number;
  /** along a line, or along an arc as suits normal codes (default straight) */
  readonly path?: PathKind;
  /** a .png of all pictures, or a .gif or .webp that moves (default: none; nothing is written) */
  readonly file?: string;
}
export interface SampleOptions extends CallOptions {
  /** how many pictures (default 64) */
  readonly count?: number;
  /** which codes are drawn; more of one seed begin with the same ones (default 0) */
  readonly seed?: number;
  /**
   * pictures to whose codes a normal distribution is fitted; without them the standard normal one is drawn from, which is what a
   * variational model's codes follow
   */
  readonly fitTo?: Float32Array | Uint8Array;
  /** a .png of the pictures (default: none; nothing is written) */
  readonly file?: string;
}

/** Scores that need no reference pictures; `kl` is a variational model's. */
export type PictureScore = "mse" | "mae" | "ssim" | "local" | "kl";
export interface ScoreOptions extends CallOptions {
  /**
   * what a picture's score is (default mse): the mean squared or absolute error of its reconstruction, 1 − structural similarity
   * (ssim), the largest squared error after a blur (local), or the divergence of the code's distribution from the prior (kl)
   */
  readonly by?: PictureScore;
}

/** What can be asked of an open model, with what is handed over and given back. */
export interface Calls {
  readonly encode: (images: Float32Array | Uint8Array) => Float32Array;
  readonly decode: (codes: Float32Array) => Float32Array;
  readonly reconstruct: (images: Float32Array | Uint8Array) => Float32Array;
  readonly score: (images: Float32Array | Uint8Array, by: PictureScore) => Float32Array;
  /** Means, and after them as many logarithms of variances. */
  readonly posterior: (images: Float32Array | Uint8Array) => Float32Array;
  readonly path: (codes: Float32Array, options: Pick<WalkOptions, "steps" | "path">) => Float32Array;
  readonly draw: (codes: Float32Array | undefined, options: Pick<SampleOptions, "count" | "seed">) => Float32Array;
  readonly drawWalk: (images: Float32Array, steps: number, file: string) => string;
  readonly drawSamples: (images: Float32Array, title: string, file: string) => string;
  readonly evaluate: (job: EvaluateJob) => Found;
  readonly save: (folder: string) => readonly string[];
  readonly exportOnnx: (folder: string) => readonly string[];
}
export type CallName = keyof Calls;

export type CallMessage =
  | { readonly kind: "call"; readonly id: number; readonly name: CallName; readonly values: readonly unknown[] }
  | { readonly kind: "abort"; readonly id: number };

export type ThreadMessage =
  | { readonly kind: "event"; readonly event: TrainingEvent }
  | { readonly kind: "opened"; readonly opened: Opened }
  | { readonly kind: "failed"; readonly error: CrossedError }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: CrossedError };

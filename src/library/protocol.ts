// What crosses between the thread that uses the library and the thread that trains and computes for it. Plain data.
import type { EngineChoice } from "../engines/index.js";
import type { Experiment } from "../experiment/index.js";
import type { PathKind } from "../latent/index.js";
import type { EpochRecord } from "../runs/records.js";
import type { TrainingEvent } from "../training/events.js";
import type { CrossedError } from "../training/protocol.js";
import type { HandedImages } from "./images.js";
import type { DataSpec } from "./specs.js";

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
      readonly folder?: string;
      readonly dataThreads?: number;
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
  /** Of a trained run; two ONNX files say none of it. */
  readonly experiment?: Experiment;
  readonly run?: string;
  readonly step?: number;
  readonly records: readonly EpochRecord[];
  readonly reason?: "done" | "stopped";
}

export interface WalkOptions {
  /** codes from one stop to the next, both included (default 12) */
  readonly steps?: number;
  /** along a line, or along an arc as suits normal codes (default straight) */
  readonly path?: PathKind;
}
export interface SampleOptions {
  /** how many pictures (default 64) */
  readonly count?: number;
  /** which codes are drawn; more of one seed begin with the same ones (default 0) */
  readonly seed?: number;
  /**
   * pictures to whose codes a normal distribution is fitted; without them the standard normal one is drawn from, which is what a
   * variational model's codes follow
   */
  readonly fitTo?: Float32Array | Uint8Array;
}

/** What can be asked of an open model, with what is handed over and given back. */
export interface Calls {
  readonly encode: (images: Float32Array | Uint8Array) => Float32Array;
  readonly decode: (codes: Float32Array) => Float32Array;
  readonly reconstruct: (images: Float32Array | Uint8Array) => Float32Array;
  readonly score: (images: Float32Array | Uint8Array) => Float32Array;
  readonly path: (codes: Float32Array, options: WalkOptions) => Float32Array;
  readonly draw: (codes: Float32Array | undefined, options: Omit<SampleOptions, "fitTo">) => Float32Array;
  readonly save: (folder: string) => readonly string[];
  readonly exportOnnx: (folder: string) => readonly string[];
}
export type CallName = keyof Calls;

export interface CallMessage {
  readonly id: number;
  readonly name: CallName;
  readonly values: readonly unknown[];
}

export type ThreadMessage =
  | { readonly kind: "event"; readonly event: TrainingEvent }
  | { readonly kind: "opened"; readonly opened: Opened }
  | { readonly kind: "failed"; readonly error: CrossedError }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "refusal"; readonly id: number; readonly error: CrossedError };

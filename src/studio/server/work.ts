// What crosses between the server and a process that does one piece of work: paths are the server's own.
import type { TrainingCommand, TrainingEvent } from "../../training/events.js";
import type { CrossedError } from "../../training/protocol.js";
import type { MapOptions, SelectionRequest, TaskName, TaskOptions } from "../api.js";

export type Work =
  | {
      readonly kind: "train" | "findLearningRate";
      readonly options: Readonly<Record<string, unknown>>;
      /** Of an experiment that a page has sent, which lies in the file that the options name. */
      readonly text?: string;
      /** Goes into the file that the options name. */
      readonly preset?: string;
    }
  | {
      readonly kind: "task";
      readonly task: TaskName;
      readonly run: string;
      readonly out: string;
      readonly options: TaskOptions;
    }
  | { readonly kind: "compare"; readonly runs: readonly string[]; readonly out: string }
  | { readonly kind: "map"; readonly run: string; readonly out: string; readonly options: MapOptions }
  /** `out`: a file. */
  | { readonly kind: "selection"; readonly run: string; readonly out: string; readonly selection: SelectionRequest }
  /** `made`: when, ISO 8601. */
  | { readonly kind: "report"; readonly run: string; readonly out: string; readonly made: string };

export type ToWork =
  | { readonly kind: "work"; readonly work: Work }
  | { readonly kind: "command"; readonly command: TrainingCommand }
  | { readonly kind: "cancel" };

export type FromWork =
  | { readonly kind: "event"; readonly event: TrainingEvent }
  | { readonly kind: "progress"; readonly done: number; readonly of: number; readonly what: string }
  | { readonly kind: "note"; readonly message: string }
  | { readonly kind: "result"; readonly result: unknown; readonly pack?: Uint8Array<ArrayBuffer> }
  | { readonly kind: "error"; readonly error: CrossedError };

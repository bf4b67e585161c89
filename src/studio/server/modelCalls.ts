// What crosses between the server and the process that has models open.
import type { CrossedError } from "../../training/protocol.js";

/** Pictures of a run's data, or uploaded ones by the paths that the server gave them. */
export type ChosenPictures =
  | { readonly on: "train" | "test"; readonly places: readonly number[] }
  | { readonly files: readonly string[] };

/** `run`: the folder's path. */
export type ModelCall =
  | { readonly kind: "decode"; readonly run: string; readonly codes: Float32Array }
  | { readonly kind: "encode"; readonly run: string; readonly pictures: ChosenPictures; readonly isInverted: boolean }
  | { readonly kind: "images"; readonly run: string; readonly pictures: ChosenPictures }
  | {
      readonly kind: "restore";
      readonly run: string;
      readonly pictures: ChosenPictures;
      readonly corrupt: readonly string[];
      readonly seed: number;
    }
  /** The size of an uploaded picture, whose file is removed where it is none. */
  | { readonly kind: "measure"; readonly file: string; readonly mostPixels: number };

export interface ToModels {
  readonly id: number;
  readonly call: ModelCall;
}

export type FromModels = { readonly id: number } & (
  | { readonly pack: Uint8Array<ArrayBuffer> }
  | { readonly value: unknown }
  | { readonly error: CrossedError }
);

// What a packed model is: programs for one image as plain data, which a page runs without knowing layers, YAML or schemas.

/** One op of a packed program. Values are counted from 0 over the whole program. */
export interface PackedStep {
  readonly op: string;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly attributes: unknown;
}

/** A program for one image. What depends on weights alone was computed when it was packed. */
export interface PackedProgram {
  /** Of each value, with a batch of one. */
  readonly shapes: readonly (readonly number[])[];
  /** Value by the input's name. */
  readonly inputs: Readonly<Record<string, number>>;
  /** Value by the output's name. */
  readonly outputs: Readonly<Record<string, number>>;
  /** Values that lie in the file: the tensor's name by value. */
  readonly tensors: Readonly<Record<string, string>>;
  /** Each after those it needs. */
  readonly steps: readonly PackedStep[];
}

/** What stands as JSON under `isthmus.packed` in the metadata of the safetensors file that holds the tensors. */
export interface PackedModel {
  readonly format: 1;
  /** [channel, height, width] */
  readonly imageShape: readonly number[];
  /** Without the batch. */
  readonly codeShape: readonly number[];
  /** `code` to `reconstruction`; absent where the model has no decoder. */
  readonly decode?: PackedProgram;
  /** `input` to `code`; absent where only the decoder was packed. */
  readonly encode?: PackedProgram;
}

export const packedKey = "isthmus.packed";

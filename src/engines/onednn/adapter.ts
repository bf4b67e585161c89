// The part of oneDNN that the lowering uses, without the differences between its versions. One adapter file for each
// major version of the C interface fulfils it: adapter2.ts for 2.x, adapter3.ts for 3.x.

/** How a tensor's elements lie in memory. Blocked layouts are the library's own secret; only it can compare them. */
export interface Layout {
  readonly dims: readonly number[];
  /** Address of the library's memory descriptor. */
  readonly address: bigint;
  /** Keeps the descriptor's memory alive where it is JavaScript's. */
  readonly owner: unknown;
}

/** What a primitive reads and writes; the names are oneDNN's argument names. */
export type ArgumentName =
  | "source"
  | "source1"
  | "destination"
  | "weights"
  | "bias"
  | "mean"
  | "variance"
  | "scale"
  | "shift"
  | "workspace"
  | "sourceGradient"
  | "destinationGradient"
  | "weightsGradient"
  | "biasGradient"
  | "scaleGradient"
  | "shiftGradient"
  | `postOp${number}`;

export type EltwiseAlgorithm =
  | "relu"
  | "elu"
  | "tanh"
  | "logistic"
  | "sqrt"
  | "log"
  | "exp"
  | "abs"
  | "clip"
  | "linear"
  | "pow"
  | "softRelu"
  | "geluErf"
  | "geluTanh"
  | "swish"
  | "reluFromOutput"
  | "eluFromOutput"
  | "tanhFromOutput"
  | "logisticFromOutput";
/** `greater` and `greaterEqual` give 1 where it holds and 0 elsewhere. */
export type BinaryAlgorithm = "add" | "sub" | "mul" | "div" | "max" | "min" | "greater" | "greaterEqual";

/** Windows of a convolution or pooling. `dilates` counts the zeros between kernel elements (0 is dense). */
export interface Window {
  readonly strides: readonly number[];
  readonly dilates: readonly number[];
  /** [top, left] */
  readonly paddingBefore: readonly number[];
  /** [bottom, right] */
  readonly paddingAfter: readonly number[];
}

export type PrimitiveSpec =
  | {
      readonly kind: "convolution" | "deconvolution";
      readonly pass: "forwardTraining" | "forwardInference" | "backwardData" | "backwardWeights";
      readonly source: Layout;
      readonly weights: Layout;
      readonly bias: Layout | undefined;
      readonly destination: Layout;
      readonly window: Window;
      readonly hint?: Primitive;
    }
  | {
      readonly kind: "innerProduct";
      readonly pass: "forwardTraining" | "forwardInference" | "backwardData" | "backwardWeights";
      readonly source: Layout;
      readonly weights: Layout;
      readonly bias: Layout | undefined;
      readonly destination: Layout;
      readonly hint?: Primitive;
    }
  | { readonly kind: "matmul"; readonly source: Layout; readonly weights: Layout; readonly destination: Layout }
  | {
      readonly kind: "batchNormalization";
      readonly pass: "forwardTraining" | "forwardInference" | "backward" | "backwardInference";
      readonly data: Layout;
      readonly gradient?: Layout;
      readonly epsilon: number;
      readonly hint?: Primitive;
    }
  | {
      readonly kind: "maxPooling";
      /** Only the training pass notes where the maxima were (its workspace). */
      readonly pass: "forwardTraining" | "forwardInference" | "backward";
      readonly source: Layout;
      readonly destination: Layout;
      readonly kernel: readonly number[];
      readonly window: Window;
      readonly hint?: Primitive;
    }
  | {
      readonly kind: "averagePooling";
      readonly pass: "forwardInference" | "backward";
      /** Whether a window's sum is divided by the kernel's size everywhere, or by how much of it lies on the input. */
      readonly countsPadding: boolean;
      readonly source: Layout;
      readonly destination: Layout;
      readonly kernel: readonly number[];
      readonly window: Window;
      readonly hint?: Primitive;
    }
  | {
      readonly kind: "softmax";
      readonly algorithm: "softmax" | "logSoftmax";
      readonly pass: "forwardTraining" | "backward";
      readonly axis: number;
      readonly data: Layout;
      readonly gradient?: Layout;
      readonly hint?: Primitive;
    }
  | {
      readonly kind: "nearestResampling";
      readonly pass: "forwardTraining" | "backward";
      readonly source: Layout;
      readonly destination: Layout;
      readonly hint?: Primitive;
    }
  | {
      readonly kind: "eltwise";
      readonly pass: "forwardTraining" | "backward";
      readonly algorithm: EltwiseAlgorithm;
      readonly data: Layout;
      readonly gradient?: Layout;
      readonly alpha: number;
      readonly beta: number;
      readonly hint?: Primitive;
    }
  | {
      readonly kind: "binary";
      readonly algorithm: BinaryAlgorithm;
      readonly source: Layout;
      readonly source1: Layout;
      readonly destination: Layout;
    }
  /** Sums over the axes that have length 1 in the destination. */
  | { readonly kind: "reduction"; readonly source: Layout; readonly destination: Layout }
  | { readonly kind: "reorder"; readonly source: Layout; readonly destination: Layout };

export type PostOp =
  | { readonly kind: "sum"; readonly scale: number }
  | { readonly kind: "eltwise"; readonly algorithm: EltwiseAlgorithm; readonly alpha: number; readonly beta: number }
  | { readonly kind: "binary"; readonly algorithm: BinaryAlgorithm; readonly layout: Layout };

export interface PrimitiveAttributes {
  readonly postOps?: readonly PostOp[];
  /** Factors of `source` and `source1` of a binary primitive. */
  readonly sourceScales?: readonly [number, number];
}

/** A compiled primitive. */
export interface Primitive {
  readonly handle: bigint;
  readonly descriptor: bigint;
  /** The implementation that the library chose, for example `jit:avx512_core`. */
  readonly implementation: string;
  /** Arguments that every execution needs after its own: code and memory handle. They belong to the primitive. */
  readonly fixedArguments: readonly (readonly [code: number, memory: bigint])[];
  /** The layout the library chose for an argument that was given as `any`; also the workspace's. */
  layoutOf(
    argument:
      | "source"
      | "weights"
      | "destination"
      | "workspace"
      | "sourceGradient"
      | "weightsGradient"
      | "destinationGradient",
  ): Layout;
  dispose(): void;
}

export interface Adapter {
  /** `2.6.3` */
  readonly version: string;
  /** `avx512_core_bf16` */
  readonly instructionSet: string;
  /** An adapter of the same library that keeps its own list of layouts; a session has one. */
  scoped(): Adapter;
  /** Gives back the layouts that were made through this adapter. What was made of them (primitives, memory) stays. */
  release(): void;
  /** Row-major. */
  plain(dims: readonly number[]): Layout;
  /** Row-major memory read with the given distances, in elements. */
  strided(dims: readonly number[], strides: readonly number[]): Layout;
  /** The library may choose. */
  any(dims: readonly number[]): Layout;
  /** A box of `dims` in row-major memory, its first element at `starts`. */
  part(layout: Layout, dims: readonly number[], starts: readonly number[]): Layout;
  sameLayout(a: Layout, b: Layout): boolean;
  bytesOf(layout: Layout): number;
  /** For people: dims and inner blocks, `128×16×28×28 [16b]`. */
  describeLayout(layout: Layout): string;
  /**
   * `dims`, [batch, channel, height, width], in the channel blocks of `layout`, row-major where it has none. [1, channel, 1, 1] is
   * what fast code wants of an operand with one number per channel.
   */
  channelBlocks(dims: readonly number[], layout: Layout): Layout;
  /** Where to normalise what lies in `layout`, [batch, channel, height, width]: there, or where the library's code sums more precisely. */
  batchNormalizationLayout(layout: Layout): Layout;
  /** The same memory seen with other axes, or undefined where the layout does not allow it. */
  reshaped(layout: Layout, dims: readonly number[]): Layout | undefined;
  /** Throws `PrimitiveRefused` with the library's status. */
  createPrimitive(spec: PrimitiveSpec, attributes?: PrimitiveAttributes): Primitive;
  createMemory(layout: Layout, address: bigint): bigint;
  setMemoryAddress(memory: bigint, address: bigint): void;
  destroyMemory(memory: bigint): void;
  argumentCode(argument: ArgumentName): number;
  /** @param list address of `count` argument records of 16 bytes: code (int32), padding, memory handle @returns the library's status, 0 for success */
  execute(primitive: bigint, count: number, list: bigint): number;
  /** Whether batch normalisation's backward pass wants the shift among its arguments. */
  readonly batchNormalizationBackwardTakesShift: boolean;
}

/** The library would not make a primitive; the lowering adds shapes and layer. */
export class PrimitiveRefused extends Error {
  override readonly name = "PrimitiveRefused";
  constructor(
    readonly primitive: string,
    readonly status: number,
  ) {
    super(`${primitive}: ${statusText(status)}`);
  }
}

/** oneDNN's status codes in words. */
export function statusText(status: number): string {
  const texts = [
    "success",
    "out of memory",
    "invalid arguments",
    "unimplemented",
    "last implementation reached",
    "runtime error",
    "not required",
  ];
  return `status ${status} (${texts[status] ?? "unknown"})`;
}

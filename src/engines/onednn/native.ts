// What the adapters of oneDNN's versions share: binding C functions, and constants that no version has changed.
import type { Adapter, ArgumentName, BinaryAlgorithm } from "./adapter.js";
import { PrimitiveRefused } from "./adapter.js";
import type { NativeLibrary } from "./koffi.js";

export type NativeFunction = (...values: unknown[]) => unknown;

/** Length of dnnl_dims_t. */
const maximumRank = 12;
export const float32 = 3;
export const formatAny = 1;
export const useGlobalStatistics = 1;
export const propagation = {
  forwardTraining: 64,
  forwardInference: 96,
  backward: 128,
  backwardData: 160,
  backwardWeights: 192,
};
export const convolutionDirect = 1;
export const deconvolutionDirect = 0xa;
const poolingMaximum = 0x1ff;
const poolingAverageWithPadding = 0x2ff;
const poolingAverage = 0x3ff;
export const resamplingNearest = 0x2fff0;
export const softmax = { softmax: 0x30000, logSoftmax: 0x30001 } as const;
export const binary: Readonly<Record<BinaryAlgorithm, number>> = {
  add: 0x1fff0,
  mul: 0x1fff1,
  max: 0x1fff2,
  min: 0x1fff3,
  div: 0x1fff4,
  sub: 0x1fff5,
  greaterEqual: 0x1fff6,
  greater: 0x1fff7,
};
export const reductionSum = 0x2fff4;
export const queries = {
  source: 129,
  sourceGradient: 130,
  weights: 131,
  weightsGradient: 132,
  destination: 133,
  destinationGradient: 134,
  workspace: 135,
} as const;
export const queryImplementation = 8;
export const argumentCodes: Readonly<Record<Exclude<ArgumentName, `postOp${number}`>, number>> = {
  source: 1,
  source1: 2,
  destination: 17,
  weights: 33,
  bias: 41,
  mean: 49,
  variance: 50,
  scale: 51,
  shift: 52,
  workspace: 64,
  sourceGradient: 129,
  destinationGradient: 145,
  weightsGradient: 161,
  biasGradient: 169,
  scaleGradient: 255,
  shiftGradient: 256,
};

export function poolingAlgorithm(spec: { readonly kind: string; readonly countsPadding?: boolean }): number {
  if (spec.kind === "maxPooling") return poolingMaximum;
  return spec.countsPadding === true ? poolingAverageWithPadding : poolingAverage;
}

/** @param postOpBase the code of the first post-op's operands, which versions number differently */
export function argumentCoder(postOpBase: number): Adapter["argumentCode"] {
  return (argument) =>
    argument.startsWith("postOp")
      ? (postOpBase * (Number(argument.slice(6)) + 1)) | argumentCodes.source1
      : argumentCodes[argument as keyof typeof argumentCodes];
}

/** Binds a function by its name; parameters are letters: p pointer, i int, u unsigned, f float, n int64. */
export function binder(library: NativeLibrary): (name: string, parameters: string, result?: string) => NativeFunction {
  const types: Readonly<Record<string, string>> = {
    p: "void *",
    i: "int",
    u: "unsigned int",
    f: "float",
    n: "int64_t",
  };
  return (name, parameters, result = "int") =>
    library.func(
      name,
      result,
      [...parameters].map((letter) => types[letter] ?? letter),
    ) as never;
}

/** @throws PrimitiveRefused for every status but success */
export function check(primitive: string, status: unknown): void {
  if (status !== 0) throw new PrimitiveRefused(primitive, Number(status));
}

/** Calls a function that writes a handle through its first argument. */
export function handleFrom(what: string, create: (out: BigUint64Array) => unknown): bigint {
  const out = new BigUint64Array(1);
  check(what, create(out));
  return out[0] ?? 0n;
}

/** A dnnl_dims_t. */
export function dimensions(values: readonly number[]): BigInt64Array {
  const array = new BigInt64Array(maximumRank);
  values.forEach((value, i) => {
    array[i] = BigInt(value);
  });
  return array;
}

/** `64×16×28×28 strides 12544 784 448 16 [16b]` */
export function layoutText(dims: readonly number[], { strides, blocks }: Blocking): string {
  const inner = blocks.map(({ size, axis }) => `${size}${String.fromCharCode(97 + axis)}`);
  return `${dims.join("×")} strides ${strides.join(" ")} [${inner.join("")}]`;
}

/** The strides and inner blocks of a layout, outermost first. */
export interface Blocking {
  readonly strides: readonly number[];
  readonly blocks: readonly { readonly size: number; readonly axis: number }[];
}

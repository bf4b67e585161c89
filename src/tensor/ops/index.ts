// Every op, by hand: the one list that the compiler checks engines against.
import { InternalError } from "../../base/errors.js";
import { elu, eluGradient, relu, reluGradient, sigmoid, sigmoidGradient, tanh, tanhGradient } from "./activations.js";
import { add, linear, mul, scaledAdd, sub } from "./arithmetic.js";
import { batchNormGradient, batchNormInference, batchNormInferenceGradient, batchNormTraining } from "./batchNorm.js";
import { binaryCrossEntropy, binaryCrossEntropyGradient } from "./binaryCrossEntropy.js";
import { conv2d, conv2dInputGradient, conv2dWeightGradient } from "./conv2d.js";
import { convTranspose2d, convTranspose2dInputGradient, convTranspose2dWeightGradient } from "./convTranspose2d.js";
import type { Op } from "./define.js";
import { dense, denseInputGradient, denseWeightGradient } from "./dense.js";
import { fill, input, state } from "./leaves.js";
import { matmul } from "./matmul.js";
import { maxPool2d, maxPool2dGradient } from "./maxPool2d.js";
import { broadcastTo, mean, meanSquare, sumTo } from "./reductions.js";
import { reshape } from "./reshape.js";
import { adam, sgd } from "./updates.js";
import { upsample, upsampleGradient } from "./upsample.js";

export const ops = {
  input,
  state,
  fill,
  conv2d,
  conv2dInputGradient,
  conv2dWeightGradient,
  convTranspose2d,
  convTranspose2dInputGradient,
  convTranspose2dWeightGradient,
  dense,
  denseInputGradient,
  denseWeightGradient,
  matmul,
  batchNormTraining,
  batchNormInference,
  batchNormGradient,
  batchNormInferenceGradient,
  maxPool2d,
  maxPool2dGradient,
  upsample,
  upsampleGradient,
  relu,
  reluGradient,
  elu,
  eluGradient,
  sigmoid,
  sigmoidGradient,
  tanh,
  tanhGradient,
  add,
  sub,
  mul,
  linear,
  scaledAdd,
  sumTo,
  broadcastTo,
  mean,
  meanSquare,
  reshape,
  binaryCrossEntropy,
  binaryCrossEntropyGradient,
  adam,
  sgd,
} as const;

export type Ops = typeof ops;
export type OpName = keyof Ops;
export type AttributesOf<Name extends OpName> = Ops[Name] extends Op<Name, infer Attributes> ? Attributes : never;

/** An op with the type of its attributes forgotten, for what treats all ops alike. */
export type AnyOp = Op<string, unknown>;

export function isOpName(name: string): name is OpName {
  return Object.hasOwn(ops, name);
}

/** The op of a node; the node's attributes are of its type by construction. */
export function opNamed(name: string): AnyOp {
  if (!isOpName(name)) throw new InternalError(`no op is called ${name}`);
  return ops[name] as unknown as AnyOp;
}

// Every op, by hand: the one list that the compiler checks engines against.
import { InternalError } from "../../base/errors.js";
import { elu, eluGradient, relu, reluGradient, sigmoid, sigmoidGradient, tanh, tanhGradient } from "./activations.js";
import { adaptiveAvgPool2d, adaptiveAvgPool2dGradient } from "./adaptiveAvgPool2d.js";
import { affineSample, affineSampleGradient } from "./affineSample.js";
import { add, linear, mul, scaledAdd, sub } from "./arithmetic.js";
import { avgPool2d, avgPool2dGradient } from "./avgPool2d.js";
import { meanOver, sum } from "./axisReductions.js";
import { batchNormGradient, batchNormInference, batchNormInferenceGradient, batchNormTraining } from "./batchNorm.js";
import { binaryCrossEntropy, binaryCrossEntropyGradient } from "./binaryCrossEntropy.js";
import { broadcastTo, sumTo } from "./broadcast.js";
import { clamp, clampGradient } from "./clamp.js";
import { concat } from "./concat.js";
import { conv2d, conv2dInputGradient, conv2dWeightGradient } from "./conv2d.js";
import { convTranspose2d, convTranspose2dInputGradient, convTranspose2dWeightGradient } from "./convTranspose2d.js";
import type { Op } from "./define.js";
import type { UpdateOp } from "./defineUpdate.js";
import { dense, denseInputGradient, denseWeightGradient } from "./dense.js";
import { div } from "./division.js";
import { abs, absGradient, exp, log, power, sqrt } from "./elementary.js";
import { maximum, maximumGradient, minimum } from "./extremes.js";
import { gather, gatherGradient, oneHot } from "./gather.js";
import { gelu, geluGradient } from "./gelu.js";
import { groupNorm, groupNormGradient } from "./groupNorm.js";
import { layerNorm, layerNormGradient } from "./layerNorm.js";
import { leakyRelu, leakyReluGradient } from "./leakyRelu.js";
import { fill, input, state } from "./leaves.js";
import { matmul } from "./matmul.js";
import { maxPool2d, maxPool2dGradient } from "./maxPool2d.js";
import { mish } from "./mish.js";
import { mean, meanSquare } from "./reductions.js";
import { reshape } from "./reshape.js";
import { selu, seluGradient } from "./selu.js";
import { silu, siluGradient } from "./silu.js";
import { pad, slice } from "./slice.js";
import { logSoftmax, logSoftmaxGradient, softmax, softmaxGradient } from "./softmax.js";
import { softplus, softplusGradient } from "./softplus.js";
import { stopGradient } from "./stopGradient.js";
import { transpose } from "./transpose.js";
import { adam, adamw, rmsprop, sgd } from "./updates.js";
import { upsample, upsampleGradient } from "./upsample.js";
import { upsampleBilinear, upsampleBilinearGradient } from "./upsampleBilinear.js";

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
  layerNorm,
  layerNormGradient,
  groupNorm,
  groupNormGradient,
  maxPool2d,
  maxPool2dGradient,
  avgPool2d,
  avgPool2dGradient,
  adaptiveAvgPool2d,
  adaptiveAvgPool2dGradient,
  upsample,
  upsampleGradient,
  upsampleBilinear,
  upsampleBilinearGradient,
  affineSample,
  affineSampleGradient,
  relu,
  reluGradient,
  elu,
  eluGradient,
  sigmoid,
  sigmoidGradient,
  tanh,
  tanhGradient,
  leakyRelu,
  leakyReluGradient,
  selu,
  seluGradient,
  gelu,
  geluGradient,
  silu,
  siluGradient,
  mish,
  softplus,
  softplusGradient,
  softmax,
  softmaxGradient,
  logSoftmax,
  logSoftmaxGradient,
  clamp,
  clampGradient,
  exp,
  log,
  sqrt,
  power,
  abs,
  absGradient,
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  maximumGradient,
  linear,
  scaledAdd,
  sumTo,
  broadcastTo,
  mean,
  meanSquare,
  sum,
  meanOver,
  stopGradient,
  reshape,
  transpose,
  slice,
  pad,
  concat,
  gather,
  gatherGradient,
  oneHot,
  binaryCrossEntropy,
  binaryCrossEntropyGradient,
  adam,
  adamw,
  sgd,
  rmsprop,
} as const;

export type Ops = typeof ops;
export type OpName = keyof Ops;
export type AttributesOf<Name extends OpName> = Ops[Name] extends Op<Name, infer Attributes> ? Attributes : never;

/** The ops that are optimizer updates. */
export type UpdateName = { [Name in OpName]: Ops[Name] extends { readonly kind: "update" } ? Name : never }[OpName];
/** The names of an update's slots and scalars. */
export type SlotOf<Name extends UpdateName> = ReturnType<Ops[Name]["slots"]>[number];
export type ScalarOf<Name extends UpdateName> = ReturnType<Ops[Name]["scalars"]>[number];
/** Ops that other ops can stand in for: see `expand`. */
export type ExpandableOpName = {
  [Name in OpName]: Ops[Name] extends { readonly expansion: unknown } ? Name : never;
}[OpName];

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

/** The op of a node that is an optimizer update; undefined of any other node. */
export function updateNamed(name: string): UpdateOp | undefined {
  const op = opNamed(name);
  return op.kind === "update" ? (op as UpdateOp) : undefined;
}

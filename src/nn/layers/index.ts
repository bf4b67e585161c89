// Every layer, by hand.
import type { z } from "zod";
import { readEntry } from "../../schema/read.js";
import type { LayerSpec } from "../models/define.js";
import { adaptiveAvgPool2d } from "./adaptiveAvgPool2d.js";
import { avgPool2d } from "./avgPool2d.js";
import { batchNorm1d, batchNorm2d } from "./batchNorm2d.js";
import { compositeLayers } from "./composite.js";
import { conv2d } from "./conv2d.js";
import { convTranspose2d } from "./convTranspose2d.js";
import type { ConfiguredLayer, Layer } from "./define.js";

export type { ConfiguredLayer } from "./define.js";

import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { dropout2d } from "./dropout2d.js";
import { elu } from "./elu.js";
import { flatten } from "./flatten.js";
import { gaussianNoise } from "./gaussianNoise.js";
import { gelu } from "./gelu.js";
import { globalAveragePool2d } from "./globalAveragePool2d.js";
import { groupNorm, instanceNorm } from "./groupNorm.js";
import { layerNorm } from "./layerNorm.js";
import { leakyRelu } from "./leakyRelu.js";
import { maxPool2d } from "./maxPool2d.js";
import { mish } from "./mish.js";
import { pixelShuffle } from "./pixelShuffle.js";
import { relu } from "./relu.js";
import { selu } from "./selu.js";
import { sigmoid } from "./sigmoid.js";
import { silu } from "./silu.js";
import { softmax } from "./softmax.js";
import { softplus } from "./softplus.js";
import { tanh } from "./tanh.js";
import { unflatten } from "./unflatten.js";
import { upsample } from "./upsample.js";

export const layers = {
  conv2d,
  convTranspose2d,
  dense,
  batchNorm1d,
  batchNorm2d,
  layerNorm,
  groupNorm,
  instanceNorm,
  maxPool2d,
  avgPool2d,
  adaptiveAvgPool2d,
  globalAveragePool2d,
  upsample,
  pixelShuffle,
  relu,
  leakyRelu,
  elu,
  selu,
  gelu,
  silu,
  mish,
  sigmoid,
  tanh,
  softplus,
  softmax,
  flatten,
  unflatten,
  dropout,
  dropout2d,
  gaussianNoise,
  ...compositeLayers(readLayer),
} as const;
export type Layers = typeof layers;
export type LayerName = keyof Layers;

/**
 * Reads `elu`, `{ conv2d: { channels: 16, kernel: 3 } }` or `{ maxPool2d: 2 }`.
 * @param at its path in what the user wrote: `model.encoder[4]`
 * @throws UserError for an unknown name, with the nearest one, and for options that do not fit, with their path
 */
export function readLayer(spec: LayerSpec, at: string): ConfiguredLayer {
  const { entry, options } = readEntry<Layer>(layers, "layer", spec, at);
  return { layer: entry, options };
}

/** What a layer's constructor takes: its options, or the one value that its shorthand stands for. */
type Argument<Name extends LayerName> =
  Layers[Name] extends Layer<Name, infer Options, infer Shorthand>
    ? z.input<Options> | (Shorthand extends keyof z.input<Options> ? NonNullable<z.input<Options>[Shorthand]> : never)
    : never;
type Constructors = {
  readonly [Name in LayerName]: {} extends z.input<Layers[Name]["options"]>
    ? (options?: Argument<Name>) => LayerSpec
    : (options: Argument<Name>) => LayerSpec;
};

/**
 * Layers as data, typed: `layer.conv2d({ channels: 16, kernel: 3 })` is `{ conv2d: { channels: 16, kernel: 3 } }`,
 * `layer.maxPool2d(2)` is `{ maxPool2d: 2 }`, `layer.elu()` is `"elu"`. Values are checked when a model is made of them.
 */
export const layer = Object.fromEntries(
  Object.keys(layers).map((name) => [
    name,
    (options?: unknown): LayerSpec => (options === undefined ? name : { [name]: options }),
  ]),
) as unknown as Constructors;

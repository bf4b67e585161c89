// Layers and models as a developer writes them in code. What they give is plain data, the same that an experiment file has;
// it is checked when it is trained.

import type { LayerSpec } from "./options.js";
import { type LayerBuilders, layerNames, type ModelBuilders, modelKinds } from "./options.js";

/**
 * Every layer as a function: `layers.conv2d({ channels: 16, kernel: 3 })` is `{ conv2d: { channels: 16, kernel: 3 } }`,
 * `layers.maxPool2d(2)` is `{ maxPool2d: 2 }`, `layers.elu()` is `"elu"`.
 */
export const layers: LayerBuilders = Object.fromEntries(
  layerNames.map((name) => [name, (options?: unknown) => specOf(name, options)]),
) as unknown as LayerBuilders;

/** An entry as data: its name alone where no options are given. */
export function specOf(name: string, options: unknown): LayerSpec {
  return (options === undefined ? name : { [name]: options }) as LayerSpec;
}

/** Every kind of model as a function: what it is given, with its `kind`. */
export const models: ModelBuilders = Object.fromEntries(
  modelKinds.map((kind) => [kind, (fields: object) => ({ kind, ...fields })]),
) as unknown as ModelBuilders;

/** The functions of `models` by themselves. */
export const { autoencoder, variationalAutoencoder, supervisedAutoencoder, sparseAutoencoder, classifier } = models;

// Layers and models as a developer writes them in code. What they give is plain data, the same that an experiment file has;
// it is checked when it is trained.
import { type LayerBuilders, layerNames } from "./options.js";
import type {
  AutoencoderFields,
  ClassifierFields,
  LayerSpec,
  SupervisedAutoencoderFields,
  VariationalAutoencoderFields,
} from "./specs.js";

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

/** A code between an encoder and a decoder, trained to give its target back. */
export function autoencoder(fields: AutoencoderFields): { readonly kind: "autoencoder" } & AutoencoderFields {
  return { kind: "autoencoder", ...fields };
}

/**
 * The encoder, which ends in a flat vector, gives a normal distribution of codes; training decodes a sample of it. The code's
 * two heads are added by the model.
 */
export function variationalAutoencoder(
  fields: VariationalAutoencoderFields,
): { readonly kind: "variationalAutoencoder" } & VariationalAutoencoderFields {
  return { kind: "variationalAutoencoder", ...fields };
}

/** An autoencoder whose code must also tell the class; its data need labels. */
export function supervisedAutoencoder(
  fields: SupervisedAutoencoderFields,
): { readonly kind: "supervisedAutoencoder" } & SupervisedAutoencoderFields {
  return { kind: "supervisedAutoencoder", ...fields };
}

/** An encoder that ends in one number for each class; its data need labels, its loss is `crossEntropy`. */
export function classifier(fields: ClassifierFields): { readonly kind: "classifier" } & ClassifierFields {
  return { kind: "classifier", ...fields };
}

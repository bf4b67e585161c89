// First weights that are not drawn: principal components of the data in the dense layers next to the pictures, or the weights
// of another training. Which weights are drawn is the model's business.
import { UserError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import { countText, timesText } from "../base/text.js";
import type { ImageSet } from "../data/define.js";
import { createImageStore, readPixels } from "../data/imageStore.js";
import { fitPca, type Pca } from "../data/principalComponents/pca.js";
import type { Engine } from "../engines/engine.js";
import type { Experiment } from "../experiment/schema.js";
import type { Model } from "../nn/models/define.js";
import { modelState } from "../nn/programs.js";
import { pixelFromUnit, unitFromPixels } from "../pixels/index.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import type { Tensors } from "../runs/checkpoint.js";
import type { FileSystem } from "../runs/index.js";
import { sizeOf } from "../tensor/index.js";
import { readWrittenWeights } from "./writtenWeights.js";

/**
 * A model's whole first state where the experiment does not draw it: `principalComponents`, or `weights` of another training.
 * @returns undefined where the experiment draws its weights
 * @throws UserError where the model, the data or the file does not suit
 */
export async function firstWeights(options: {
  readonly experiment: Experiment;
  readonly model: Model;
  readonly set: ImageSet;
  readonly engine: Engine;
  readonly files: FileSystem;
  /** Called now and then while components are computed. */
  readonly progress?: (what: string) => void;
}): Promise<Tensors | undefined> {
  const { initialise } = options.experiment;
  if (initialise === "random") return undefined;
  if ("weights" in initialise) {
    return readWrittenWeights(options.model, initialise.weights, options.files).tensors;
  }
  return await principalWeights(options, initialise.principalComponents.passes);
}

/**
 * A model's whole first state with the training images' principal components in it: the encoder's first dense layer gives each
 * component's coordinate divided by its standard deviation, the decoder's first one takes it back, mean included. Without
 * activations between, the autoencoder begins as the best linear one (Baldi and Hornik 1989, "Neural networks and principal
 * component analysis").
 * @throws UserError for a model without such layers, and for fewer training images than the code has numbers
 */
async function principalWeights(
  options: Omit<Parameters<typeof firstWeights>[0], "files">,
  passes: number,
): Promise<Tensors> {
  const { experiment, model, engine } = options;
  const { encoder, decoder, units, size } = denseEnds(model);
  const set = drawnSet(options.set, experiment, passes);
  const { progress } = options;
  const pca = await fitPca(engine, set, units, progress === undefined ? {} : { progress });
  if (pca.count < units) {
    throw new UserError(
      `${countText(set.count, "training image")} have at most ${countText(pca.count, "principal component")}, the code has ${units} numbers`,
      { at: "initialise", hint: "Take a smaller code, more images, or initialise: random." },
    );
  }
  const ends: Readonly<Record<string, Float32Array>> = {
    ...encoding(pca, encoder),
    ...decoding(pca, decoder, size),
  };
  return Object.fromEntries(
    modelState(model, experiment.seed).map(({ name, shape, values = [] }) => [
      name,
      { dtype: "F32" as const, shape, data: ends[name] ?? Float32Array.from(values) },
    ]),
  );
}

/** The layers' names (`encoder.1`) and sizes. */
function denseEnds(model: Model): { encoder: string; decoder: string; units: number; size: number } {
  const size = sizeOf(model.inputShape);
  const first = (part: string) => model.parameters.find(({ name }) => name.startsWith(`${part}.`));
  const [into, out] = [first("encoder"), first("decoder")];
  const [units = 0, inputs] = into?.shape ?? [];
  const [outputs, codes] = out?.shape ?? [];
  const fits =
    into?.shape.length === 2 && out?.shape.length === 2 && inputs === size && outputs === size && codes === units;
  const biases = [into, out].map((layer) => layer?.name.replace(/weight$/, "bias"));
  if (!fits || !biases.every((name) => model.parameters.some((parameter) => parameter.name === name))) {
    throw new UserError(
      `principal components need an encoder that begins with flatten and a dense layer and a decoder that begins with a dense layer of ${size} units, for pictures of ${timesText(model.inputShape)}`,
      { at: "initialise", hint: "Change the model, or write initialise: random." },
    );
  }
  const layerOf = (name = "") => name.slice(0, -".weight".length);
  return { encoder: layerOf(into?.name), decoder: layerOf(out?.name), units, size };
}

/** Each training image `passes` times, augmented as in the first phase; draws of epochs from 1 on. */
function drawnSet(set: ImageSet, { phases, seed }: Experiment, passes: number): ImageSet {
  const specs = phases[0]?.augment ?? [];
  if (specs.length === 0) return set;
  const change = pipeline(readTransforms(specs, "augment", "phases[0].augment"), set.shape);
  const size = sizeOf(set.shape);
  const store = createImageStore(set.count * passes, size);
  const image = new Float32Array(size);
  const bytes = new Uint8Array(size);
  for (let at = 0; at < set.count * passes; at++) {
    const source = at % set.count;
    unitFromPixels(readPixels(set, source, 1), image);
    change(image, randomSequence(seed, "augment", 1 + Math.floor(at / set.count), set.indices[source] as number));
    for (let i = 0; i < size; i++) bytes[i] = pixelFromUnit(image[i] as number);
    store.write(at, bytes);
  }
  const indices = Uint32Array.from({ length: set.count * passes }, (_, at) => at);
  return { count: set.count * passes, shape: set.shape, pixels: store.finish(), indices };
}

/** Beside the largest, a deviation below this is rounding. */
const smallestDeviation = 1e-6;

function deviations({ variances }: Pca): Float64Array {
  const largest = Math.sqrt(variances[0] ?? 1);
  return variances.map((variance) => Math.max(Math.sqrt(Math.max(variance, 0)), smallestDeviation * largest));
}

function encoding(pca: Pca, layer: string): Record<string, Float32Array> {
  const { components, mean, size, count } = pca;
  const weight = new Float32Array(components.length);
  const bias = new Float32Array(count);
  deviations(pca).forEach((deviation, unit) => {
    let sum = 0;
    for (let i = 0, at = unit * size; i < size; i++, at++) {
      const value = (components[at] as number) / deviation;
      weight[at] = value;
      sum += value * (mean[i] as number);
    }
    bias[unit] = -sum;
  });
  return { [`${layer}.weight`]: weight, [`${layer}.bias`]: bias };
}

function decoding(pca: Pca, layer: string, size: number): Record<string, Float32Array> {
  const { components, mean, count } = pca;
  const weight = new Float32Array(components.length);
  deviations(pca).forEach((deviation, unit) => {
    for (let i = 0; i < size; i++) weight[i * count + unit] = (components[unit * size + i] as number) * deviation;
  });
  return { [`${layer}.weight`]: weight, [`${layer}.bias`]: mean };
}

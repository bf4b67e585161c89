// First weights of dense autoencoders from principal components of the training images: the network begins as the best linear
// one of its code's size and goes on from there.
import { InternalError, UserError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import { countText, timesText } from "../base/text.js";
import type { ImageSet } from "../data/define.js";
import { createImageStore, readPixels } from "../data/imageStore.js";
import { fitPca, type Pca, regressOnComponents } from "../data/principalComponents/pca.js";
import type { Engine } from "../engines/engine.js";
import type { Experiment } from "../experiment/schema.js";
import { type ConfiguredLayer, readLayer } from "../nn/layers/index.js";
import type { Model } from "../nn/models/define.js";
import { modelState } from "../nn/programs.js";
import { pixelFromUnit, unitFromPixels } from "../pixels/index.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import type { Tensors } from "../runs/checkpoint.js";
import { sizeOf } from "../tensor/index.js";

/** How far above 0 a coordinate is carried through an activation, in its standard deviations: what is below is cut, 1 in 30,000. */
const room = 4;
/** A last sigmoid takes 6·(x − ½) for x: from 0.05 at 0 to 0.95 at 1, which is nearest to the identity for pictures of few greys. */
const sigmoidSlope = 6;
/** Activations that leave what is above 0 as it is. */
const passing: ReadonlySet<string> = new Set(["relu", "leakyRelu", "elu"]);
/** Layers that in the mean leave what goes through them as it is. */
const transparent: ReadonlySet<string> = new Set(["dropout", "gaussianNoise"]);
/** Layers that are others one after another. */
const chains: ReadonlySet<string> = new Set(["sequential", "frozen"]);
/** Change of the variance left over at which the components of corrupted images are good enough: the rest of them is noise. */
const corruptedTolerance = 1e-2;

/**
 * A model's whole first state with principal components in it (Baldi and Hornik 1989, "Neural networks and principal component
 * analysis"). The encoder's first dense layer gives each component's coordinate of the input, divided by its standard deviation;
 * further dense layers hand it on; the decoder's last one makes the target of the coordinates, by least squares, which for inputs
 * that nothing corrupts are the components themselves. Before an activation a coordinate is moved up by four deviations, where
 * relu is the identity, and back after it; a last sigmoid is taken for the line that it is near. Units beyond the coordinates
 * keep their drawn weights and begin without a say in the picture (Chen, Goodfellow and Shlens 2016, "Net2Net").
 * @throws UserError for a model of other layers, and for fewer training images than the narrowest layer has units
 */
export async function principalWeights(options: {
  readonly experiment: Experiment;
  readonly model: Model;
  readonly set: ImageSet;
  readonly engine: Engine;
  readonly passes: number;
  readonly progress?: (what: string) => void;
}): Promise<Tensors> {
  const { experiment, model, engine, passes, progress } = options;
  const chain = denseChain(model);
  const kept = Math.min(...chain.layers.slice(0, -1).map(({ units }) => units));
  const { inputs, targets } = drawnSets(options.set, experiment, passes);
  const reporting = progress === undefined ? {} : { progress };
  const isCorrupted = inputs !== targets;
  const pca = await fitPca(engine, inputs, kept, {
    ...reporting,
    ...(isCorrupted && { tolerance: corruptedTolerance }),
  });
  if (pca.count < kept) {
    throw new UserError(
      `${countText(options.set.count, "training image")} have at most ${countText(pca.count, "principal component")}, the narrowest layer has ${countText(kept, "unit")}`,
      { at: "initialise", hint: "Take a smaller code, more images, or initialise: random." },
    );
  }
  const pictures = isCorrupted ? await regressOnComponents(engine, pca, inputs, targets, reporting) : pca;
  const drawn = new Map(
    modelState(model, experiment.seed).map(({ name, shape, values = [] }) => [
      name,
      { dtype: "F32" as const, shape, data: Float32Array.from(values) },
    ]),
  );
  const arraysOf = (layer: string) => {
    const [weight, bias] = [drawn.get(`${layer}.weight`), drawn.get(`${layer}.bias`)];
    if (weight === undefined || bias === undefined) throw new InternalError(`${layer} has no weights`);
    return { weight: weight.data, bias: bias.data };
  };
  for (const layer of chain.silenced) {
    for (const name of [`${layer}.weight`, `${layer}.bias`]) drawn.get(name)?.data.fill(0);
  }
  const size = sizeOf(model.inputShape);
  const spread = deviations(pca);
  let [width, offset] = [size, 0];
  chain.layers.forEach(({ name, units, activates }, at) => {
    const arrays = arraysOf(name);
    const next = activates ? room : 0;
    if (at === 0) encode(arrays, pca, spread, next);
    else if (at === chain.layers.length - 1) {
      decode(arrays, pictures, spread, { width, offset, slope: chain.endsInSigmoid ? sigmoidSlope : undefined });
    } else handOn(arrays, kept, width, next - offset);
    [width, offset] = [units, next];
  });
  return Object.fromEntries(drawn);
}

interface Arrays {
  /** [unit, input] */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

interface DenseLayer {
  /** `encoder.1` */
  readonly name: string;
  readonly units: number;
  /** Whether an activation follows it. */
  readonly activates: boolean;
}

interface DenseChain {
  readonly layers: readonly DenseLayer[];
  readonly endsInSigmoid: boolean;
  /** The last layers of ways beside the chain, whose weights begin at 0 so that these ways add nothing at first. */
  readonly silenced: readonly string[];
}

/** The dense layers from the picture to the code and back. Of a sum they are those of its first layer. */
function denseChain(model: Model): DenseChain {
  const { encoder, decoder = [] } = model.spec;
  const refuse = (): never => {
    throw new UserError(
      `principal components need an encoder of flatten and dense layers and a decoder of dense layers, the last of ${sizeOf(model.inputShape)} units for pictures of ${timesText(model.inputShape)}, with biases, and between them nothing but ${[...passing, ...transparent].join(", ")}, and sigmoid at the end; of a sum its first layer`,
      { at: "initialise", hint: "Change the model, or write initialise: random." },
    );
  };
  // The code must be what the encoder's last layer gives and the decoder's first one takes.
  if (model.decode === undefined || model.posterior !== undefined) return refuse();
  const layers: DenseLayer[] = [];
  const silenced: string[] = [];
  let endsInSigmoid = false;
  const isWeight = (name: string, layer: string): boolean => name === `${layer}.weight`;
  const read = (part: "encoder" | "decoder", { layer, options }: ConfiguredLayer, place: string): void => {
    const { name } = layer;
    const before = layers.at(-1);
    const biases = model.parameters.find((parameter) => parameter.name === `${place}.bias`);
    if (name === "sum" || chains.has(name)) {
      const [first, ...others] = innerLayers(options);
      if (first !== undefined) read(part, first, `${place}.0`);
      others.forEach((other, i) => {
        if (chains.has(name)) read(part, other, `${place}.${i + 1}`);
        else silenced.push(silencedLayer(other, `${place}.${i + 1}`) ?? refuse());
      });
    } else if (endsInSigmoid && name !== "unflatten") refuse();
    else if (name === "dense" && biases !== undefined) {
      layers.push({ name: place, units: biases.shape[0] ?? 0, activates: false });
    } else if (passing.has(name) && before !== undefined && !before.activates) {
      layers[layers.length - 1] = { ...before, activates: true };
    } else if (name === "sigmoid" && part === "decoder" && before?.activates === false) endsInSigmoid = true;
    else if (!transparent.has(name) && name !== (part === "encoder" ? "flatten" : "unflatten")) refuse();
  };
  for (const [part, specs] of [
    ["encoder", encoder],
    ["decoder", decoder],
  ] as const) {
    for (const [at, spec] of specs.entries()) read(part, readLayer(spec, `model.${part}[${at}]`), `${part}.${at}`);
    if (!layers.some(({ name }) => name.startsWith(part))) refuse();
  }
  const last = layers.at(-1);
  if (last?.activates !== false || last.units !== sizeOf(model.inputShape)) refuse();
  if (silenced.some((layer) => !model.parameters.some(({ name }) => isWeight(name, layer)))) refuse();
  return { layers, endsInSigmoid, silenced };
}

function innerLayers(options: unknown): readonly ConfiguredLayer[] {
  return (options as { readonly layers: readonly ConfiguredLayer[] }).layers;
}

/** Layers that make nothing but zeros of zeros. */
const keepsZero: ReadonlySet<string> = new Set([
  ...["flatten", "unflatten", "pixelShuffle", "upsample", "dropout", "dropout2d"],
  ...["relu", "leakyRelu", "elu", "selu", "gelu", "silu", "mish", "tanh", "maxPool2d", "avgPool2d"],
]);
const linearLayers: ReadonlySet<string> = new Set(["dense", "conv2d", "convTranspose2d"]);

/** The last layer of a way that has weights, where the way gives zeros once those are 0; undefined where there is none. */
function silencedLayer({ layer, options }: ConfiguredLayer, place: string): string | undefined {
  if (linearLayers.has(layer.name)) return place;
  if (!chains.has(layer.name)) return undefined;
  const inner = innerLayers(options);
  for (let at = inner.length - 1; at >= 0; at--) {
    const one = inner[at] as ConfiguredLayer;
    if (!keepsZero.has(one.layer.name)) return silencedLayer(one, `${place}.${at}`);
  }
  return undefined;
}

/** Each training image `passes` times as the first phase draws it in its epochs from 1 on: what goes in, and what shall come out. */
export function drawnSets(
  set: ImageSet,
  { phases, seed }: Pick<Experiment, "phases" | "seed">,
  passes: number,
): { inputs: ImageSet; targets: ImageSet } {
  const { augment = [], corrupt = [] } = phases[0] ?? {};
  const count = set.count * (augment.length + corrupt.length > 0 ? passes : 1);
  const draw = (from: ImageSet, specs: readonly unknown[], use: "augment" | "corrupt"): ImageSet => {
    if (specs.length === 0 && from.count === count) return from;
    const change = pipeline(readTransforms(specs, use, `phases[0].${use}`), set.shape);
    return changedSet(from, count, (image, at) => {
      // As in training: by the epoch and the image's place in the source.
      const index = set.indices[at % set.count] as number;
      change(image, randomSequence(seed, use, 1 + Math.floor(at / set.count), index));
    });
  };
  const targets = draw(set, augment, "augment");
  return { targets, inputs: draw(targets, corrupt, "corrupt") };
}

/** So many images, the set's over and over, each changed. */
function changedSet(set: ImageSet, count: number, change: (image: Float32Array, at: number) => void): ImageSet {
  const size = sizeOf(set.shape);
  const store = createImageStore(count, size);
  const image = new Float32Array(size);
  const bytes = new Uint8Array(size);
  for (let at = 0; at < count; at++) {
    unitFromPixels(readPixels(set, at % set.count, 1), image);
    change(image, at);
    for (let i = 0; i < size; i++) bytes[i] = pixelFromUnit(image[i] as number);
    store.write(at, bytes);
  }
  const indices = Uint32Array.from({ length: count }, (_, at) => at);
  return { count, shape: set.shape, pixels: store.finish(), indices };
}

/** Beside the largest, a deviation below this is rounding. */
const smallestDeviation = 1e-6;

function deviations({ variances }: Pca): Float64Array {
  const largest = Math.sqrt(variances[0] ?? 1);
  return variances.map((variance) => Math.max(Math.sqrt(Math.max(variance, 0)), smallestDeviation * largest));
}

/** The first units give the coordinates in deviations, moved by `offset`. */
function encode({ weight, bias }: Arrays, { components, mean, size }: Pca, spread: Float64Array, offset: number): void {
  spread.forEach((deviation, unit) => {
    let sum = 0;
    for (let i = 0, at = unit * size; i < size; i++, at++) {
      const value = (components[at] as number) / deviation;
      weight[at] = value;
      sum += value * (mean[i] as number);
    }
    bias[unit] = offset - sum;
  });
}

/** The first units give the first inputs, moved by `shift`. */
function handOn({ weight, bias }: Arrays, kept: number, width: number, shift: number): void {
  weight.fill(0, 0, kept * width);
  for (let unit = 0; unit < kept; unit++) weight[unit * width + unit] = 1;
  bias.fill(shift, 0, kept);
}

/** Every pixel from the first inputs, which are coordinates in deviations moved by `offset`. */
function decode(
  { weight, bias }: Arrays,
  { components, mean }: Pick<Pca, "components" | "mean">,
  spread: Float64Array,
  { width, offset, slope }: { readonly width: number; readonly offset: number; readonly slope: number | undefined },
): void {
  const size = mean.length;
  weight.fill(0);
  for (let i = 0; i < size; i++) {
    let sum = slope === undefined ? (mean[i] as number) : slope * ((mean[i] as number) - 0.5);
    spread.forEach((deviation, unit) => {
      const value = (slope ?? 1) * (components[unit * size + i] as number) * deviation;
      weight[i * width + unit] = value;
      sum -= value * offset;
    });
    bias[i] = sum;
  }
}

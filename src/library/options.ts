// The options of layers, losses, models, optimizers, schedules and transforms as types. Generated from the entries' schemas by
// npm run builders; a test holds it up to date. Do not edit.

/** Of an entry that takes none. */
export type NoOptions = Readonly<Record<string, never>>;

/** Exactly one entry under its name: `{ adam: { learningRate: 0.001 } }`. */
type OneOf<ByName> = {
  readonly [Name in keyof ByName]: { readonly [Key in Name]: ByName[Name] } & {
    readonly [Other in Exclude<keyof ByName, Name>]?: never;
  };
}[keyof ByName];

declare const kindOfOwn: unique symbol;
/** An entry that `defineLayer` and its like have made, with its options. */
export type OwnSpec<Kind extends string> = { readonly [kindOfOwn]: Kind };

/** A layer as data; `layers` makes them: `layers.conv2d({ channels: 16, kernel: 3 })`, `"elu"`. */
export type LayerSpec = BareLayer | OneOf<LayersByName> | OwnSpec<"layer">;
/** What training makes small: `"mse"`, `{ huber: { delta: 0.5 } }`. */
export type LossSpec = BareLoss | OneOf<LossesByName> | OwnSpec<"loss">;
/** How the weights follow the gradients: `"adam"`, `{ adam: { learningRate: 0.001 } }`. */
export type OptimizerSpec = BareOptimizer | OneOf<OptimizersByName> | OwnSpec<"optimizer">;
/** How the learning rate changes: `"oneCycle"`, `{ step: { every: 30 } }`. */
export type ScheduleSpec = BareSchedule | OneOf<SchedulesByName> | OwnSpec<"schedule">;
/** A change of the pictures: `"flip"`, `{ gaussianNoise: { sigma: 0.2 } }`. */
export type TransformSpec = BareTransform | OneOf<TransformsByName> | OwnSpec<"transform">;
/** A figure beside the objective. */
export type MetricSpec = MetricName | OwnSpec<"metric">;
/** Where pictures come from: `"mnist"`, `"folder:./digits"`, `{ source: "folder", path: "./digits", size: 64 }`. */
export type DataSpec = string | Readonly<Record<string, unknown>>;

/** Fields of a kind without a decoder. */
export interface EncoderFields {
  /** [channel, height, width] of a picture (default: what the data has) */
  readonly input?: readonly [channel: number, height: number, width: number];
  /** layers from the picture to the code */
  readonly encoder: readonly LayerSpec[];
}
/** Fields of a kind with a decoder. */
export interface DecoderFields extends EncoderFields {
  /** layers from the code to the reconstruction, of the picture's shape */
  readonly decoder: readonly LayerSpec[];
}

/** A model as data: what an experiment has under `model`. */
export type ModelSpec =
  | { readonly [Kind in keyof ModelsByKind]: { readonly kind: Kind } & ModelsByKind[Kind] }[keyof ModelsByKind]
  | (OwnSpec<"kind of model"> & { readonly kind: string });

/** Options of `conv2d`. */
export interface Conv2dLayerOptions {
  /** output channels */
  readonly channels: number;
  /** height and width of the kernel, in pixels */
  readonly kernel: number | readonly [number, number];
  /** step between windows, in pixels (default 1) */
  readonly stride?: number | readonly [number, number];
  /** zeros around the input, in pixels; same keeps height and width (with stride 1) (default 0) */
  readonly padding?: number | readonly [number, number] | "same";
  /** distance between the kernel's points, in pixels (default 1) */
  readonly dilation?: number | readonly [number, number];
  /** parts that the channels are split into, each convolved alone (default 1) */
  readonly groups?: number;
  /** add one learned number to each output channel (default true) */
  readonly bias?: boolean;
}

/** Options of `convTranspose2d`. */
export interface ConvTranspose2dLayerOptions {
  /** output channels */
  readonly channels: number;
  /** height and width of the kernel, in pixels */
  readonly kernel: number | readonly [number, number];
  /** step between windows in the output, in pixels (default 1) */
  readonly stride?: number | readonly [number, number];
  /** pixels cut off on each side of the output (default 0) */
  readonly padding?: number | readonly [number, number];
  /** pixels added below and to the right; less than stride or dilation (default 0) */
  readonly outputPadding?: number | readonly [number, number];
  /** distance between the kernel's points, in pixels (default 1) */
  readonly dilation?: number | readonly [number, number];
  /** parts that the channels are split into, each convolved alone (default 1) */
  readonly groups?: number;
  /** add one learned number to each output channel (default true) */
  readonly bias?: boolean;
}

/** Options of `dense`. */
export interface DenseLayerOptions {
  /** numbers in the output */
  readonly units: number;
  /** add one learned number to each output (default true) */
  readonly bias?: boolean;
}

/** Options of `batchNorm1d`. */
export interface BatchNorm1dLayerOptions {
  /** added to the variance, against division by zero (default 0.00001) */
  readonly epsilon?: number;
  /** part of the batch's statistics in the new running ones (default 0.1) */
  readonly momentum?: number;
}

/** Options of `batchNorm2d`. */
export interface BatchNorm2dLayerOptions {
  /** added to the variance, against division by zero (default 0.00001) */
  readonly epsilon?: number;
  /** part of the batch's statistics in the new running ones (default 0.1) */
  readonly momentum?: number;
}

/** Options of `layerNorm`. */
export interface LayerNormLayerOptions {
  /** how many axes, counted from the last, are normalised together; all but the batch where not given */
  readonly axes?: number;
  /** added to the variance, against division by zero (default 0.00001) */
  readonly epsilon?: number;
  /** multiply with a learned number and add one, each (default true) */
  readonly affine?: boolean;
}

/** Options of `groupNorm`. */
export interface GroupNormLayerOptions {
  /** groups that the channels are split into; divides them */
  readonly groups: number;
  /** added to the variance, against division by zero (default 0.00001) */
  readonly epsilon?: number;
  /** multiply each channel with a learned number and add one (default true) */
  readonly affine?: boolean;
}

/** Options of `instanceNorm`. */
export interface InstanceNormLayerOptions {
  /** added to the variance, against division by zero (default 0.00001) */
  readonly epsilon?: number;
  /** multiply each channel with a learned number and add one (default false) */
  readonly affine?: boolean;
}

/** Options of `maxPool2d`. */
export interface MaxPool2dLayerOptions {
  /** height and width of the window, in pixels */
  readonly kernel: number | readonly [number, number];
  /** step between windows, in pixels; the kernel's size where not given */
  readonly stride?: number | readonly [number, number];
  /** pixels around the input that never win, at most half the kernel (default 0) */
  readonly padding?: number | readonly [number, number];
}

/** Options of `avgPool2d`. */
export interface AvgPool2dLayerOptions {
  /** height and width of the window, in pixels */
  readonly kernel: number | readonly [number, number];
  /** step between windows, in pixels; the kernel's size where not given */
  readonly stride?: number | readonly [number, number];
  /** zeros around the input, in pixels, at most half the kernel (default 0) */
  readonly padding?: number | readonly [number, number];
  /** count the padding's zeros among the numbers of a mean (default true) */
  readonly countsPadding?: boolean;
}

/** Options of `adaptiveAvgPool2d`. */
export interface AdaptiveAvgPool2dLayerOptions {
  /** height and width of the output */
  readonly size: number | readonly [number, number];
}

/** Options of `upsample`. */
export interface UpsampleLayerOptions {
  /** how many times larger height and width become (default 2) */
  readonly scale?: number | readonly [number, number];
  /** repeat pixels, or go over between them (default "nearest") */
  readonly mode?: "nearest" | "bilinear";
  /** bilinear: the centres of the corner pixels stay the corners, instead of the image's edges (default false) */
  readonly alignCorners?: boolean;
}

/** Options of `pixelShuffle`. */
export interface PixelShuffleLayerOptions {
  /** how many times larger height and width become (default 2) */
  readonly scale?: number;
}

/** Options of `leakyRelu`. */
export interface LeakyReluLayerOptions {
  /** slope below 0 (default 0.01) */
  readonly slope?: number;
}

/** Options of `elu`. */
export interface EluLayerOptions {
  /** what the output approaches, negated, far below 0 (default 1) */
  readonly alpha?: number;
}

/** Options of `gelu`. */
export interface GeluLayerOptions {
  /** Φ itself, or the paper's approximation by the hyperbolic tangent (default "none") */
  readonly approximation?: "none" | "tanh";
}

/** Options of `softplus`. */
export interface SoftplusLayerOptions {
  /** how sharply it bends (default 1) */
  readonly beta?: number;
  /** beta·x above which the output is x (default 20) */
  readonly threshold?: number;
}

/** Options of `softmax`. */
export interface SoftmaxLayerOptions {
  /** axis that adds up to 1; 1 is channels, or a vector's numbers (default 1) */
  readonly axis?: number;
}

/** Options of `unflatten`. */
export interface UnflattenLayerOptions {
  /** [channel, height, width] of the output */
  readonly shape: readonly [number, number, number];
}

/** Options of `dropout`. */
export interface DropoutLayerOptions {
  /** how likely each number is set to 0 (default 0.5) */
  readonly probability?: number;
}

/** Options of `dropout2d`. */
export interface Dropout2dLayerOptions {
  /** how likely each channel of an image is set to 0 (default 0.5) */
  readonly probability?: number;
}

/** Options of `gaussianNoise`. */
export interface GaussianNoiseLayerOptions {
  /** standard deviation of the noise, in units of the input (default 0.1) */
  readonly sigma?: number;
}

/** Options of `sequential`. */
export interface SequentialLayerOptions {
  /** layers, one after another */
  readonly layers: readonly LayerSpec[];
}

/** Options of `frozen`. */
export interface FrozenLayerOptions {
  /** layers, one after another */
  readonly layers: readonly LayerSpec[];
}

/** Options of `repeat`. */
export interface RepeatLayerOptions {
  /** how often the layers come */
  readonly times: number;
  /** layers, one after another */
  readonly layers: readonly LayerSpec[];
}

/** Options of `residual`. */
export interface ResidualLayerOptions {
  /** layers whose output is added to their input */
  readonly layers: readonly LayerSpec[];
}

/** Options of `sum`. */
export interface SumLayerOptions {
  /** layers that are each given the input, and whose outputs are added */
  readonly layers: readonly LayerSpec[];
}

/** Options of `spatialTransformer`. */
export interface SpatialTransformerLayerOptions {
  /** layers that find the map; what they give goes flat into one dense layer more */
  readonly localisation: readonly LayerSpec[];
  /** which maps it may find; similarity is rotation, scale and shift (default "affine") */
  readonly transform?: "rotation" | "translation" | "similarity" | "affine";
  /** height and width of the result, in pixels; the input's where left out */
  readonly size?: number | readonly [number, number];
}

/** Every layer with what stands under its name. */
export interface LayersByName {
  /** Convolution of images with learned kernels, with zeros outside the image. */
  readonly conv2d: Conv2dLayerOptions;
  /** Transposed convolution of images: each input pixel adds a learned kernel to the output, which stride enlarges. */
  readonly convTranspose2d: ConvTranspose2dLayerOptions;
  /** Every output from every input: x·weightᵀ + bias. */
  readonly dense: DenseLayerOptions | number;
  /** Batch normalisation of flat vectors: each number to mean 0 and variance 1 over the batch, then a learned scale and shift. */
  readonly batchNorm1d: BatchNorm1dLayerOptions;
  /** Batch normalisation of images: each channel to mean 0 and variance 1 over the batch, then a learned scale and shift. */
  readonly batchNorm2d: BatchNorm2dLayerOptions;
  /** Layer normalisation: each image by itself to mean 0 and variance 1 over its last axes. */
  readonly layerNorm: LayerNormLayerOptions;
  /** Group normalisation: each group of channels of each image to mean 0 and variance 1. */
  readonly groupNorm: GroupNormLayerOptions | number;
  /** Instance normalisation: each channel of each image to mean 0 and variance 1. */
  readonly instanceNorm: InstanceNormLayerOptions;
  /** The largest value of each window of an image. */
  readonly maxPool2d: MaxPool2dLayerOptions | number | readonly [number, number];
  /** The mean of each window of an image. */
  readonly avgPool2d: AvgPool2dLayerOptions | number | readonly [number, number];
  /** Means over a grid of windows, for an output of one size whatever the input's. */
  readonly adaptiveAvgPool2d: AdaptiveAvgPool2dLayerOptions | number | readonly [number, number];
  /** The mean of each channel: images become 1×1. */
  readonly globalAveragePool2d: NoOptions;
  /** Enlarges images by repeating pixels, or smoothly by going over between them. */
  readonly upsample: UpsampleLayerOptions | number | readonly [number, number];
  /** Enlarges images by making each scale² channels a square of pixels (Shi et al. 2016). */
  readonly pixelShuffle: PixelShuffleLayerOptions | number;
  /** Rectified linear unit: max(x, 0). */
  readonly relu: NoOptions;
  /** Leaky rectified linear unit: x above 0, else slope·x. */
  readonly leakyRelu: LeakyReluLayerOptions | number;
  /** Exponential linear unit: x above 0, else alpha·(eˣ − 1). */
  readonly elu: EluLayerOptions | number;
  /** Scaled exponential linear unit: elu with the two constants of Klambauer et al. 2017. */
  readonly selu: NoOptions;
  /** Gaussian error linear unit: x·Φ(x) with Φ the normal distribution function. */
  readonly gelu: GeluLayerOptions | "none" | "tanh";
  /** Sigmoid linear unit, also called swish: x / (1 + e⁻ˣ). */
  readonly silu: NoOptions;
  /** A smooth relative of relu that dips below 0: x·tanh(ln(1 + eˣ)). */
  readonly mish: NoOptions;
  /** Logistic sigmoid: 1 / (1 + e⁻ˣ), between 0 and 1. */
  readonly sigmoid: NoOptions;
  /** Hyperbolic tangent, between −1 and 1. */
  readonly tanh: NoOptions;
  /** A smooth relu: ln(1 + e^(beta·x)) / beta. */
  readonly softplus: SoftplusLayerOptions | number;
  /** Softmax along an axis: eˣ divided by its sum, positive numbers that add up to 1. */
  readonly softmax: SoftmaxLayerOptions | number;
  /** Images to flat vectors. */
  readonly flatten: NoOptions;
  /** Flat vectors to images. */
  readonly unflatten: UnflattenLayerOptions | readonly [number, number, number];
  /** In training sets numbers to 0 at random and scales the others up; in inference gives its input. */
  readonly dropout: DropoutLayerOptions | number;
  /** In training sets whole channels to 0 at random and scales the others up; in inference gives its input. */
  readonly dropout2d: Dropout2dLayerOptions | number;
  /** In training adds normal noise; in inference gives its input. */
  readonly gaussianNoise: GaussianNoiseLayerOptions | number;
  /** Its layers one after another, as one layer. */
  readonly sequential: SequentialLayerOptions | readonly LayerSpec[];
  /** Its layers one after another, whose weights keep their first values while the others are trained. */
  readonly frozen: FrozenLayerOptions | readonly LayerSpec[];
  /** Its layers several times one after another, each time with parameters of their own. */
  readonly repeat: RepeatLayerOptions;
  /** Adds its layers' output to their input, x + layers(x), with a learned projection of x where shapes differ (He et al. 2016). */
  readonly residual: ResidualLayerOptions | readonly LayerSpec[];
  /** Adds what each of its layers makes of the same input; a way of several layers is a sequential. */
  readonly sum: SumLayerOptions | readonly LayerSpec[];
  /** Turns, shifts or warps images by a map that layers of its own find in them (Jaderberg et al. 2015). */
  readonly spatialTransformer: SpatialTransformerLayerOptions | readonly LayerSpec[];
}

/** Names that need no options. */
export type BareLayer = "batchNorm1d" | "batchNorm2d" | "layerNorm" | "instanceNorm" | "globalAveragePool2d" | "upsample" | "pixelShuffle" | "relu" | "leakyRelu" | "elu" | "selu" | "gelu" | "silu" | "mish" | "sigmoid" | "tanh" | "softplus" | "softmax" | "flatten" | "dropout" | "dropout2d" | "gaussianNoise";

/** A function for each layer, that gives it as data. */
export interface LayerBuilders {
  /** Convolution of images with learned kernels, with zeros outside the image. */
  conv2d(options: Conv2dLayerOptions): LayerSpec;
  /** Transposed convolution of images: each input pixel adds a learned kernel to the output, which stride enlarges. */
  convTranspose2d(options: ConvTranspose2dLayerOptions): LayerSpec;
  /** Every output from every input: x·weightᵀ + bias. */
  dense(options: DenseLayerOptions | number): LayerSpec;
  /** Batch normalisation of flat vectors: each number to mean 0 and variance 1 over the batch, then a learned scale and shift. */
  batchNorm1d(options?: BatchNorm1dLayerOptions): LayerSpec;
  /** Batch normalisation of images: each channel to mean 0 and variance 1 over the batch, then a learned scale and shift. */
  batchNorm2d(options?: BatchNorm2dLayerOptions): LayerSpec;
  /** Layer normalisation: each image by itself to mean 0 and variance 1 over its last axes. */
  layerNorm(options?: LayerNormLayerOptions): LayerSpec;
  /** Group normalisation: each group of channels of each image to mean 0 and variance 1. */
  groupNorm(options: GroupNormLayerOptions | number): LayerSpec;
  /** Instance normalisation: each channel of each image to mean 0 and variance 1. */
  instanceNorm(options?: InstanceNormLayerOptions): LayerSpec;
  /** The largest value of each window of an image. */
  maxPool2d(options: MaxPool2dLayerOptions | number | readonly [number, number]): LayerSpec;
  /** The mean of each window of an image. */
  avgPool2d(options: AvgPool2dLayerOptions | number | readonly [number, number]): LayerSpec;
  /** Means over a grid of windows, for an output of one size whatever the input's. */
  adaptiveAvgPool2d(options: AdaptiveAvgPool2dLayerOptions | number | readonly [number, number]): LayerSpec;
  /** The mean of each channel: images become 1×1. */
  globalAveragePool2d(): LayerSpec;
  /** Enlarges images by repeating pixels, or smoothly by going over between them. */
  upsample(options?: UpsampleLayerOptions | number | readonly [number, number]): LayerSpec;
  /** Enlarges images by making each scale² channels a square of pixels (Shi et al. 2016). */
  pixelShuffle(options?: PixelShuffleLayerOptions | number): LayerSpec;
  /** Rectified linear unit: max(x, 0). */
  relu(): LayerSpec;
  /** Leaky rectified linear unit: x above 0, else slope·x. */
  leakyRelu(options?: LeakyReluLayerOptions | number): LayerSpec;
  /** Exponential linear unit: x above 0, else alpha·(eˣ − 1). */
  elu(options?: EluLayerOptions | number): LayerSpec;
  /** Scaled exponential linear unit: elu with the two constants of Klambauer et al. 2017. */
  selu(): LayerSpec;
  /** Gaussian error linear unit: x·Φ(x) with Φ the normal distribution function. */
  gelu(options?: GeluLayerOptions | "none" | "tanh"): LayerSpec;
  /** Sigmoid linear unit, also called swish: x / (1 + e⁻ˣ). */
  silu(): LayerSpec;
  /** A smooth relative of relu that dips below 0: x·tanh(ln(1 + eˣ)). */
  mish(): LayerSpec;
  /** Logistic sigmoid: 1 / (1 + e⁻ˣ), between 0 and 1. */
  sigmoid(): LayerSpec;
  /** Hyperbolic tangent, between −1 and 1. */
  tanh(): LayerSpec;
  /** A smooth relu: ln(1 + e^(beta·x)) / beta. */
  softplus(options?: SoftplusLayerOptions | number): LayerSpec;
  /** Softmax along an axis: eˣ divided by its sum, positive numbers that add up to 1. */
  softmax(options?: SoftmaxLayerOptions | number): LayerSpec;
  /** Images to flat vectors. */
  flatten(): LayerSpec;
  /** Flat vectors to images. */
  unflatten(options: UnflattenLayerOptions | readonly [number, number, number]): LayerSpec;
  /** In training sets numbers to 0 at random and scales the others up; in inference gives its input. */
  dropout(options?: DropoutLayerOptions | number): LayerSpec;
  /** In training sets whole channels to 0 at random and scales the others up; in inference gives its input. */
  dropout2d(options?: Dropout2dLayerOptions | number): LayerSpec;
  /** In training adds normal noise; in inference gives its input. */
  gaussianNoise(options?: GaussianNoiseLayerOptions | number): LayerSpec;
  /** Its layers one after another, as one layer. */
  sequential(options: SequentialLayerOptions | readonly LayerSpec[]): LayerSpec;
  /** Its layers one after another, whose weights keep their first values while the others are trained. */
  frozen(options: FrozenLayerOptions | readonly LayerSpec[]): LayerSpec;
  /** Its layers several times one after another, each time with parameters of their own. */
  repeat(options: RepeatLayerOptions): LayerSpec;
  /** Adds its layers' output to their input, x + layers(x), with a learned projection of x where shapes differ (He et al. 2016). */
  residual(options: ResidualLayerOptions | readonly LayerSpec[]): LayerSpec;
  /** Adds what each of its layers makes of the same input; a way of several layers is a sequential. */
  sum(options: SumLayerOptions | readonly LayerSpec[]): LayerSpec;
  /** Turns, shifts or warps images by a map that layers of its own find in them (Jaderberg et al. 2015). */
  spatialTransformer(options: SpatialTransformerLayerOptions | readonly LayerSpec[]): LayerSpec;
}

export const layerNames: readonly (keyof LayerBuilders)[] = ["conv2d", "convTranspose2d", "dense", "batchNorm1d", "batchNorm2d", "layerNorm", "groupNorm", "instanceNorm", "maxPool2d", "avgPool2d", "adaptiveAvgPool2d", "globalAveragePool2d", "upsample", "pixelShuffle", "relu", "leakyRelu", "elu", "selu", "gelu", "silu", "mish", "sigmoid", "tanh", "softplus", "softmax", "flatten", "unflatten", "dropout", "dropout2d", "gaussianNoise", "sequential", "frozen", "repeat", "residual", "sum", "spatialTransformer"];

/** Options of `huber`. */
export interface HuberLossOptions {
  /** difference from which on the loss grows in proportion to it (default 1) */
  readonly delta?: number;
}

/** Options of `sum`. */
export interface SumLossOptions {
  /** losses with their weights */
  readonly of: readonly ({ /** name of a loss, or its name with its options */
  readonly loss?: LossSpec; /** what the loss is multiplied with (default 1) */
  readonly weight?: number; })[];
}

/** Every loss with what stands under its name. */
export interface LossesByName {
  /** Mean squared error: the mean of (prediction − target)². */
  readonly mse: NoOptions;
  /** Mean absolute error: the mean of |prediction − target|. */
  readonly mae: NoOptions;
  /** Huber's loss: squared for differences below delta, proportional to them above. */
  readonly huber: HuberLossOptions | number;
  /** Binary cross-entropy in nats, for outputs from 0 to 1. */
  readonly bce: NoOptions;
  /** Binary cross-entropy in nats of a decoder that ends without a sigmoid. */
  readonly bceWithLogits: NoOptions;
  /** Cross-entropy in nats of class labels: −ln softmax(prediction)[label]. */
  readonly crossEntropy: NoOptions;
  /** One minus the structural similarity of images (Wang et al. 2004), from 11×11 pixels on. */
  readonly ssim: NoOptions;
  /** A weighted sum of losses. */
  readonly sum: SumLossOptions | readonly ({ /** name of a loss, or its name with its options */
readonly loss?: LossSpec; /** what the loss is multiplied with (default 1) */
readonly weight?: number; })[];
}

/** Names that need no options. */
export type BareLoss = "mse" | "mae" | "huber" | "bce" | "bceWithLogits" | "crossEntropy" | "ssim";

/** A code between an encoder and a decoder, trained to give its target back. */
export type AutoencoderFields = DecoderFields;

/** An autoencoder whose codes are drawn from a normal distribution, so that new pictures can be sampled. */
export interface VariationalAutoencoderFields extends DecoderFields {
  /** numbers in the code */
  readonly code: number;
  /** weight of the KL divergence; a rise begins with what is easy, the reconstruction (default 1) */
  readonly beta?: number | { /** weight at the first step (default 0) */
  readonly from?: number; /** weight from step `steps` on, and in evaluation (default 1) */
  readonly to?: number; /** training steps from one to the other, counted through all phases */
  readonly steps: number; };
  /** nats of KL divergence that each code unit may have at no cost, against codes that say nothing (default 0) */
  readonly freeBits?: number;
}

/** An autoencoder whose code must also tell the class, by a dense head in training. */
export interface SupervisedAutoencoderFields extends DecoderFields {
  /** classes that the labels count */
  readonly classes: number;
  /** weight of the labels' cross-entropy (nats) beside the reconstruction's loss (default 0.1) */
  readonly supervision?: number;
}

/** An autoencoder whose code is held small in the L1 norm, so that few of its units are active for a picture. */
export interface SparseAutoencoderFields extends DecoderFields {
  /** weight of the code's L1 norm beside the loss; 1e-4 is Chollet's (2016) for 32 units of MNIST's digits (default 0.0001) */
  readonly sparsity?: number;
}

/** An encoder that ends in one number for each class, trained to name the class. */
export type ClassifierFields = EncoderFields;

/** Every kind of model with its fields. */
export interface ModelsByKind {
  /** A code between an encoder and a decoder, trained to give its target back. */
  readonly autoencoder: AutoencoderFields;
  /** An autoencoder whose codes are drawn from a normal distribution, so that new pictures can be sampled. */
  readonly variationalAutoencoder: VariationalAutoencoderFields;
  /** An autoencoder whose code must also tell the class, by a dense head in training. */
  readonly supervisedAutoencoder: SupervisedAutoencoderFields;
  /** An autoencoder whose code is held small in the L1 norm, so that few of its units are active for a picture. */
  readonly sparseAutoencoder: SparseAutoencoderFields;
  /** An encoder that ends in one number for each class, trained to name the class. */
  readonly classifier: ClassifierFields;
}

/** A function for each kind of model, that gives it as data. */
export interface ModelBuilders {
  /** A code between an encoder and a decoder, trained to give its target back. */
  autoencoder(fields: AutoencoderFields): { readonly kind: "autoencoder" } & AutoencoderFields;
  /** An autoencoder whose codes are drawn from a normal distribution, so that new pictures can be sampled. */
  variationalAutoencoder(fields: VariationalAutoencoderFields): { readonly kind: "variationalAutoencoder" } & VariationalAutoencoderFields;
  /** An autoencoder whose code must also tell the class, by a dense head in training. */
  supervisedAutoencoder(fields: SupervisedAutoencoderFields): { readonly kind: "supervisedAutoencoder" } & SupervisedAutoencoderFields;
  /** An autoencoder whose code is held small in the L1 norm, so that few of its units are active for a picture. */
  sparseAutoencoder(fields: SparseAutoencoderFields): { readonly kind: "sparseAutoencoder" } & SparseAutoencoderFields;
  /** An encoder that ends in one number for each class, trained to name the class. */
  classifier(fields: ClassifierFields): { readonly kind: "classifier" } & ClassifierFields;
}

export const modelKinds: readonly (keyof ModelBuilders)[] = ["autoencoder", "variationalAutoencoder", "supervisedAutoencoder", "sparseAutoencoder", "classifier"];

/** Options of `adam`. */
export interface AdamOptimizerOptions {
  /** step length; what a schedule changes (default 0.001) */
  readonly learningRate?: number;
  /** how slowly the mean of the gradients forgets (default 0.9) */
  readonly beta1?: number;
  /** how slowly the mean of the squared gradients forgets (default 0.999) */
  readonly beta2?: number;
  /** added to the denominator, against division by zero (default 1e-8) */
  readonly epsilon?: number;
  /** count the learning rate in units of the spread that each parameter is first drawn with */
  readonly relative?: boolean;
  /** largest norm of all gradients together; larger ones are shortened to it */
  readonly clipNorm?: number;
  /** largest size of each number of a gradient; larger ones are cut to it */
  readonly clipValue?: number;
  /** parameters that weight decay leaves alone: biases, scales and shifts of normalisations; none by default */
  readonly exclude?: readonly ("bias" | "norm")[];
  /** how slowly a moving average of the weights forgets; evaluation uses it, training does not */
  readonly average?: number;
  /** pull of every parameter towards 0, times the parameter, through the moments; adamw goes around them */
  readonly weightDecay?: number;
}

/** Options of `adamw`. */
export interface AdamwOptimizerOptions {
  /** step length; what a schedule changes (default 0.001) */
  readonly learningRate?: number;
  /** how slowly the mean of the gradients forgets (default 0.9) */
  readonly beta1?: number;
  /** how slowly the mean of the squared gradients forgets (default 0.999) */
  readonly beta2?: number;
  /** added to the denominator, against division by zero (default 1e-8) */
  readonly epsilon?: number;
  /** count the learning rate in units of the spread that each parameter is first drawn with */
  readonly relative?: boolean;
  /** largest norm of all gradients together; larger ones are shortened to it */
  readonly clipNorm?: number;
  /** largest size of each number of a gradient; larger ones are cut to it */
  readonly clipValue?: number;
  /** parameters that weight decay leaves alone: biases, scales and shifts of normalisations; none by default */
  readonly exclude?: readonly ("bias" | "norm")[];
  /** how slowly a moving average of the weights forgets; evaluation uses it, training does not */
  readonly average?: number;
  /** pull of every parameter towards 0, times parameter and learning rate (default 0.01) */
  readonly weightDecay?: number;
}

/** Options of `rmsprop`. */
export interface RmspropOptimizerOptions {
  /** step length; what a schedule changes (default 0.01) */
  readonly learningRate?: number;
  /** how slowly the mean of the squared gradients forgets (default 0.99) */
  readonly alpha?: number;
  /** added to the denominator, against division by zero (default 1e-8) */
  readonly epsilon?: number;
  /** how much of the last step goes into the next one (default 0) */
  readonly momentum?: number;
  /** pull of every parameter towards 0, times the parameter (default 0) */
  readonly weightDecay?: number;
  /** largest norm of all gradients together; larger ones are shortened to it */
  readonly clipNorm?: number;
  /** largest size of each number of a gradient; larger ones are cut to it */
  readonly clipValue?: number;
  /** parameters that weight decay leaves alone: biases, scales and shifts of normalisations; none by default */
  readonly exclude?: readonly ("bias" | "norm")[];
  /** how slowly a moving average of the weights forgets; evaluation uses it, training does not */
  readonly average?: number;
}

/** Options of `sgd`. */
export interface SgdOptimizerOptions {
  /** step length; what a schedule changes (default 0.001) */
  readonly learningRate?: number;
  /** how much of the last step goes into the next one (default 0) */
  readonly momentum?: number;
  /** how much of the gradient is held back from the momentum (default 0) */
  readonly dampening?: number;
  /** look ahead along the momentum (Nesterov's form) (default false) */
  readonly nesterov?: boolean;
  /** pull of every parameter towards 0, times the parameter (default 0) */
  readonly weightDecay?: number;
  /** largest norm of all gradients together; larger ones are shortened to it */
  readonly clipNorm?: number;
  /** largest size of each number of a gradient; larger ones are cut to it */
  readonly clipValue?: number;
  /** parameters that weight decay leaves alone: biases, scales and shifts of normalisations; none by default */
  readonly exclude?: readonly ("bias" | "norm")[];
  /** how slowly a moving average of the weights forgets; evaluation uses it, training does not */
  readonly average?: number;
}

/** Options of `soap`. */
export interface SoapOptimizerOptions {
  /** step length; what a schedule changes (default 0.003) */
  readonly learningRate?: number;
  /** how slowly the mean of the gradients forgets (default 0.95) */
  readonly beta1?: number;
  /** how slowly the mean of the squared gradients forgets, and that of their products (default 0.95) */
  readonly beta2?: number;
  /** added to the denominator, against division by zero (default 1e-8) */
  readonly epsilon?: number;
  /** count the learning rate in units of the spread that each parameter is first drawn with */
  readonly relative?: boolean;
  /** largest norm of all gradients together; larger ones are shortened to it */
  readonly clipNorm?: number;
  /** largest size of each number of a gradient; larger ones are cut to it */
  readonly clipValue?: number;
  /** parameters that weight decay leaves alone: biases, scales and shifts of normalisations; none by default */
  readonly exclude?: readonly ("bias" | "norm")[];
  /** how slowly a moving average of the weights forgets; evaluation uses it, training does not */
  readonly average?: number;
  /** steps between two looks for the eigenvectors (default 50) */
  readonly refreshEvery?: number;
  /** longest side of a weight's matrix whose eigenvectors are sought (default 256) */
  readonly largestSide?: number;
  /** pull of every parameter towards 0, times parameter and learning rate (default 0) */
  readonly weightDecay?: number;
}

/** Every optimizer with what stands under its name. */
export interface OptimizersByName {
  /** Adam (Kingma and Ba 2015): steps along the mean gradient, divided by its spread. */
  readonly adam: AdamOptimizerOptions;
  /** Adam with weight decay that goes around its moments (Loshchilov and Hutter 2019). */
  readonly adamw: AdamwOptimizerOptions;
  /** RMSprop (Hinton 2012): steps along the gradient, divided by its spread. */
  readonly rmsprop: RmspropOptimizerOptions;
  /** Gradient descent, with or without momentum. */
  readonly sgd: SgdOptimizerOptions;
  /** SOAP (Vyas et al. 2024): Adam in the eigenbasis of the gradients' products; fewer steps, each somewhat dearer. */
  readonly soap: SoapOptimizerOptions;
}

/** Names that need no options. */
export type BareOptimizer = "adam" | "adamw" | "rmsprop" | "sgd" | "soap";

/** Options of `step`. */
export interface StepScheduleOptions {
  /** epochs between two steps */
  readonly every: number;
  /** what the learning rate is multiplied with at each step (default 0.1) */
  readonly factor?: number;
}

/** Options of `multiStep`. */
export interface MultiStepScheduleOptions {
  /** epochs, counted from 0, at whose beginning the learning rate falls */
  readonly milestones: readonly number[];
  /** what the learning rate is multiplied with at each of them (default 0.1) */
  readonly factor?: number;
}

/** Options of `exponential`. */
export interface ExponentialScheduleOptions {
  /** what the learning rate is multiplied with each time */
  readonly factor: number;
  /** whether the rate changes at each step or at each epoch (default "epoch") */
  readonly per?: "step" | "epoch";
}

/** Options of `cosine`. */
export interface CosineScheduleOptions {
  /** learning rate that the curve ends at (default 0) */
  readonly minimum?: number;
  /** whether the rate changes at each step or at each epoch (default "step") */
  readonly per?: "step" | "epoch";
}

/** Options of `cosineRestarts`. */
export interface CosineRestartsScheduleOptions {
  /** length of the first cycle in epochs, parts of one allowed */
  readonly epochs: number;
  /** how many times longer each cycle is than the one before (default 1) */
  readonly growth?: number;
  /** learning rate that each cycle falls to (default 0) */
  readonly minimum?: number;
  /** whether the rate changes at each step or at each epoch (default "step") */
  readonly per?: "step" | "epoch";
}

/** Options of `oneCycle`. */
export interface OneCycleScheduleOptions {
  /** part of the phase in which the learning rate rises (default 0.3) */
  readonly warmUpFraction?: number;
  /** the first learning rate is the highest divided by this (default 25) */
  readonly initialDivisor?: number;
  /** the last learning rate is the first divided by this (default 10000) */
  readonly finalDivisor?: number;
  /** form of rise and fall (default "cosine") */
  readonly anneal?: "cosine" | "linear";
}

/** Options of `reduceOnPlateau`. */
export interface ReduceOnPlateauScheduleOptions {
  /** what the learning rate is multiplied with (default 0.1) */
  readonly factor?: number;
  /** epochs without a better figure that are borne (default 10) */
  readonly patience?: number;
  /** how much better a figure must be, relative to the best so far (default 0.0001) */
  readonly threshold?: number;
  /** learning rate below which it does not fall (default 0) */
  readonly minimum?: number;
  /** epochs after a reduction in which none counts as bad (default 0) */
  readonly cooldown?: number;
}

/** Options of `warmUp`. */
export interface WarmUpScheduleOptions {
  /** length of the rise in epochs, parts of one allowed */
  readonly epochs?: number;
  /** length of the rise in steps, instead of epochs */
  readonly steps?: number;
  /** first learning rate, as a part of the full one (default 0.333333) */
  readonly from?: number;
  /** the schedule that follows, over the rest of the phase (default "constant") */
  readonly then?: ScheduleSpec;
}

/** Every schedule with what stands under its name. */
export interface SchedulesByName {
  /** The learning rate as it is. */
  readonly constant: NoOptions;
  /** Falls by a factor every few epochs. */
  readonly step: StepScheduleOptions | number;
  /** Falls by a factor at given epochs. */
  readonly multiStep: MultiStepScheduleOptions | readonly number[];
  /** Falls by the same factor at each epoch or step. */
  readonly exponential: ExponentialScheduleOptions | number;
  /** Falls along half a cosine over the phase. */
  readonly cosine: CosineScheduleOptions;
  /** Falls along half a cosine and starts again from the top (Loshchilov and Hutter 2017). */
  readonly cosineRestarts: CosineRestartsScheduleOptions | number;
  /** Rises to the optimizer's learning rate and falls to nearly 0 over the phase (Smith and Topin 2019). */
  readonly oneCycle: OneCycleScheduleOptions;
  /** Falls by a factor when the watched figure stops falling. */
  readonly reduceOnPlateau: ReduceOnPlateauScheduleOptions;
  /** A rise over the first epochs or steps, then any other schedule. */
  readonly warmUp: WarmUpScheduleOptions;
}

/** Names that need no options. */
export type BareSchedule = "constant" | "cosine" | "oneCycle" | "reduceOnPlateau";

/** Options of `randomRotation`. */
export interface RandomRotationTransformOptions {
  /** [lowest, highest] angle, counter-clockwise; one number d is [-d, d] */
  readonly degrees: number | readonly [number, number];
  /** how pixels between the image's pixels are made (default "nearest") */
  readonly interpolation?: "nearest" | "bilinear";
  /** what stands where the image has ended: 0 is black, 1 is white (default 0) */
  readonly fill?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
}

/** Options of `randomPerspective`. */
export interface RandomPerspectiveTransformOptions {
  /** how far corners move at most, 0 to 1 of the way to the centre (default 0.5) */
  readonly distortion?: number;
  /** how pixels between the image's pixels are made (default "bilinear") */
  readonly interpolation?: "nearest" | "bilinear";
  /** what stands where the image has ended: 0 is black, 1 is white (default 0) */
  readonly fill?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 0.5) */
  readonly probability?: number;
}

/** Options of `randomAffine`. */
export interface RandomAffineTransformOptions {
  /** [lowest, highest] angle, clockwise; one number d is [-d, d] (default 0) */
  readonly degrees?: number | readonly [number, number];
  /** how far the image is shifted at most, in parts of its width and of its height (default [0,0]) */
  readonly translate?: readonly [number, number];
  /** [lowest, highest] magnification; one number is that one (default 1) */
  readonly scale?: number | readonly [number, number];
  /** [lowest, highest] angle of the shear along x; one number d is [-d, d] (default 0) */
  readonly shear?: number | readonly [number, number];
  /** the same along y (default 0) */
  readonly shearVertical?: number | readonly [number, number];
  /** how pixels between the image's pixels are made (default "nearest") */
  readonly interpolation?: "nearest" | "bilinear";
  /** what stands where the image has ended: 0 is black, 1 is white (default 0) */
  readonly fill?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
}

/** Options of `flip`. */
export interface FlipTransformOptions {
  /** horizontal changes left and right, vertical top and bottom (default "horizontal") */
  readonly direction?: "horizontal" | "vertical";
  /** how likely an image is changed, 0 to 1; drawn first (default 0.5) */
  readonly probability?: number;
}

/** Options of `crop`. */
export interface CropTransformOptions {
  /** pixels on each side, and so the furthest shift (default 4) */
  readonly padding?: number;
  /** what stands where the image has ended: 0 is black, 1 is white (default 0) */
  readonly fill?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
}

/** Options of `rotate`. */
export interface RotateTransformOptions {
  /** angle, counter-clockwise; [lowest, highest] draws one between them */
  readonly degrees: number | readonly [number, number];
  /** how pixels between the image's pixels are made (default "bilinear") */
  readonly interpolation?: "nearest" | "bilinear";
  /** what stands where the image has ended: 0 is black, 1 is white (default 0) */
  readonly fill?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of degrees */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `gaussianNoise`. */
export interface GaussianNoiseTransformOptions {
  /** standard deviation of the noise; pixels lie in [0, 1] (default 0.1) */
  readonly sigma?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of sigma */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `saltAndPepper`. */
export interface SaltAndPepperTransformOptions {
  /** share of the pixels that become specks, 0 to 1 (default 0.05) */
  readonly share?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of share */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `speckle`. */
export interface SpeckleTransformOptions {
  /** standard deviation of the noise, in parts of the pixel's value (default 0.2) */
  readonly sigma?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of sigma */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `poisson`. */
export interface PoissonTransformOptions {
  /** photons that a white pixel receives on average; fewer are noisier (default 30) */
  readonly photons?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of photons */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `mask`. */
export interface MaskTransformOptions {
  /** squares in an image (default 1) */
  readonly count?: number;
  /** side of a square in parts of the image's shorter side; [lowest, highest] draws one for each (default 0.3) */
  readonly size?: number | readonly [number, number];
  /** what stands in the squares: 0 is black, 1 is white (default 0) */
  readonly fill?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of size */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `blur`. */
export interface BlurTransformOptions {
  /** standard deviation of the Gaussian, in pixels (default 1) */
  readonly sigma?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of sigma */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `motionBlur`. */
export interface MotionBlurTransformOptions {
  /** pixels that a point is drawn out over (default 5) */
  readonly length?: number;
  /** degrees counter-clockwise from the horizontal; [lowest, highest] draws one between them (default [0,180]) */
  readonly angle?: number | readonly [number, number];
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of length */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `jpeg`. */
export interface JpegTransformOptions {
  /** libjpeg's quality, 1 to 100; lower loses more (default 25) */
  readonly quality?: number;
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of quality */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `downscale`. */
export interface DownscaleTransformOptions {
  /** how many times smaller each side becomes; the small sides are rounded to whole pixels (default 2) */
  readonly factor?: number;
  /** how it becomes large again; nearest shows squares (default "bilinear") */
  readonly enlarge?: "nearest" | "bilinear" | "bicubic";
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of factor */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `brightness`. */
export interface BrightnessTransformOptions {
  /** what values are multiplied by: 0 is black, 1 changes nothing; [lowest, highest] draws one between them (default [0.5,1.5]) */
  readonly factor?: number | readonly [number, number];
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of factor */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Options of `contrast`. */
export interface ContrastTransformOptions {
  /** what differences from the mean are multiplied by: 0 is all grey, 1 changes nothing; [lowest, highest] draws one (default [0.5,1.5]) */
  readonly factor?: number | readonly [number, number];
  /** how likely an image is changed, 0 to 1; drawn first (default 1) */
  readonly probability?: number;
  /** strength from 1 to 5 instead of factor */
  readonly severity?: 1 | 2 | 3 | 4 | 5;
}

/** Every transform with what stands under its name. */
export interface TransformsByName {
  /** Turned by a random angle. */
  readonly randomRotation: RandomRotationTransformOptions | number | readonly [number, number];
  /** Seen from a random side. */
  readonly randomPerspective: RandomPerspectiveTransformOptions | number;
  /** Turned, shifted, scaled and sheared at random. */
  readonly randomAffine: RandomAffineTransformOptions | number | readonly [number, number];
  /** Mirrored. */
  readonly flip: FlipTransformOptions | "horizontal" | "vertical";
  /** Shifted by a few pixels: a random part of the padded image. */
  readonly crop: CropTransformOptions | number;
  /** Turned by a given angle, or one between two. */
  readonly rotate: RotateTransformOptions | number | readonly [number, number];
  /** Normal noise on every pixel. */
  readonly gaussianNoise: GaussianNoiseTransformOptions | number;
  /** White and black specks. */
  readonly saltAndPepper: SaltAndPepperTransformOptions | number;
  /** Normal noise in proportion to the brightness. */
  readonly speckle: SpeckleTransformOptions | number;
  /** Shot noise: light counted in photons. */
  readonly poisson: PoissonTransformOptions | number;
  /** Missing squares. */
  readonly mask: MaskTransformOptions | number | readonly [number, number];
  /** Out of focus: a Gaussian's blur. */
  readonly blur: BlurTransformOptions | number;
  /** Moved: blurred along a line. */
  readonly motionBlur: MotionBlurTransformOptions | number;
  /** As saved in a JPEG file of low quality. */
  readonly jpeg: JpegTransformOptions | number;
  /** Made small and large again. */
  readonly downscale: DownscaleTransformOptions | number;
  /** Lighter or darker. */
  readonly brightness: BrightnessTransformOptions | number | readonly [number, number];
  /** Stronger or fainter differences between light and dark. */
  readonly contrast: ContrastTransformOptions | number | readonly [number, number];
}

/** Names that need no options. */
export type BareTransform = "randomPerspective" | "randomAffine" | "flip" | "crop" | "gaussianNoise" | "saltAndPepper" | "speckle" | "poisson" | "mask" | "blur" | "motionBlur" | "jpeg" | "downscale" | "brightness" | "contrast";

/** Names of metrics. */
export type MetricName = "mse" | "mae" | "bce" | "psnr" | "ssim" | "accuracy";

/** Train an autoencoder, or go on with a training. */
export interface TrainTaskOptions {
  /** a preset's name, an experiment file (.yaml), the folder of a run, or pictures (folder:PATH) that an experiment is made for */
  readonly experiment: string;
  /** change one setting, for example phases.0.batchSize=128; may be given more than once */
  readonly set?: readonly string[];
  /** take the pictures from this source instead */
  readonly data?: string;
  /** what the autoencoder is wanted for (default: compress) */
  readonly for?: "compress" | "denoise" | "upright" | "inpaint" | "anomaly" | "embed" | "generate";
  /** numbers in the code (default: by the pictures) */
  readonly code?: number;
  /** size that pictures are taken at: N, or height and width HxW (default: by the pictures and the minutes) */
  readonly size?: string;
  /** turn colour pictures grey (default false) */
  readonly grey?: boolean;
  /** fit epochs and schedules to so many minutes for the whole command, pictures and exports included */
  readonly minutes?: number;
  /** epochs in all; the schedule fits itself to them */
  readonly epochs?: number;
  /** seed of first weights, order of the images and dropout */
  readonly seed?: number;
  /** who computes (default: auto, the fastest that opens) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors); auto takes fewer while other work makes that faster, and notes it, for figures then differ in their last digits */
  readonly threads?: number | "auto";
  /** threads that make batches; no figure depends on it (default: as many as the processors bear) */
  readonly dataThreads?: number;
  /** folder that run folders are made in (default "runs") */
  readonly out?: string;
  /** refuse data that do not fit the model, instead of resizing pictures or adapting layers (default false) */
  readonly exact?: boolean;
  /** write figures and pictures of epochs for TensorBoard as well, into the run folder's tensorboard/ (default false) */
  readonly tensorboard?: boolean;
  /** go on with a run that was stopped or killed (default false) */
  readonly resume?: boolean;
  /** a first look in about a minute at most: at most 10,000 training images and five epochs, fewer where the machine is slow; figures are marked (default false) */
  readonly quick?: boolean;
}

/** Write an experiment for your own pictures, made to measure, with the reason beside each choice. */
export interface NewTaskOptions {
  /** the experiment file to write, ending in .yaml */
  readonly file: string;
  /** the pictures: folder:PATH, or another source */
  readonly data: string;
  /** what the autoencoder is wanted for (default: compress) */
  readonly for?: "compress" | "denoise" | "upright" | "inpaint" | "anomaly" | "embed" | "generate";
  /** numbers in the code (default: by the pictures) */
  readonly code?: number;
  /** size that pictures are taken at: N, or height and width HxW (default: by the pictures and the minutes) */
  readonly size?: string;
  /** turn colour pictures grey (default false) */
  readonly grey?: boolean;
  /** minutes that it may take in all (default: 3) */
  readonly minutes?: number;
  /** write over a file that is there (default false) */
  readonly force?: boolean;
  /** who will compute (default: auto, the fastest that opens) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** List the experiments that come with isthmus, or print one. */
export interface PresetsTaskOptions {
  /** print the experiment file of this preset */
  readonly name?: string;
}

/** List layers, losses, optimizers, schedules, transforms, sources, models and metrics, with their options. */
export interface ListTaskOptions {
  /** layers, losses, optimizers, schedules, transforms, sources, models or metrics */
  readonly collection?: string;
  /** one entry of the collection, with its options */
  readonly name?: string;
}

/** Print the JSON Schema of experiment files, by which editors complete and check them. */
export type SchemaTaskOptions = NoOptions;

/** Show a model's layers, output shapes and parameters. */
export interface SummaryTaskOptions {
  /** a preset's name, an experiment file (.yaml), or the folder of a run */
  readonly experiment: string;
  /** change one setting, for example phases.0.batchSize=128; may be given more than once */
  readonly set?: readonly string[];
  /** take the pictures from this source instead */
  readonly data?: string;
}

/** Say which engines open here, and what to install for those that do not. */
export type DoctorTaskOptions = NoOptions;

/** Measure training steps a second on this machine. */
export interface BenchTaskOptions {
  /** a preset's name, an experiment file (.yaml), or the folder of a run */
  readonly experiment: string;
  /** change one setting, for example phases.0.batchSize=128; may be given more than once */
  readonly set?: readonly string[];
  /** take the pictures from this source instead */
  readonly data?: string;
  /** measure this engine only (default: each that opens, but reference) */
  readonly engine?: "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
  /** how long each engine is measured, at least ten steps (default 3) */
  readonly seconds?: number;
  /** show where the time goes, by layer and by primitive (default false) */
  readonly profile?: boolean;
  /** also write the profile as a trace for chrome://tracing or ui.perfetto.dev */
  readonly trace?: string;
}

/** Write a run's model as ONNX or safetensors files, checked before they are kept. */
export interface ExportTaskOptions {
  /** the folder of a run */
  readonly run: string;
  /** encoder.onnx and decoder.onnx, or model.safetensors (default "onnx") */
  readonly format?: "onnx" | "safetensors";
  /** folder for the files (default: exports in the run's folder) */
  readonly out?: string;
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Restore pictures with a trained model, and print their codes. */
export interface RestoreTaskOptions {
  /** the folder of a run; with --encoder and --decoder there is none */
  readonly run?: string;
  /** pictures, or folders of them */
  readonly images: readonly string[];
  /** an encoder's ONNX file, instead of a run */
  readonly encoder?: string;
  /** a decoder's ONNX file, instead of a run */
  readonly decoder?: string;
  /** what black and white are to the encoder (default: what its file says, or 0,1) */
  readonly range?: string;
  /** how a picture takes the model's shape: its middle, the whole with black around, or stretched (default: cover) */
  readonly fit?: "cover" | "contain" | "stretch";
  /** turn light and dark around first (default false) */
  readonly invert?: boolean;
  /** change the input first, for example gaussianNoise: 0.3; may be given more than once */
  readonly corrupt?: readonly string[];
  /** size of the restored picture: the model's, or that of the part of the picture which it saw (default "model") */
  readonly size?: "model" | "original";
  /** also write all codes into this NPY file */
  readonly codes?: string;
  /** folder for the pictures (default "restored") */
  readonly out?: string;
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Score how unlike what a model learned pictures are, and show where: anomalies first. */
export interface ScoreTaskOptions {
  /** the folder of a run; with --encoder and --decoder there is none */
  readonly run?: string;
  /** pictures, or folders of them */
  readonly images?: readonly string[];
  /** score the pictures of this source instead (default, where no picture is named: the run's own) */
  readonly data?: string;
  /** which split of a source (default "test") */
  readonly on?: "test" | "train" | "validation";
  /** what the score is; see docs/anomalies.md for what each is good at (default "combined") */
  readonly by?: "combined" | "mse" | "mae" | "ssim" | "local" | "mahalanobis" | "neighbour" | "kl";
  /** from which quantile among the reference pictures on, or which score (score:0.01), a picture is anomalous (default "0.99") */
  readonly threshold?: string;
  /** pictures that are as they should be, a folder or a source (default: the run's training pictures) */
  readonly reference?: string;
  /** how many are drawn, the highest scores first: heat maps, and a page of them all; 0 for none (default 24) */
  readonly pictures?: number;
  /** folder for scores.csv, the page and the heat maps (default "scored") */
  readonly out?: string;
  /** how scores are printed; json is the same as --json (default "table") */
  readonly format?: "table" | "csv" | "json";
  /** an encoder's ONNX file, instead of a run */
  readonly encoder?: string;
  /** a decoder's ONNX file, instead of a run */
  readonly decoder?: string;
  /** what black and white are to the encoder (default: what its file says, or 0,1) */
  readonly range?: string;
  /** how a picture takes the model's shape: its middle, the whole with black around, or stretched (default: cover) */
  readonly fit?: "cover" | "contain" | "stretch";
  /** turn light and dark around first (default false) */
  readonly invert?: boolean;
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Find the pictures whose codes are nearest to a picture's, or pictures that are nearly the same. */
export interface FindTaskOptions {
  /** the folder of a run */
  readonly run: string;
  /** pictures to look for, or folders of them; test:17 is an image of the collection's source */
  readonly pictures?: readonly string[];
  /** the collection: a folder or a source (default: the run's own pictures) */
  readonly in?: string;
  /** which split of a source is the collection (default "train") */
  readonly on?: "test" | "train" | "validation";
  /** how many of the nearest (default 5) */
  readonly count?: number;
  /** which distance of codes (default: cosine; for duplicates and for codes of fewer than 8 numbers standardised) */
  readonly by?: "standardised" | "euclidean" | "cosine";
  /** look for pictures of the collection that are nearly the same (default false) */
  readonly duplicates?: boolean;
  /** the largest distance of duplicates (default: a fifth of the median distance to the nearest other picture) */
  readonly within?: number;
  /** draw what was found (default "yes") */
  readonly draw?: "yes" | "no";
  /** the picture that is drawn (default "found.png") */
  readonly out?: string;
  /** how it is printed; json is the same as --json (default "table") */
  readonly format?: "table" | "csv" | "json";
  /** how a picture takes the model's shape: its middle, the whole with black around, or stretched (default: cover) */
  readonly fit?: "cover" | "contain" | "stretch";
  /** turn light and dark around first (default false) */
  readonly invert?: boolean;
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Turn pictures into codes: a file of numbers, a row for each picture. */
export interface EncodeTaskOptions {
  /** the folder of a run */
  readonly run: string;
  /** pictures, or folders of them */
  readonly images?: readonly string[];
  /** encode the pictures of this source instead */
  readonly data?: string;
  /** refuse pictures of another shape than the model takes, instead of resizing them (default false) */
  readonly exact?: boolean;
  /** which split of --data (default "test") */
  readonly on?: "test" | "train" | "validation";
  /** how codes are written (default: as --out ends, or npy) */
  readonly format?: "npy" | "csv" | "json";
  /** the file (default: codes.npy; csv and json go to the output) */
  readonly out?: string;
  /** how a picture takes the model's shape: its middle, the whole with black around, or stretched (default: cover) */
  readonly fit?: "cover" | "contain" | "stretch";
  /** turn light and dark around first (default false) */
  readonly invert?: boolean;
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Turn codes into pictures: a file for each, or all in one. */
export interface DecodeTaskOptions {
  /** the folder of a run */
  readonly run: string;
  /** a file of codes: .npy, .csv or .json */
  readonly codes: string;
  /** folder for the pictures (default "decoded") */
  readonly out?: string;
  /** all pictures in one, grid.png, 16 in a row (default false) */
  readonly grid?: boolean;
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Draw the way from one picture's code to another's. */
export interface WalkTaskOptions {
  /** the folder of a run */
  readonly run: string;
  /** two or more: an image's number in the test split (17, train:3), class:7, or a picture's file */
  readonly stops: readonly string[];
  /** pictures from one stop to the next, both included (default 12) */
  readonly steps?: number;
  /** along a line, or along an arc as suits normal codes (default "straight") */
  readonly path?: "straight" | "spherical";
  /** a .png of the path over the originals, or a .gif or .webp that moves (default: walk-….png among the run's images) */
  readonly out?: string;
  /** how a picture takes the model's shape: its middle, the whole with black around, or stretched (default: cover) */
  readonly fit?: "cover" | "contain" | "stretch";
  /** turn light and dark around first (default false) */
  readonly invert?: boolean;
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Draw pictures that a trained model makes of codes drawn by lot. */
export interface SampleTaskOptions {
  /** the folder of a run */
  readonly run: string;
  /** how many pictures (default 64) */
  readonly count?: number;
  /** which codes are drawn; more pictures of one seed begin with the same ones (default 0) */
  readonly seed?: number;
  /** the standard normal distribution, or a normal one fitted to codes of training images (default: prior for a variational model, else gaussian) */
  readonly from?: "prior" | "gaussian";
  /** a .png file (default: samples-….png among the run's images) */
  readonly out?: string;
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Draw the codes of pictures as points of a plane, coloured by class. */
export interface MapTaskOptions {
  /** the folder of a run */
  readonly run: string;
  /** umap keeps neighbours together; pca is the plane in which the codes vary most (default "umap") */
  readonly method?: "umap" | "pca";
  /** how many pictures of the split, drawn by the seed; umap takes some seconds a thousand (default 2000) */
  readonly count?: number;
  /** which split's pictures (default "test") */
  readonly on?: "test" | "train" | "validation";
  /** take the pictures from this source instead */
  readonly data?: string;
  /** refuse pictures of another shape than the model takes, instead of resizing them (default false) */
  readonly exact?: boolean;
  /** of umap: how many neighbours of each code are kept near (default 15) */
  readonly neighbours?: number;
  /** of umap: how near points may come (default 0.1) */
  readonly minimumDistance?: number;
  /** which pictures are drawn, and of umap's draws (default 0) */
  readonly seed?: number;
  /** a .png file (default: map-….png among the run's images) */
  readonly out?: string;
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Measure a trained model beside baselines on the same images, and show where it is worst. */
export interface EvaluateTaskOptions {
  /** the folder of a run */
  readonly run: string;
  /** measure on this source instead of the run's own */
  readonly data?: string;
  /** refuse pictures of another shape than the model takes, instead of resizing them (default false) */
  readonly exact?: boolean;
  /** which split (default "test") */
  readonly on?: "test" | "train" | "validation";
  /** what corrupts the input, for example gaussianNoise or {gaussianNoise: 0.3}; none for nothing (default: as trained) */
  readonly corrupt?: string;
  /** measure each corruption in its severities 1 to 5 as well (default false) */
  readonly severities?: boolean;
  /** classes that are normal, with commas between; the others are anomalous (default: those that training pictures have, where there are others, or those called good, normal or ok) */
  readonly normal?: readonly string[];
  /** classes that are anomalous instead; the others are normal */
  readonly anomalous?: readonly string[];
  /** scores that tell anomalous from normal: combined, mse, mae, ssim, local, mahalanobis, neighbour, kl; may be given more than once (default ["combined","mse"]) */
  readonly by?: readonly ("combined" | "mse" | "mae" | "ssim" | "local" | "mahalanobis" | "neighbour" | "kl")[];
  /** how the figures are printed; see --json too (default "table") */
  readonly format?: "table" | "csv";
  /** draw the worst images into the run's folder images (default "yes") */
  readonly pictures?: "yes" | "no";
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Train classifiers on a model's frozen codes: what the codes know of the classes. */
export interface ProbeTaskOptions {
  /** the folder of a run */
  readonly run: string;
  /** take the pictures from this source instead */
  readonly data?: string;
  /** refuse pictures of another shape than the model takes, instead of resizing them (default false) */
  readonly exact?: boolean;
  /** how the two-layer classifier ends: in logits, or in a sigmoid before the cross-entropy as was published once (default "both") */
  readonly form?: "logits" | "sigmoid" | "both";
  /** hidden units of the two-layer classifier (default 256) */
  readonly hidden?: number;
  /** epochs of the two-layer classifier (default: 10, 20 or 40, whichever a validation split prefers) */
  readonly epochs?: number;
  /** of the classifiers' weights, the order of the images and the validation split (default 0) */
  readonly seed?: number;
  /** draw confusion matrices into the run's folder images (default "yes") */
  readonly pictures?: "yes" | "no";
  /** which weights: last, best, or those of a step that was kept (default "last") */
  readonly checkpoint?: string;
  /** who computes (default: the engine that trained the run) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors) */
  readonly threads?: number;
}

/** Put runs side by side: what differs in their settings, figures, curves, and the same images through each. */
export interface CompareTaskOptions {
  /** folders of two runs or more */
  readonly runs: readonly string[];
  /** folder for the pictures (default "comparison") */
  readonly out?: string;
  /** draw curves and images (default "yes") */
  readonly pictures?: "yes" | "no";
  /** threads that compute (default: all processors) */
  readonly threads?: number;
}

/** Write a run into one HTML file: figures, curves, pictures, codes, data, and how to train it again. */
export interface ReportTaskOptions {
  /** the folder of a run, finished or not */
  readonly run: string;
  /** folders of other runs to put beside it; may be given more than once */
  readonly compare?: readonly string[];
  /** an .html file (default: report.html in the run's folder) */
  readonly out?: string;
  /** write it again whenever the run's folder has changed, until Ctrl-C (default false) */
  readonly watch?: boolean;
}

/** List the sources of pictures, and where they are found on this machine. */
export type DataListTaskOptions = NoOptions;

/** Fetch a data set, checked, whole or not at all; or draw one into a folder. */
export interface DataGetTaskOptions {
  /** the source: see isthmus data list */
  readonly name: string;
  /** write printed-digits as PNG files into this folder, one subfolder a digit */
  readonly out?: string;
}

/** Show what a data set holds and what is wrong with it: counts, sizes, values, copies, broken files, a grid of images. */
export interface DataShowTaskOptions {
  /** a source: mnist, folder:PATH, or its options as YAML */
  readonly data: string;
  /** draw images changed by this transform, as in training; may be given more than once */
  readonly augment?: readonly string[];
  /** draw images corrupted by this transform, as in evaluation; may be given more than once */
  readonly corrupt?: readonly string[];
  /** write the grid of images to this file */
  readonly out?: string;
}

/** Find a learning rate: a short trial over rising rates, with a plot. */
export interface FindLearningRateTaskOptions {
  /** a preset's name, an experiment file (.yaml), the folder of a run, or pictures (folder:PATH) that an experiment is made for */
  readonly experiment: string;
  /** change one setting, for example phases.0.batchSize=128; may be given more than once */
  readonly set?: readonly string[];
  /** take the pictures from this source instead */
  readonly data?: string;
  /** what the autoencoder is wanted for (default: compress) */
  readonly for?: "compress" | "denoise" | "upright" | "inpaint" | "anomaly" | "embed" | "generate";
  /** numbers in the code (default: by the pictures) */
  readonly code?: number;
  /** size that pictures are taken at: N, or height and width HxW (default: by the pictures and the minutes) */
  readonly size?: string;
  /** turn colour pictures grey (default false) */
  readonly grey?: boolean;
  /** fit epochs and schedules to so many minutes for the whole command, pictures and exports included */
  readonly minutes?: number;
  /** epochs in all; the schedule fits itself to them */
  readonly epochs?: number;
  /** seed of first weights, order of the images and dropout */
  readonly seed?: number;
  /** who computes (default: auto, the fastest that opens) */
  readonly engine?: "auto" | "onednn" | "onnx" | "reference";
  /** threads that compute, at most 4 for each processor (default: all processors); auto takes fewer while other work makes that faster, and notes it, for figures then differ in their last digits */
  readonly threads?: number | "auto";
  /** threads that make batches; no figure depends on it (default: as many as the processors bear) */
  readonly dataThreads?: number;
  /** folder that run folders are made in (default "runs") */
  readonly out?: string;
  /** refuse data that do not fit the model, instead of resizing pictures or adapting layers (default false) */
  readonly exact?: boolean;
  /** write figures and pictures of epochs for TensorBoard as well, into the run folder's tensorboard/ (default false) */
  readonly tensorboard?: boolean;
  /** go on with a run that was stopped or killed (default false) */
  readonly resume?: boolean;
  /** a first look in about a minute at most: at most 10,000 training images and five epochs, fewer where the machine is slow; figures are marked (default false) */
  readonly quick?: boolean;
}

/** A part of a training; what it does not say is taken from the one before. */
export interface PhaseFields {
  /** name of the phase */
  readonly name?: string;
  /** passes over the training images */
  readonly epochs?: number;
  /** images in one batch */
  readonly batchSize?: number;
  /** batches whose gradients are averaged into one step, as if the batch were so many times as large */
  readonly accumulate?: number;
  /** optimizer with its options */
  readonly optimizer?: OptimizerSpec;
  /** how the learning rate changes */
  readonly schedule?: ScheduleSpec;
  /** epochs that the schedule is written for; it is stretched from them to the phase's; default: the phase's */
  readonly scheduleEpochs?: number;
  /** transforms of input and target alike, in training only */
  readonly augment?: readonly TransformSpec[];
  /** transforms of the input alone, in training and evaluation */
  readonly corrupt?: readonly TransformSpec[];
  /** which training images an epoch takes; {} is each one once */
  readonly sample?: { /** images of an epoch, another choice in each: how many, or a part below 1; default: as many as there are */
  readonly images?: number; /** how often each image comes in an epoch, augmented anew each time: for few pictures; default: once */
  readonly times?: number; /** each class equally often: images of rare classes come more than once in an epoch */
  readonly balanced?: boolean; };
  /** which weights of the phase before it starts from (default "last") */
  readonly from?: "last" | "best";
  /** which weights it ends with: its last, or those of the epoch with the lowest objective on the validation images (without these, the training images) (default "last") */
  readonly keep?: "last" | "best";
  /** keep the optimizer's slots of the phase before (default false) */
  readonly carryOptimizer?: boolean;
}

/** An experiment as in a file. */
export interface ExperimentFields {
  /** version of this format (default 1) */
  readonly version?: 1;
  /** name of the experiment; run folders are named after it */
  readonly name: string;
  /** where the pictures come from */
  readonly data: DataSpec;
  /** the network: its kind, its layers and the kind's own options */
  readonly model: ModelSpec;
  /** what training makes small */
  readonly loss: LossSpec;
  /** figures beside the objective; default: mse, and the loss where it is a metric */
  readonly metrics?: readonly MetricSpec[];
  /** parts of the training, one after the other */
  readonly phases: readonly PhaseFields[];
  /** of initial weights, order of the images and dropout (default 0) */
  readonly seed?: number;
  /** of what evaluation draws (default 0) */
  readonly evaluationSeed?: number;
  /** first weights: random, principal components in a network of dense layers, or those of another training (default "random") */
  readonly initialise?: "random" | "principalComponents" | { /** begin as the best linear network, which the training images' principal components give */
  readonly principalComponents: { /** times that each training image is drawn, augmented anew (default 1) */
  readonly passes?: number; }; } | { /** the folder of a run, whose last checkpoint is taken, or a .safetensors file */
  readonly weights: string; };
  /** epochs between checkpoints (default 1) */
  readonly checkpointEvery?: number;
  /** evaluate the training images after every epoch (true), after the last one (false) or never (default false) */
  readonly evaluateTrain?: boolean | "never";
  /** modules that define layers, losses and transforms of one's own: paths relative to this file, or packages */
  readonly use?: readonly string[];
}

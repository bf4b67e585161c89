// What a model is once its spec has been read: its parameters and buffers, and how to build it into a graph.
import type { GraphBuilder, RandomInput, Shape, Value } from "../../tensor/index.js";
import type { Initialiser, Mode } from "../layers/define.js";
import type { Target } from "../losses/define.js";

/** A layer as data: its name alone, or its name with its options: `"elu"`, `{ conv2d: { channels: 16, kernel: 3 } }`. */
export type LayerSpec = string | Readonly<Record<string, unknown>>;

/** The weight of the KL divergence, straight from one number to another over the first steps of a training. */
export interface BetaRise {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

/** A model as data, as in an experiment file. */
export interface ModelSpec {
  readonly kind: string;
  /** [channel, height, width] */
  readonly input: Shape;
  readonly encoder: readonly LayerSpec[];
  /** Empty for a classifier. */
  readonly decoder: readonly LayerSpec[];
  /** Of a variational autoencoder: numbers in the code. */
  readonly code?: number;
  /** Of a variational autoencoder: weight of the KL divergence, or how it rises. */
  readonly beta?: number | BetaRise;
  /** Of a variational autoencoder: nats for each code unit that cost nothing. */
  readonly freeBits?: number;
  /** Of a supervised autoencoder: classes that the labels count. */
  readonly classes?: number;
  /** Of a supervised autoencoder: weight of the labels' cross-entropy. */
  readonly supervision?: number;
}

export interface ParameterSpec {
  /** As in the checkpoint: `encoder.0.weight`. */
  readonly name: string;
  readonly shape: Shape;
  readonly initialise: Initialiser;
  readonly trainable: boolean;
}
export interface BufferSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly initial: number;
  readonly written: "float32" | "int64";
  /** Changes with each optimizer step, not with each batch that a step is made of. */
  readonly changesByStep?: true;
}

/** A row of the summary; the number counts through encoder and decoder from 1. */
export interface SummaryRow {
  readonly number: number;
  /** `Conv2d` */
  readonly title: string;
  readonly part: "encoder" | "mean" | "logVariance" | "classes" | "decoder";
  /** Without the batch. */
  readonly outputShape: Shape;
  readonly parameters: number;
  readonly trainable: number;
}

/** What building a model into one graph collects on the way. */
export interface BuildContext {
  readonly graph: GraphBuilder;
  readonly mode: Mode;
  /** Buffer name to its value after the step. */
  readonly updates: Record<string, Value>;
  readonly randomInputs: RandomInput[];
  /** Read the moving average of parameters and buffers in place of them. */
  readonly average?: boolean;
}

/** The objective and its parts (scalars, means over the batch's images). Parts add up to the objective. */
export interface Objective {
  readonly objective: Value;
  readonly parts: Readonly<Record<string, Value>>;
  /** Of a model with several objectives: the value of each by its name, a scalar. `objective` is the one that is watched. */
  readonly objectives?: Readonly<Record<string, Value>>;
  /** Further scalars worth seeing, which are no parts. */
  readonly figures?: Readonly<Record<string, Value>>;
  /** What the target is compared with: a reconstruction, or a classifier's logits [batch, class]. */
  readonly reconstruction: Value;
}

/** One of several objectives of a model: it is made small by the parameters that it trains, and by those alone. */
export interface NamedObjective {
  /** Its name among `Objective.objectives`, and in records. */
  readonly name: string;
  /** Whether it trains the parameter of that name. No parameter is trained by two. */
  trains(parameter: string): boolean;
}

export interface Model {
  readonly spec: ModelSpec;
  /** [channel, height, width] */
  readonly inputShape: Shape;
  /** Without the batch. */
  readonly codeShape: Shape;
  /** What its losses and metrics compare with: target pictures, or class labels [batch], the input `label`. */
  readonly compares: Target;
  /** Classes of the labels that it learns from: its programs take the input `label` [batch]. Undefined where it learns from none. */
  readonly classes?: number;
  /** Where there are several: each has an optimizer of its own. Absent where `objective` trains all parameters. */
  readonly objectives?: readonly NamedObjective[];
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
  readonly rows: readonly SummaryRow[];
  /** The objective as a formula, for people: `mse(reconstruction, target)`. */
  formula(loss: string): string;
  /** @param input [batch, channel, height, width] @returns [batch, …codeShape] */
  encode(context: BuildContext, input: Value): Value;
  /** Of a variational model: the normal distribution of an input's code, each [batch, …codeShape]. */
  posterior?(context: BuildContext, input: Value): { readonly mean: Value; readonly logVariance: Value };
  /** @param code [batch, …codeShape] @returns [batch, channel, height, width] */
  decode(context: BuildContext, code: Value): Value;
  /**
   * @param target pictures, or for a model that compares labels the labels
   * @param elementLoss mean over every element of prediction and target, a scalar
   * @param label [batch], for a model with `classes`
   */
  objective(
    context: BuildContext,
    input: Value,
    target: Value,
    elementLoss: (prediction: Value, target: Value) => Value,
    label?: Value,
  ): Objective;
}

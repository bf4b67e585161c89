// What a kind of model is, and what a model is once its spec has been read: parameters, buffers, and how to build it.
import type { z } from "zod";
import type { GraphBuilder, RandomInput, Shape, Value } from "../../tensor/index.js";
import type { Initialiser, Mode } from "../layers/define.js";
import type { Loss, Target } from "../losses/define.js";

/** A layer as data: its name alone, or its name with its options: `"elu"`, `{ conv2d: { channels: 16, kernel: 3 } }`. */
export type LayerSpec = string | Readonly<Record<string, unknown>>;

/** What every kind of model says of itself as data; the kinds' own fields stand beside it. See `ModelSpec` for the union. */
export interface AnyModelSpec {
  readonly kind: string;
  /** [channel, height, width] */
  readonly input: Shape;
  readonly encoder: readonly LayerSpec[];
  /** Without layers, or left out, where the kind has no decoder. */
  readonly decoder?: readonly LayerSpec[];
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
  /** `encoder`, `decoder`, or the name of a head of the family's own. */
  readonly part: string;
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
  /** Whether it trains the parameter of that name. No parameter is trained by two; what none trains stays as it is. */
  trains(parameter: string): boolean;
}

export interface Model<Spec extends AnyModelSpec = AnyModelSpec> {
  readonly spec: Spec;
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
  /**
   * Absent where the model has no decoder: see `decoderOf`.
   * @param code [batch, …codeShape] @returns [batch, channel, height, width]
   */
  decode?(context: BuildContext, code: Value): Value;
  /** What the family tells of itself in records, under a loss, by name; see `figuresOf`, which has loss and metrics too. */
  figures(loss: Loss): FamilyFigures;
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

/** What a figure of records is, for people. */
export interface FigureText {
  /** Its unit, or what it is a mean over: `nats an image`, `mean over pixels`. */
  readonly unit: string;
  /** What it is, in one sentence. */
  readonly summary: string;
  /** `neither` where more and less are both no merit of their own. */
  readonly better: "lower" | "higher" | "neither";
}

/** What a family tells of itself, by the names of records: its parts and further figures, and `objective` where it has a unit. */
export type FamilyFigures = Readonly<Record<string, FigureText>>;

/** Notes of what building once, to look, has found. */
export interface Findings {
  readonly parameters: ParameterSpec[];
  readonly buffers: BufferSpec[];
  readonly rows: SummaryRow[];
}

/** A kind of model in the list. Reading the parts, looking at their shapes and the summary's rows are done for it. */
export interface Family<
  Name extends string = string,
  Options extends z.ZodObject = z.ZodObject,
  Decodes extends boolean = boolean,
> {
  readonly name: Name;
  /** What it is, in one sentence for lists. */
  readonly summary: string;
  /** What its spec has beside input, encoder and decoder; every option with a description. */
  readonly options: Options;
  /** Whether it has a decoder. */
  readonly decodes: Decodes;
  /** For a family that needs a flat vector of its encoder: what for, and how a person gets one. */
  readonly needsVector?: { readonly what: string; readonly hint: string };
  /** What it adds on the parts that were read. Called once for a model, before anything is built. */
  build(options: z.output<Options>, parts: FamilyParts): FamilyModel;
}

/** The parts that were read from a spec, as a family gets them. */
export interface FamilyParts {
  /** [channel, height, width] */
  readonly inputShape: Shape;
  /** Numbers in a picture: the elements that losses of pictures are means over. */
  readonly elements: number;
  /** @param images [batch, channel, height, width] @returns what the encoder's last layer gives */
  encoder(context: BuildContext, images: Value): Value;
  /** @param code [batch, …codeShape] @returns [batch, channel, height, width]; without a decoder, the code itself */
  decoder(context: BuildContext, code: Value): Value;
}

/** What a family adds. */
export interface FamilyModel {
  /**
   * The code from what the encoder gives; that itself where not given. Built once with findings, where the family notes what
   * parameters it has of its own (`head` does), and without them whenever a picture is encoded.
   */
  code?(context: BuildContext, encoded: Value, findings?: Findings): Value;
  /** Buffers of its own, after those of the layers. */
  readonly buffers?: readonly BufferSpec[];
  /** Classes of the labels that it learns from; a family without a decoder has one for each number in its code. */
  readonly classes?: number;
  /** As in `Model`. */
  readonly formula: Model["formula"];
  readonly posterior?: Model["posterior"];
  readonly objective: Model["objective"];
  /** What it tells of itself under a loss; nothing where its objective is the loss. */
  figures?(loss: Loss): FamilyFigures;
}

export function defineFamily<const Name extends string, Options extends z.ZodObject, const Decodes extends boolean>(
  family: Family<Name, Options, Decodes>,
): Family<Name, Options, Decodes> {
  return family;
}

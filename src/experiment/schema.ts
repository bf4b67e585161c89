// What an experiment file may say (version 1), and the complete experiment it becomes: every default filled in, every
// phase saying everything, plain data that can be written to experiment.yaml and trained again. Reading is resolved.ts.
import { z } from "zod";
import { type Sample, sampleOptions } from "../data/sampling.js";
import type { ModelSpec } from "../nn/models/index.js";
import { positiveWholeNumber, trueOrFalse } from "../schema/options.js";
import { isMapping } from "../schema/read.js";

/** An entry of a collection as data: its name, or its name with its options. */
export type Spec = string | Readonly<Record<string, unknown>>;

/** A model as an experiment has it: where `input` is missing, the data's shape is taken. */
export type ExperimentModel = WithoutInput<ModelSpec> & { readonly input?: ModelSpec["input"] };
type WithoutInput<Spec> = Spec extends unknown ? Omit<Spec, "input"> : never;

/** A part of the training with settings of its own. */
export interface Phase {
  readonly name: string;
  readonly epochs: number;
  readonly batchSize: number;
  /** Batches whose gradients are averaged into one optimizer step. */
  readonly accumulate: number;
  readonly optimizer: Spec;
  readonly schedule: Spec;
  /** Epochs that the schedule's counts are meant for, where the phase is longer or shorter and the schedule is stretched to it. */
  readonly scheduleEpochs?: number;
  /** Transforms of input and target alike, in training only. */
  readonly augment: readonly Spec[];
  /** Transforms of the input alone. */
  readonly corrupt: readonly Spec[];
  /** What an epoch takes of the training images. Each one once where absent. */
  readonly sample?: Sample;
  /** Which weights of the phase before it starts from. */
  readonly from: "last" | "best";
  /** Which weights it ends with: its last ones, or those of its best epoch, by the validation images where there are some. */
  readonly keep: "last" | "best";
  /** Keep the optimizer's slots of the phase before instead of fresh ones. */
  readonly carryOptimizer: boolean;
}

/** Where the first weights come from. */
export type Initialise =
  | "random"
  | { readonly principalComponents: { readonly passes: number } }
  /** The folder of a run or a .safetensors file. */
  | { readonly weights: string };

/** A complete experiment. Plain JSON. */
export interface Experiment {
  readonly version: 1;
  readonly name: string;
  readonly data: Spec;
  readonly model: ExperimentModel;
  readonly loss: Spec;
  readonly metrics: readonly string[];
  readonly phases: readonly Phase[];
  /** Of initial weights, order of the images, dropout. 0 to 2³²−1. */
  readonly seed: number;
  /** Of what evaluation draws, so that runs with other seeds face the same test. 0 to 2³²−1. */
  readonly evaluationSeed: number;
  /**
   * First weights: drawn by the seed; or, in a network of dense layers, principal components of the training images changed as the
   * first phase's `augment` and `corrupt` say (one draw for each of that many passes), so that it begins as the best linear one; or
   * those of another training.
   */
  readonly initialise: Initialise;
  /** Epochs between checkpoints. */
  readonly checkpointEvery: number;
  /** Evaluate the training images in inference mode after every epoch, and not only after the last; or never. */
  readonly evaluateTrain: boolean | "never";
  /** Modules that define entries which it names: absolute paths. They must have been loaded before it is read. */
  readonly use?: readonly string[];
}

const seed = () => {
  const message = "expected a whole number from 0 to 4294967295";
  return z
    .int(message)
    .min(0, message)
    .max(2 ** 32 - 1, message);
};
const spec = (what: string) =>
  z.custom<Spec>(
    (value) => typeof value === "string" || isMapping(value),
    `expected ${what}, or its name with its options`,
  );
const nameText = "expected a name of at most 100 letters, digits, dots, dashes and underscores";
// With a date and a number it names a folder, which may have 255 bytes.
const runName = () => z.string(nameText).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, nameText);

/** A phase as written: what it does not say is taken from the one before. */
export const phaseSchema = z.strictObject({
  name: runName().optional().describe("name of the phase"),
  epochs: positiveWholeNumber().optional().describe("passes over the training images"),
  batchSize: positiveWholeNumber().optional().describe("images in one batch"),
  accumulate: positiveWholeNumber()
    .optional()
    .describe("batches whose gradients are averaged into one step, as if the batch were so many times as large"),
  optimizer: spec("the name of an optimizer").optional().describe("optimizer with its options"),
  schedule: spec("the name of a schedule").optional().describe("how the learning rate changes"),
  scheduleEpochs: positiveWholeNumber()
    .optional()
    .describe(
      "epochs that the schedule is written for; it is stretched from them to the phase's; default: the phase's",
    ),
  augment: z
    .array(spec("the name of a transform"), "expected a list of transforms")
    .optional()
    .describe("transforms of input and target alike, in training only"),
  corrupt: z
    .array(spec("the name of a transform"), "expected a list of transforms")
    .optional()
    .describe("transforms of the input alone, in training and evaluation"),
  sample: sampleOptions.optional().describe("which training images an epoch takes; {} is each one once"),
  from: z
    .enum(["last", "best"], "expected last or best")
    .default("last")
    .describe("which weights of the phase before it starts from"),
  keep: z
    .enum(["last", "best"], "expected last or best")
    .default("last")
    .describe(
      "which weights it ends with: its last, or those of the epoch with the lowest objective on the validation images (without these, the training images)",
    ),
  carryOptimizer: trueOrFalse().default(false).describe("keep the optimizer's slots of the phase before"),
});

/** An experiment file as written. */
export const experimentSchema = z.strictObject({
  version: z.literal(1, "expected 1").default(1).describe("version of this format"),
  name: runName().describe("name of the experiment; run folders are named after it"),
  data: spec("the name of a data source").describe("where the pictures come from"),
  model: z
    .custom<Readonly<Record<string, unknown>>>(isMapping, "expected a mapping with kind, encoder and decoder")
    .describe("the network: its kind, its layers and the kind's own options"),
  loss: spec("the name of a loss").describe("what training makes small"),
  metrics: z
    .array(z.string("expected the name of a metric"), "expected a list of metrics")
    .optional()
    .describe("figures beside the objective; default: mse, and the loss where it is a metric"),
  phases: z
    .array(z.unknown(), "expected a list of phases")
    .min(1, "expected at least one phase")
    .describe("parts of the training, one after the other"),
  seed: seed().default(0).describe("of initial weights, order of the images and dropout"),
  evaluationSeed: seed().default(0).describe("of what evaluation draws"),
  initialise: z
    .union(
      [
        z.literal("random"),
        z.literal("principalComponents").transform(() => ({ principalComponents: { passes: 1 } })),
        z.strictObject({
          principalComponents: z
            .strictObject({
              passes: positiveWholeNumber()
                .default(1)
                .describe("times that each training image is drawn, augmented anew"),
            })
            .describe("begin as the best linear network, which the training images' principal components give"),
        }),
        z.strictObject({
          weights: z
            .string("expected the path of a run or of a .safetensors file")
            .min(1, "expected the path of a run or of a .safetensors file")
            .describe("the folder of a run, whose last checkpoint is taken, or a .safetensors file"),
        }),
      ],
      { error: "expected random, principalComponents, { principalComponents: { passes: N } } or { weights: PATH }" },
    )
    .default("random")
    .describe("first weights: random, principal components in a network of dense layers, or those of another training"),
  checkpointEvery: positiveWholeNumber().default(1).describe("epochs between checkpoints"),
  evaluateTrain: z
    .union([z.boolean(), z.literal("never")], "expected true, false or never")
    .default(false)
    .describe("evaluate the training images after every epoch (true), after the last one (false) or never"),
  use: z
    .array(z.string("expected the path of a module"), "expected a list of modules, for example [./my-layers.mjs]")
    .optional()
    .describe(
      "modules that define layers, losses and transforms of one's own: paths relative to this file, or packages",
    ),
});

// What an experiment file may say (version 1), and the complete experiment it becomes: every default filled in, every
// phase saying everything, plain data that can be written to experiment.yaml and trained again.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import { type Sample, sampleOptions } from "../data/sampling.js";
import { readSource } from "../data/sources/index.js";
import type { Loss } from "../nn/losses/define.js";
import { readLoss } from "../nn/losses/index.js";
import { metrics as allMetrics, readMetrics } from "../nn/metrics/index.js";
import type { Model, ModelSpec } from "../nn/models/define.js";
import { readModel } from "../nn/models/index.js";
import { checkPredictionRange } from "../nn/models/unitRange.js";
import { readOptimizer } from "../nn/optimizers/index.js";
import { readSchedule } from "../nn/schedules/index.js";
import { readTransforms, type TransformUse, transformSpec } from "../pixels/transforms/index.js";
import { positiveWholeNumber, trueOrFalse } from "../schema/options.js";
import { isMapping, readOptions, shown } from "../schema/read.js";

/** An entry of a collection as data: its name, or its name with its options. */
export type Spec = string | Readonly<Record<string, unknown>>;

/** A model as an experiment has it: where `input` is missing, the data's shape is taken. */
export type ExperimentModel = Omit<ModelSpec, "input"> & { readonly input?: ModelSpec["input"] };

/** A part of the training with settings of its own. */
export interface Phase {
  readonly name: string;
  readonly epochs: number;
  readonly batchSize: number;
  /** Batches whose gradients are averaged into one optimizer step. */
  readonly accumulate: number;
  readonly optimizer: Spec;
  readonly schedule: Spec;
  /** Transforms of input and target alike, in training only. */
  readonly augment: readonly Spec[];
  /** Transforms of the input alone. */
  readonly corrupt: readonly Spec[];
  /** What an epoch takes of the training images. Each one once where absent. */
  readonly sample?: Sample;
  /** Which weights of the phase before it starts from. */
  readonly from: "last" | "best";
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
  /** Evaluate the training images in inference mode after every epoch, and not only after the last. */
  readonly evaluateTrain: boolean;
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
  evaluateTrain: trueOrFalse().default(false).describe("evaluate the training images after every epoch"),
});

/**
 * Checks a document and fills in what it leaves out.
 * @param document parsed YAML or JSON
 * @param locate makes of a path into the document (`phases[0].epochs`) what an error shows, for example with the file's name
 * @throws UserError at the first thing that does not fit
 */
export function checkExperiment(document: unknown, locate: (path: string) => string = (path) => path): Experiment {
  try {
    return complete(document);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, {
      at: locate((error.at ?? "").replace(/^\./, "")),
      ...(error.hint === undefined ? {} : { hint: error.hint.replaceAll("Also .", "Also ") }),
      cause: error,
    });
  }
}

function complete(document: unknown): Experiment {
  if (!isMapping(document)) {
    throw new UserError(
      `is not an experiment: expected a mapping with name, data, model, loss and phases, got ${kindOf(document)}`,
    );
  }
  const written = readOptions(experimentSchema, document, "", "an experiment");
  readSource(written.data, "data");
  const loss = readLoss(written.loss, "loss");
  const metrics = readMetrics(written.metrics ?? usualMetrics(loss), "metrics").map(({ name }) => name);
  return {
    version: 1,
    name: written.name,
    data: written.data,
    model: checkModel(written.model),
    loss: written.loss,
    metrics,
    phases: completePhases(written.phases),
    seed: written.seed,
    evaluationSeed: written.evaluationSeed,
    initialise: written.initialise,
    checkpointEvery: written.checkpointEvery,
    evaluateTrain: written.evaluateTrain,
  };
}

/** The loss itself, where it is a metric too, beside the mean squared error, which all experiments share. */
function usualMetrics({ name, figure, compares }: Loss): readonly string[] {
  if (compares === "labels") return ["accuracy"];
  return [...new Set(["mse", ...(figure === name && Object.hasOwn(allMetrics, name) ? [name] : [])])];
}

/** A model that says its input is built at once, so that what does not fit is found when the file is read. */
function checkModel(written: Readonly<Record<string, unknown>>): ExperimentModel {
  if (written.input === undefined) return written as unknown as ExperimentModel;
  return readModel(written, "model").spec;
}

function completePhases(written: readonly unknown[]): readonly Phase[] {
  const phases: Phase[] = [];
  for (const [index, given] of written.entries()) {
    const at = `phases[${index}]`;
    if (!isMapping(given))
      throw new UserError(`expected a mapping with epochs and other settings, got ${shown(given)}`, { at });
    const phase = readOptions(phaseSchema, given, at, "a phase");
    const before = phases.at(-1);
    const epochs = phase.epochs ?? before?.epochs;
    if (epochs === undefined)
      throw new UserError("expected a positive whole number, got nothing", { at: `${at}.epochs` });
    const name = phase.name ?? `phase-${index + 1}`;
    const sample = phase.sample ?? before?.sample;
    if (phases.some((other) => other.name === name))
      throw new UserError(`two phases are called ${name}`, { at: `${at}.name` });
    const optimizer = completeOptimizer(phase.optimizer ?? before?.optimizer ?? "adam", `${at}.optimizer`);
    if (phase.carryOptimizer && before !== undefined && onlyKey(before.optimizer) !== onlyKey(optimizer)) {
      throw new UserError(
        `expected the optimizer of the phase before (${onlyKey(before.optimizer)}), got ${onlyKey(optimizer)}: its slots can't be carried over`,
        { at: `${at}.carryOptimizer` },
      );
    }
    phases.push({
      name,
      epochs,
      batchSize: phase.batchSize ?? before?.batchSize ?? 32,
      accumulate: phase.accumulate ?? before?.accumulate ?? 1,
      optimizer,
      schedule: completeSchedule(phase.schedule ?? before?.schedule ?? "constant", `${at}.schedule`),
      augment: completeTransforms(phase.augment ?? before?.augment ?? [], "augment", at),
      corrupt: completeTransforms(phase.corrupt ?? before?.corrupt ?? [], "corrupt", at),
      ...(sample === undefined ? {} : { sample }),
      from: phase.from,
      carryOptimizer: phase.carryOptimizer,
    });
  }
  return phases;
}

function completeOptimizer(written: Spec, at: string): Spec {
  const { optimizer, options } = readOptimizer(written, at);
  return { [optimizer.name]: options };
}

function completeSchedule(written: Spec, at: string): Spec {
  const { schedule, options } = readSchedule(written, at);
  return { [schedule.name]: options };
}

function completeTransforms(written: readonly Spec[], use: TransformUse, at: string): readonly Spec[] {
  return readTransforms(written, use, `${at}.${use}`).map(transformSpec);
}

function onlyKey(of: Spec): string {
  return typeof of === "string" ? of : (Object.keys(of)[0] ?? "");
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  return shown(value);
}

/**
 * The model of an experiment, built.
 * @param dataShape [channel, height, width] of the pictures; needed where the model does not say its input
 * @throws UserError if the model does not fit the data or the loss, or a layer what it is given
 */
export function experimentModel(experiment: Experiment, dataShape?: readonly number[]): Model {
  const { input } = experiment.model;
  if (input !== undefined && dataShape !== undefined && timesText(input) !== timesText(dataShape)) {
    throw new UserError(`the data has pictures of ${timesText(dataShape)}, the model takes ${timesText(input)}`, {
      at: "model.input",
      hint: `Change model.input to [${dataShape.join(", ")}], or take other data.`,
    });
  }
  const model = readModel({ ...experiment.model, input: input ?? dataShape }, "model");
  checkPredictionRange(model, readLoss(experiment.loss));
  return model;
}

/** The experiment with its model's input written down, so that experiment.yaml is complete. */
export function withInput(experiment: Experiment, input: ModelSpec["input"]): Experiment {
  const { kind, input: _, ...others } = experiment.model;
  return { ...experiment, model: { kind, input, ...others } };
}

// An experiment with everything that its words name: loss, metrics, model, and each phase's optimizer, schedule and
// transforms. Read once, fitted to the data once, and handed on from there.
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import { readSourceSpec, type SourceSpec } from "../data/descriptions/index.js";
import type { Loss } from "../nn/losses/define.js";
import { readLoss } from "../nn/losses/index.js";
import type { Metric } from "../nn/metrics/define.js";
import { metrics as allMetrics, readMetrics } from "../nn/metrics/index.js";
import type { Model } from "../nn/models/define.js";
import { type ModelSpec, readModel } from "../nn/models/index.js";
import { checkPredictionRange } from "../nn/models/unitRange.js";
import { readOptimizer } from "../nn/optimizers/index.js";
import { type ConfiguredSchedule, readSchedule } from "../nn/schedules/index.js";
import { type ConfiguredTransform, readTransforms, transformSpec } from "../pixels/transforms/index.js";
import { isMapping, readOptions, shown } from "../schema/read.js";
import { type Experiment, type ExperimentModel, experimentSchema, type Phase, phaseSchema } from "./schema.js";

/** A phase and what its words name. */
export interface ResolvedPhase {
  /** As data. */
  readonly phase: Phase;
  readonly optimizer: ReturnType<typeof readOptimizer>;
  readonly schedule: ConfiguredSchedule;
  readonly augment: readonly ConfiguredTransform[];
  readonly corrupt: readonly ConfiguredTransform[];
}

/** What an experiment says by itself, before its data are looked at. */
export interface ReadExperiment {
  /** As data, complete but for a model's input that the data decides. */
  readonly experiment: Experiment;
  readonly source: SourceSpec;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  /** One for each of the experiment's phases, in their order. */
  readonly phases: readonly ResolvedPhase[];
  /** Where the model says its input. */
  readonly model?: Model;
}

/** An experiment whose model is built; `experiment` says the model's input. */
export interface ResolvedExperiment extends ReadExperiment {
  readonly model: Model;
}

/**
 * Checks a document and fills in what it leaves out.
 * @param document parsed YAML or JSON
 * @param locate makes of a path into the document (`phases[0].epochs`) what an error shows, for example with the file's name
 * @throws UserError at the first thing that does not fit
 */
export function checkExperiment(document: unknown, locate?: (path: string) => string): Experiment {
  return readDocument(document, locate).experiment;
}

/**
 * Loads the modules of one's own that an experiment names, before what they define is looked for.
 * @param names as they are written
 * @returns their absolute paths
 * @throws UserError that says where, by itself
 */
export type LoadModules = (names: readonly string[]) => readonly string[];

/**
 * `checkExperiment`, with everything that the document names.
 * @param load default: they are loaded already
 */
export function readDocument(
  document: unknown,
  locate: (path: string) => string = (path) => path,
  load: LoadModules = (names) => names,
): ReadExperiment {
  const written = located(locate, () => readWritten(document));
  const use = written.use === undefined ? undefined : load(written.use);
  return located(locate, () => readNamed(written, use));
}

function located<Result>(locate: (path: string) => string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, {
      at: locate((error.at ?? "").replace(/^\./, "")),
      ...(error.hint === undefined ? {} : { hint: error.hint.replaceAll("Also .", "Also ") }),
      cause: error,
    });
  }
}

function readWritten(document: unknown) {
  if (!isMapping(document)) {
    throw new UserError(
      `is not an experiment: expected a mapping with name, data, model, loss and phases, got ${kindOf(document)}`,
    );
  }
  return readOptions(experimentSchema, document, "", "an experiment");
}

function readNamed(written: ReturnType<typeof readWritten>, use: readonly string[] | undefined): ReadExperiment {
  const source = readSourceSpec(written.data, "data");
  const loss = readLoss(written.loss, "loss");
  const metrics = readMetrics(written.metrics ?? usualMetrics(loss), "metrics");
  // A model that says its input is built at once, so that what does not fit is found when the file is read.
  const { input, ...layers } = written.model;
  // Nothing written for an input (`--set model.input=null`) is none.
  const hasInput = input !== undefined && input !== null;
  const model = hasInput ? readModel(written.model, "model") : undefined;
  const phases = readPhases(written.phases);
  const experiment: Experiment = {
    version: 1,
    name: written.name,
    data: written.data,
    model: model === undefined ? (layers as unknown as ExperimentModel) : model.spec,
    loss: written.loss,
    metrics: metrics.map(({ name }) => name),
    phases: phases.map(({ phase }) => phase),
    seed: written.seed,
    evaluationSeed: written.evaluationSeed,
    initialise: written.initialise,
    checkpointEvery: written.checkpointEvery,
    evaluateTrain: written.evaluateTrain,
    ...(use === undefined ? {} : { use }),
  };
  return { experiment, source, loss, metrics, phases, ...(model === undefined ? {} : { model }) };
}

/** The loss itself, where it is a metric too, beside the mean squared error, which all experiments share. */
function usualMetrics({ name, figure, compares }: Loss): readonly string[] {
  if (compares === "labels") return ["accuracy"];
  return [...new Set(["mse", ...(figure === name && Object.hasOwn(allMetrics, name) ? [name] : [])])];
}

function readPhases(written: readonly unknown[]): readonly ResolvedPhase[] {
  const phases: ResolvedPhase[] = [];
  for (const [index, given] of written.entries()) {
    const at = `phases[${index}]`;
    if (!isMapping(given))
      throw new UserError(`expected a mapping with epochs and other settings, got ${shown(given)}`, { at });
    const phase = readOptions(phaseSchema, given, at, "a phase");
    const before = phases.at(-1)?.phase;
    const epochs = phase.epochs ?? before?.epochs;
    if (epochs === undefined)
      throw new UserError("expected a positive whole number, got nothing", { at: `${at}.epochs` });
    const name = phase.name ?? `phase-${index + 1}`;
    const sample = phase.sample ?? before?.sample;
    if (phases.some((other) => other.phase.name === name))
      throw new UserError(`two phases are called ${name}`, { at: `${at}.name` });
    const optimizer = readOptimizer(phase.optimizer ?? before?.optimizer ?? "adam", `${at}.optimizer`);
    const optimizerBefore = phases.at(-1)?.optimizer.optimizer.name;
    if (phase.carryOptimizer && optimizerBefore !== undefined && optimizerBefore !== optimizer.optimizer.name) {
      throw new UserError(
        `expected the optimizer of the phase before (${optimizerBefore}), got ${optimizer.optimizer.name}: its slots can't be carried over`,
        { at: `${at}.carryOptimizer` },
      );
    }
    const schedule = readSchedule(phase.schedule ?? before?.schedule ?? "constant", `${at}.schedule`);
    const augment = readTransforms(phase.augment ?? before?.augment ?? [], "augment", `${at}.augment`);
    const corrupt = readTransforms(phase.corrupt ?? before?.corrupt ?? [], "corrupt", `${at}.corrupt`);
    const complete: Phase = {
      name,
      epochs,
      batchSize: phase.batchSize ?? before?.batchSize ?? 32,
      accumulate: phase.accumulate ?? before?.accumulate ?? 1,
      optimizer: { [optimizer.optimizer.name]: optimizer.options },
      schedule: { [schedule.schedule.name]: schedule.options },
      ...(phase.scheduleEpochs === undefined ? {} : { scheduleEpochs: phase.scheduleEpochs }),
      augment: augment.map(transformSpec),
      corrupt: corrupt.map(transformSpec),
      ...(sample === undefined ? {} : { sample }),
      from: phase.from,
      keep: phase.keep,
      carryOptimizer: phase.carryOptimizer,
    };
    phases.push({ phase: complete, optimizer, schedule, augment, corrupt });
  }
  return phases;
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
  return fittedModel({ experiment, loss: readLoss(experiment.loss) }, dataShape);
}

/**
 * The experiment with its model, which is built here where it takes its input from the data.
 * @param given read, or as data that have been checked
 * @param dataShape [channel, height, width] of the pictures; needed where the model does not say its input
 * @throws UserError if the model does not fit the data or the loss, or a layer what it is given
 */
export function resolve(given: ReadExperiment | Experiment, dataShape?: readonly number[]): ResolvedExperiment {
  const readBefore = "experiment" in given ? given : readDocument(given);
  const model = fittedModel(readBefore, dataShape);
  return { ...readBefore, experiment: withInput(readBefore.experiment, model.inputShape), model };
}

/**
 * What has been read with another name, data, or lengths of its phases.
 * @param experiment made of the given one's; its phases are among the given one's by name
 */
export function rewritten(given: ReadExperiment, experiment: Experiment): ReadExperiment {
  const source = experiment.data === given.experiment.data ? given.source : readSourceSpec(experiment.data, "data");
  const phases = experiment.phases.flatMap((phase) =>
    given.phases.filter((known) => known.phase.name === phase.name).map((known) => ({ ...known, phase })),
  );
  return { ...given, experiment, source, phases };
}

function fittedModel(
  { experiment, loss, model: built }: Pick<ReadExperiment, "experiment" | "loss" | "model">,
  dataShape: readonly number[] | undefined,
): Model {
  const { input } = experiment.model;
  if (input !== undefined && dataShape !== undefined) checkShape(input, dataShape);
  const model = built ?? readModel({ ...experiment.model, input: input ?? dataShape }, "model");
  checkPredictionRange(model, loss);
  return model;
}

/** @throws UserError where pictures of the data's shape do not fit the model's input */
export function checkShape(input: readonly number[], dataShape: readonly number[]): void {
  if (timesText(input) === timesText(dataShape)) return;
  throw new UserError(`the data has pictures of ${timesText(dataShape)}, the model takes ${timesText(input)}`, {
    at: "model.input",
    hint: `Change model.input to [${dataShape.join(", ")}], or take other data.`,
  });
}

/** The experiment with its model's input written down, so that experiment.yaml is complete. */
function withInput(experiment: Experiment, input: ModelSpec["input"]): Experiment {
  const { kind } = experiment.model;
  // The kind and the input first, as a person writes them.
  return { ...experiment, model: Object.assign({ kind, input }, experiment.model, { input }) };
}

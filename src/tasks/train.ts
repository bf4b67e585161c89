// Trains an autoencoder from an experiment, or goes on with a training, and ends with figures and pictures.
import { join } from "node:path";
import { z } from "zod";
import { describeUserError, InternalError, UserError } from "../base/errors.js";
import type { ImageSet } from "../data/define.js";
import { engineNames } from "../engines/index.js";
import { type Experiment, fitEpochs } from "../experiment/index.js";
import { diskFileSystem, openRun, readCheckpoint, readEnvironment, readLog } from "../runs/index.js";
import type { EpochRecord, Figures } from "../training/events.js";
import { startTraining, type TrainingRequest } from "../training/index.js";
import { defineTask, type TaskContext } from "./define.js";
import { experimentOptions, resolveExperiment } from "./experiment.js";
import type { RunPictures } from "./pictures.js";
import { threadsOption } from "./threads.js";

const engineChoices = ["auto", ...engineNames] as const;

export const trainOptions = z.strictObject({
  ...experimentOptions,
  epochs: z
    .int()
    .min(1)
    .optional()
    .describe("epochs in all; the schedule fits itself to them")
    .meta({ placeholder: "N" }),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional()
    .describe("seed of first weights, order of the images and dropout")
    .meta({ placeholder: "N" }),
  engine: z.enum(engineChoices).optional().describe("who computes (default: auto, the fastest that opens)"),
  threads: threadsOption(),
  dataThreads: z
    .int()
    .min(1)
    .optional()
    .describe("threads that make batches; no figure depends on it (default: as many as the processors bear)")
    .meta({ placeholder: "N" }),
  out: z
    .string()
    .refine((folder) => folder.trim() !== "", "expected the name of a folder")
    .default("runs")
    .describe("folder that run folders are made in")
    .meta({ placeholder: "DIR" }),
  resume: z.boolean().default(false).describe("go on with a run that was stopped or killed"),
  quick: z
    .boolean()
    .default(false)
    .describe("a first look in about a minute: fewer images and epochs; figures are marked"),
});
export type TrainOptions = z.output<typeof trainOptions>;

export interface TrainResult {
  /** `stopped`: interrupted and saved; there are no figures and pictures then. */
  readonly reason: "done" | "stopped";
  /** The run folder. */
  readonly run: string;
  readonly name: string;
  /** Trained on part of the images for a first look; the figures compare with no others. */
  readonly quick: boolean;
  /** Steps done, through all phases. */
  readonly step: number;
  readonly seconds: number;
  /** The last epoch. */
  readonly last?: EpochRecord;
  /** By name, the lowest test figure of the run and its epoch. */
  readonly lowest?: Readonly<Record<string, { readonly epoch: number; readonly value: number }>>;
  /** Figures that need no training, on the same test split. */
  readonly baselines?: { readonly meanImage: Figures };
  readonly pictures?: RunPictures;
  /** Paths of encoder.onnx and decoder.onnx. */
  readonly exports?: readonly string[];
}

export interface TrainingPlan {
  readonly request: TrainingRequest;
  readonly experiment: Experiment;
  readonly quick: boolean;
  /** Sentences about what was chosen on the way. */
  readonly notes: readonly string[];
}

/** What `--quick` leaves of a training. */
const quickLimits = { images: { train: 10_000, test: 2_000 }, epochs: 5 };
/** Ends the name of an experiment that was cut short, so that its run folder and charts say so. */
const quickEnding = "-quick";

/**
 * What is to be trained, before anything is begun.
 * @throws UserError where the command does not say it rightly
 */
export function planTraining(options: TrainOptions): TrainingPlan {
  const { engine, threads, dataThreads } = options;
  const who = {
    ...(engine === undefined ? {} : { engine }),
    ...(threads === undefined ? {} : { threads }),
    ...(dataThreads === undefined ? {} : { dataThreads }),
  };
  if (options.resume) return { ...planResumed(options), request: { kind: "resume", run: options.experiment, ...who } };

  const { experiment: resolved, run, notes } = resolveExperiment(options);
  const experiment = options.quick ? cutShort(resolved, options.epochs) : resolved;
  const isSame = options.set.length === 0 && [options.data, options.epochs].every((value) => value === undefined);
  // A run that is trained again as it was hears again what was said to it.
  const again = run !== undefined && isSame && !options.quick ? readInterventions(run) : [];
  const date = new Date().toISOString().slice(0, 10);
  return {
    request: {
      kind: "new",
      experiment,
      out: options.out,
      date,
      ...who,
      ...(again.length === 0 ? {} : { interventions: again }),
    },
    experiment,
    quick: experiment.name.endsWith(quickEnding),
    notes: again.length === 0 ? notes : [...notes, `sets the learning rate again as it was set in ${run}`],
  };
}

function planResumed(options: TrainOptions): Omit<TrainingPlan, "request"> {
  const changes = {
    "--set": options.set.length > 0,
    "--data": options.data,
    "--epochs": options.epochs,
    "--seed": options.seed,
  };
  const [flag] =
    Object.entries({ ...changes, "--quick": options.quick }).find(
      ([, value]) => value !== undefined && value !== false,
    ) ?? [];
  if (flag !== undefined) {
    throw new UserError("does not go with --resume: a run goes on as it was begun", {
      at: flag,
      hint: `To train a changed copy into a new folder, leave out --resume.`,
    });
  }
  const run = openRun(diskFileSystem, options.experiment);
  const { experiment } = resolveExperiment({ experiment: run.path });
  return { experiment, quick: experiment.name.endsWith(quickEnding), notes: [] };
}

function cutShort(experiment: Experiment, epochs: number | undefined): Experiment {
  const data = typeof experiment.data === "string" ? { source: experiment.data } : experiment.data;
  const written = experiment.phases.reduce((sum, phase) => sum + phase.epochs, 0);
  const name = experiment.name.endsWith(quickEnding) ? experiment.name : `${experiment.name}${quickEnding}`;
  const quick = { ...experiment, name, data: { ...data, limit: quickLimits.images } };
  if (epochs !== undefined) return quick;
  return fitEpochs(quick, Math.min(written, quickLimits.epochs)).experiment;
}

function readInterventions(path: string) {
  const run = openRun(diskFileSystem, path);
  return run.files.exists(join(path, "interventions.jsonl")) ? readLog(run, "interventions.jsonl") : [];
}

export const train = defineTask({
  name: "train",
  summary: "Train an autoencoder, or go on with a training.",
  options: trainOptions,
  /**
   * Makes a run folder, trains, and at the end measures the mean-image baseline and draws the pictures. Aborting the
   * signal finishes the step, saves and returns with `reason: "stopped"`.
   * @throws UserError for everything that a person can mend
   */
  async run(options, context): Promise<TrainResult> {
    const { request, experiment, quick } = planTraining(options);
    const unseen = options.resume ? finishedWithoutPictures(options.experiment) : undefined;
    if (unseen !== undefined) {
      const done = {
        reason: "done",
        run: options.experiment,
        name: experiment.name,
        quick,
        step: unseen,
        seconds: 0,
      } as const;
      return { ...done, ...(await lookBack(options.experiment, context)) };
    }
    const { run, reason, step, seconds } = await trainUntilAborted(request, context);
    const trained = { reason, run, name: experiment.name, quick, step, seconds };
    return reason === "stopped" ? trained : { ...trained, ...(await lookBack(run, context)) };
  },
});

/** The last step of a run that was trained to its end but left before its pictures were drawn. */
function finishedWithoutPictures(path: string): number | undefined {
  const run = openRun(diskFileSystem, path);
  const state = readCheckpoint(run, "last")?.state;
  const { experiment } = resolveExperiment({ experiment: path });
  const drawn = experiment.model.kind === "classifier" ? [] : ["reconstructions.png"];
  const pictures = ["curves.svg", "curves.png", ...drawn].map((name) => join(path, "images", name));
  return state?.finished === true && !pictures.every((file) => run.files.exists(file)) ? state.step : undefined;
}

async function trainUntilAborted(request: TrainingRequest, { onEvent, signal }: TaskContext) {
  const training = startTraining(request, onEvent);
  const stop = () => training.command({ kind: "stop" });
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await training.finished;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Figures beside their baselines, and pictures, of a run that is done. */
async function lookBack(path: string, context: TaskContext): Promise<Partial<TrainResult>> {
  const { report } = context;
  const run = openRun(diskFileSystem, path);
  const { experiment } = resolveExperiment({ experiment: path });
  const records = readLog(run, "metrics.jsonl");
  const last = records.at(-1);
  if (last === undefined) return {};
  const { lowestEpoch } = await import("../report/figures.js");
  const lowest = Object.fromEntries(
    Object.keys(last.test).map((name) => {
      const { epoch, test } = lowestEpoch(records, name) ?? last;
      return [name, { epoch, value: test[name] ?? Number.NaN }];
    }),
  );
  report({ done: 0, of: 3, what: "measuring the mean image" });
  const { readSource } = await import("../data/sources/index.js");
  const { meanImageFigures } = await import("../evaluation/meanImage.js");
  const { splits } = await readSource(experiment.data, "data").open();
  const isClassifier = experiment.model.kind === "classifier";
  const baselines = isClassifier
    ? {}
    : { baselines: { meanImage: { ...(await meanImageFigures(splits.train, splits.test)) } } };

  report({ done: 1, of: 3, what: isClassifier ? "drawing curves" : "drawing curves and reconstructions" });
  const { drawRunPictures } = await import("./pictures.js");
  const { engine } = readEnvironment(run);
  const pictures = await drawRunPictures({
    run: path,
    experiment,
    splits,
    engine: engineNames.find((name) => name === engine.name) ?? "auto",
    threads: engine.threads,
  });
  if (isClassifier) return { last, lowest, pictures };
  report({ done: 2, of: 3, what: "exporting encoder and decoder" });
  const exports = await exportTrained(path, splits.test, context);
  return { last, lowest, ...baselines, pictures, ...(exports === undefined ? {} : { exports }) };
}

/** encoder.onnx and decoder.onnx of a run that is done. What keeps them from being written is a warning: the run is whole. */
async function exportTrained(
  path: string,
  images: ImageSet,
  context: TaskContext,
): Promise<readonly string[] | undefined> {
  const { exportModel } = await import("./export.js");
  const { openRunModel } = await import("./runModel.js");
  const warn = (message: string, hint: string): void => context.onEvent?.({ kind: "warning", message, hint });
  const again = `To write them again: isthmus export ${path}`;
  const model = await openRunModel(path);
  try {
    const { files, notes } = await exportModel(model, { format: "onnx", images, context });
    for (const note of notes) warn(note, again);
    return files;
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof InternalError)) throw error;
    warn(error instanceof UserError ? describeUserError(error) : error.message, again);
    return undefined;
  } finally {
    model.dispose();
  }
}

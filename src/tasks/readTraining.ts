// What a train command asks for, read: which experiment, changed and cut short how, or which run goes on.
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import {
  type Experiment,
  fitEpochs,
  type MadeExperiment,
  type ReadExperiment,
  rewritten,
} from "../experiment/index.js";
import { diskFileSystem, openRun, readLog } from "../runs/index.js";
import { type ReadRequest, readRunExperiment } from "../training/run.js";
import { resolveExperiment } from "./experiment.js";
import type { TrainOptions } from "./trainOptions.js";

/** What `--quick` leaves of a training. */
const quickLimits = { images: { train: 10_000, test: 2_000 }, epochs: 5 };
/** Ends the name of an experiment that was cut short, so that its run folder and charts say so. */
const quickEnding = "-quick";

/** An experiment that was made for pictures. */
export type MadeText = Pick<MadeExperiment, "notes"> & { readonly text: string };

/** What is to be trained, before anything is begun or looked at. */
export interface ReadTraining {
  readonly request: ReadRequest;
  readonly quick: boolean;
  /** Sentences about what was chosen on the way. */
  readonly notes: readonly string[];
}

/**
 * @param made of pictures that were named in place of an experiment: the one that was made for them
 * @throws UserError where the command does not say it rightly
 */
export function readTraining(options: TrainOptions, made?: MadeText): ReadTraining {
  const { engine, threads, dataThreads } = options;
  const who = {
    ...(engine === undefined ? {} : { engine }),
    ...(threads === undefined ? {} : { threads }),
    ...(dataThreads === undefined ? {} : { dataThreads }),
  };
  if (options.resume) {
    const experiment = readResumed(options);
    const request = { kind: "resume", run: options.experiment, experiment, ...who } as const;
    return { request, quick: isQuick(experiment), notes: [] };
  }
  const { read, run, notes } = resolveExperiment(options, made);
  const experiment = options.quick ? rewritten(read, cutShort(read.experiment, options.epochs)) : read;
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
    quick: isQuick(experiment),
    notes:
      made !== undefined
        ? [...made.notes, ...notes]
        : again.length === 0
          ? notes
          : [...notes, `sets the learning rate again as it was set in ${run}`],
  };
}

function readResumed(options: TrainOptions): ReadExperiment {
  const changes = {
    "--set": options.set.length > 0,
    "--data": options.data,
    "--epochs": options.epochs,
    "--seed": options.seed,
    "--for": options.for,
    "--code": options.code,
    "--size": options.size,
    "--grey": options.grey,
    "--minutes": options.minutes,
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
  return readRunExperiment(openRun(diskFileSystem, options.experiment));
}

function isQuick({ experiment }: ReadExperiment): boolean {
  return experiment.name.endsWith(quickEnding);
}

function cutShort(experiment: Experiment, epochs: number | undefined): Experiment {
  const data = typeof experiment.data === "string" ? { source: experiment.data } : experiment.data;
  const written = experiment.phases.reduce((sum, phase) => sum + phase.epochs, 0);
  const name = experiment.name.endsWith(quickEnding) ? experiment.name : `${experiment.name}${quickEnding}`;
  const quick = { ...experiment, name, data: { ...data, limit: quickLimits.images } };
  if (epochs !== undefined) return quick;
  return fitEpochs(quick, Math.min(written, quickLimits.epochs)).experiment;
}

/** What was said to a run while it was trained. */
export function readInterventions(path: string) {
  const run = openRun(diskFileSystem, path);
  return run.files.exists(join(path, "interventions.jsonl")) ? readLog(run, "interventions.jsonl") : [];
}

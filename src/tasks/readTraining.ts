// What a train command asks for, read: which experiment, changed and cut short how, or which run goes on.
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { expectPathsAllowed } from "../data/ownRuns.js";
import {
  type Experiment,
  fitEpochs,
  type MadeExperiment,
  type ReadExperiment,
  rewritten,
  usualMinutes,
} from "../experiment/index.js";
import { diskFileSystem, type Intervention, openRun, readLog } from "../runs/index.js";
import type { TimeLimit } from "../training/pace.js";
import { type ReadRequest, readRunExperiment } from "../training/run.js";
import { resolveExperiment } from "./experiment.js";
import type { TrainOptions } from "./trainOptions.js";

/** What `--quick` leaves of a training. */
const quickLimits = { images: { train: 10_000, test: 2_000 }, epochs: 5, minutes: 1 };
/** Ends the name of an experiment that was cut short, so that its run folder and charts say so. */
const quickEnding = "-quick";

/** An experiment that was made for pictures. */
export type MadeText = Pick<MadeExperiment, "notes"> & { readonly text: string; readonly threads?: number };

/** What is to be trained, before anything is begun or looked at. */
export interface ReadTraining {
  readonly request: ReadRequest;
  readonly quick: boolean;
  /** Sentences about what was chosen on the way. */
  readonly notes: readonly string[];
}

/**
 * @param spent milliseconds since the command began
 * @param made of pictures that were named in place of an experiment: the one that was made for them
 * @throws UserError where the command does not say it rightly
 */
export function readTraining(options: TrainOptions, spent = 0, made?: MadeText): ReadTraining {
  const { engine, threads = made?.threads, dataThreads } = options;
  const time = timeOf(options, spent, made !== undefined);
  const who = {
    ...(engine === undefined ? {} : { engine }),
    ...(threads === undefined || threads === "auto" ? {} : { threads }),
    // Epochs that keep to a time are told in interventions as well: threads that keep to the machine lose nothing by it.
    ...(threads === "auto" || (threads === undefined && made !== undefined && time !== undefined)
      ? { autoThreads: true }
      : {}),
    ...(dataThreads === undefined ? {} : { dataThreads }),
    ...(time === undefined ? {} : { time }),
  };
  if (options.resume) {
    const experiment = readResumed(options);
    const request = { kind: "resume", run: options.experiment, experiment, ...who } as const;
    return { request, quick: isQuick(experiment), notes: [] };
  }
  const { read, run, notes } = resolveExperiment(options, made);
  expectRunPaths(run, read, options);
  const experiment = options.quick ? rewritten(read, cutShort(read.experiment, options.epochs)) : read;
  const isSame = options.set.length === 0 && [options.data, options.epochs, time].every((value) => value === undefined);
  // A run that is trained again as it was hears again what was said to it.
  const said = run !== undefined && isSame && !options.quick ? readInterventions(run) : [];
  const again = threads === undefined ? said : said.filter(({ command }) => command !== "setThreads");
  const date = new Date().toISOString().slice(0, 10);
  return {
    request: {
      kind: "new",
      experiment,
      out: options.out,
      date,
      ...who,
      ...(options.exact ? { exact: true } : {}),
      ...(again.length === 0 ? {} : { interventions: again }),
    },
    quick: isQuick(experiment),
    notes: [
      ...(made?.notes ?? []),
      ...notes,
      ...(again.length === 0 ? [] : [`${againText(again)} again as in ${run}`]),
    ],
  };
}

function againText(interventions: readonly Intervention[]): string {
  const what = { setLearningRate: "the learning rate", setEpochs: "the epochs", setThreads: "the threads" } as const;
  const changed = [...new Set(interventions.map(({ command }) => what[command]))];
  return `sets ${changed.join(" and ")}`;
}

/** A time is no limit for those who say how many epochs; what is made to measure is made for a time. */
function timeOf(
  { minutes: given, quick, epochs, resume }: TrainOptions,
  spent: number,
  isMade: boolean,
): TimeLimit | undefined {
  const minutes = given ?? (isMade && !quick && epochs === undefined ? usualMinutes : undefined);
  if (minutes !== undefined && epochs !== undefined) {
    throw new UserError("does not go with --epochs: the time says how many there are", { at: "--minutes" });
  }
  if (minutes !== undefined) return { minutes, spent, atMost: false };
  return quick && epochs === undefined && !resume ? { minutes: quickLimits.minutes, spent, atMost: true } : undefined;
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
  const read = readRunExperiment(openRun(diskFileSystem, options.experiment));
  expectRunPaths(options.experiment, read, options);
  return read;
}

/**
 * What the experiment of a run folder names is read only where that may be; what a person has named beside it is theirs.
 * @throws UserError as `expectPathsAllowed`
 */
export function expectRunPaths(
  run: string | undefined,
  { experiment }: ReadExperiment,
  { data, set = [] }: { readonly data?: string | undefined; readonly set?: readonly string[] },
): void {
  if (run === undefined) return;
  const isOwn = (name: string): boolean => set.some((change) => change.split(/[.=]/, 1)[0]?.trim() === name);
  expectPathsAllowed(run, {
    ...(data !== undefined || isOwn("data") ? {} : { data: experiment.data }),
    ...(isOwn("initialise") ? {} : { initialise: experiment.initialise }),
  });
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

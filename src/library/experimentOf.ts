// The experiment that a call of `train` asks for: a model with settings, or a named experiment with some settings changed.
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import { useModules } from "../data/ownModules.js";
import {
  type Experiment,
  experimentSchema,
  fitEpochs,
  type LoadModules,
  phaseSchema,
  type ReadExperiment,
  readDocument,
  rewritten,
} from "../experiment/index.js";
import { type FileSystem, openRun } from "../runs/index.js";
import { memoryRoot } from "../runs/memoryFileSystem.js";
import { isMapping, optionNames, shown } from "../schema/read.js";
import { resolveExperiment } from "../tasks/experiment.js";
import { readInterventions } from "../tasks/readTraining.js";
import { type ReadRequest, readRunExperiment } from "../training/run.js";
import type { Job } from "./protocol.js";

const phaseNames = optionNames(phaseSchema).filter((name) => !["name", "from", "carryOptimizer"].includes(name));
const experimentNames = optionNames(experimentSchema).filter(
  (name) => !["version", "data", "model", "use"].includes(name),
);
const otherNames = [
  "engine",
  "threads",
  "minutes",
  "dataThreads",
  "folder",
  "tensorboard",
  "signal",
  "resume",
  "use",
  "exact",
  "allowCode",
];

/**
 * What is to be trained: a new training, or one that goes on.
 * @throws UserError as for an experiment file, with the paths that the caller knows
 */
export function requestOf(job: Extract<Job, { kind: "train" }>, files: FileSystem, date: string): ReadRequest {
  if (job.resume) return { kind: "resume", ...resumed(job, files) };
  const { experiment, run } = experimentOf(job);
  // A run that is trained again as it was hears again what was said to it.
  const isSame =
    job.data === undefined &&
    job.images === undefined &&
    job.time === undefined &&
    Object.keys(job.settings).length === 0;
  const said = run !== undefined && isSame ? readInterventions(run) : [];
  const hasThreads = job.compute.threads !== undefined || job.autoThreads === true;
  const interventions = hasThreads ? said.filter(({ command }) => command !== "setThreads") : said;
  return {
    ...{ kind: "new", experiment, out: job.folder ?? memoryRoot, date },
    ...(job.exact === undefined ? {} : { exact: job.exact }),
    ...(interventions.length === 0 ? {} : { interventions }),
  };
}

function resumed({ what, settings, data, use }: Extract<Job, { kind: "train" }>, files: FileSystem) {
  if (typeof what !== "string") {
    throw new UserError(`expected the folder of a run, got ${shown(what)}`, {
      at: "train",
      hint: 'For example train("runs/2026-01-01-mine-1", { resume: true }).',
    });
  }
  const [setting] = [
    ...Object.keys(settings),
    ...(data === undefined ? [] : ["data"]),
    ...(use.length > 0 ? ["use"] : []),
  ];
  if (setting !== undefined) {
    throw new UserError("does not go with resume: a run goes on as it was begun", {
      at: setting,
      hint: "To train a changed copy, leave out resume.",
    });
  }
  return { run: what, experiment: readRunExperiment(openRun(files, what)) };
}

/**
 * The experiment, read. What a phase takes (`optimizer`, `batchSize` …) stands beside the rest where there is one phase; for an
 * experiment that has its phases it holds for all of them, and `epochs` for all together.
 */
function experimentOf(job: Extract<Job, { kind: "train" }>): {
  readonly experiment: ReadExperiment;
  readonly run?: string;
} {
  const { what, settings, images } = job;
  for (const name of Object.keys(settings)) expectKnown(name);
  const here = join(process.cwd(), "experiment");
  const load: LoadModules = (names) => useModules(names, { file: here, isOwn: true });
  const used = load(job.use);
  const data = images === undefined ? job.data : { source: "arrays", images: images.set.count };
  const given = { ...settings, ...(data === undefined ? {} : { data }) };
  if (isMapping(what) && typeof what.kind === "string") {
    // A time will say how many there are.
    const timed = job.time === undefined ? given : { epochs: 1, ...given };
    return { experiment: withUse(readDocument(modelDocument(what, timed), placeOfModel(given)), used) };
  }
  if (typeof what === "string") {
    const { read, run } = resolveExperiment({ experiment: what });
    // Its modules are loaded, and their paths whole.
    const experiment = Object.keys(given).length === 0 ? read : changed(read.experiment, given);
    return { experiment: withUse(experiment, used), ...(run === undefined ? {} : { run }) };
  }
  if (!isMapping(what)) {
    throw new UserError(`expected a preset's name, a file, an experiment or a model, got ${shown(what)}`, {
      at: "train",
      hint: 'For example train("mnist-conv", { epochs: 3 }).',
    });
  }
  return { experiment: withUse(changed(what, given, load), used) };
}

function changed(
  document: Readonly<Record<string, unknown>> | Experiment,
  given: Readonly<Record<string, unknown>>,
  load?: LoadModules,
): ReadExperiment {
  const { changed: written, epochs } = changedDocument({ ...document }, given);
  const read = readDocument(written, placeOf, load);
  return epochs === undefined ? read : rewritten(read, fitEpochs(read.experiment, epochs, "epochs").experiment);
}

function expectKnown(name: string): void {
  if (phaseNames.includes(name) || experimentNames.includes(name)) return;
  const names = [...experimentNames, ...phaseNames, ...otherNames];
  const near = nearest(name, names);
  throw new UserError(`no option is called ${name}${near === undefined ? "" : `; did you mean ${near}?`}`, {
    at: "train",
    hint: `train takes ${names.join(", ")}.`,
  });
}

/** A model with its settings: one phase of them, unless phases are given. */
function modelDocument(model: unknown, settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (settings.data === undefined) {
    throw new UserError("there is nothing to train the model on", {
      at: "train",
      hint: "Hand in images(…) or the name of a data source: train(model, images(pixels, { shape }), { … }).",
    });
  }
  const { phases, ...others } = settings;
  const isOfPhase = (name: string): boolean => phaseNames.includes(name);
  const all = Object.entries(others);
  const shared = Object.fromEntries(all.filter(([name]) => isOfPhase(name)));
  return {
    name: "training",
    model,
    ...Object.fromEntries(all.filter(([name]) => !isOfPhase(name))),
    phases: Array.isArray(phases)
      ? phases.map((phase) => (isMapping(phase) ? { ...shared, ...phase } : phase))
      : (phases ?? [shared]),
  };
}

/** A mistake in no single field is one in what `train` was handed. */
function placeOf(path: string): string {
  return path === "" ? "train" : path;
}

/** Without phases of its own, a mistake in one is a mistake in the options. */
function placeOfModel({ phases }: Readonly<Record<string, unknown>>): (path: string) => string {
  return (path) => placeOf(phases === undefined ? path.replace(/^phases\[0\]\./, "") : path);
}

function changedDocument(document: Readonly<Record<string, unknown>>, settings: Readonly<Record<string, unknown>>) {
  const { epochs, ...others } = settings;
  const all = Object.entries(others);
  const ofPhases = Object.fromEntries(all.filter(([name]) => phaseNames.includes(name)));
  const changed = { ...document, ...Object.fromEntries(all.filter(([name]) => !phaseNames.includes(name))) };
  const { phases } = changed as { readonly phases?: unknown };
  return {
    changed: {
      ...changed,
      ...(Array.isArray(phases) && Object.keys(ofPhases).length > 0
        ? { phases: phases.map((phase) => (isMapping(phase) ? { ...phase, ...ofPhases } : phase)) }
        : {}),
    },
    epochs: epochs as number | undefined,
  };
}

function withUse(read: ReadExperiment, use: readonly string[]): ReadExperiment {
  const all = [...new Set([...(read.experiment.use ?? []), ...use])];
  return all.length === 0 ? read : { ...read, experiment: { ...read.experiment, use: all } };
}

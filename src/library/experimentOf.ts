// The experiment that a call of `train` asks for: a model with settings, or a named experiment with some settings changed.
import { join } from "node:path";
import { UserError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import { useModules } from "../data/ownModules.js";
import { checkExperiment, type Experiment, experimentSchema, fitEpochs, phaseSchema } from "../experiment/index.js";
import { isMapping, optionNames, shown } from "../schema/read.js";
import { resolveExperiment } from "../tasks/experiment.js";
import type { Job } from "./protocol.js";

const phaseNames = optionNames(phaseSchema).filter((name) => !["name", "from", "carryOptimizer"].includes(name));
const experimentNames = optionNames(experimentSchema).filter(
  (name) => !["version", "data", "model", "use"].includes(name),
);
const otherNames = ["engine", "threads", "dataThreads", "folder", "signal", "use", "allowCode"];

/**
 * The complete experiment. What a phase takes (`optimizer`, `batchSize` …) stands beside the rest where there is one phase;
 * for an experiment that has its phases it holds for all of them, and `epochs` for all together.
 * @throws UserError as for an experiment file, with the paths that the caller knows
 */
export function experimentOf(job: Extract<Job, { kind: "train" }>): Experiment {
  const { what, settings, images } = job;
  for (const name of Object.keys(settings)) expectKnown(name);
  const here = join(process.cwd(), "experiment");
  const use = [...useModules(job.use, { file: here, isOwn: true })];
  const data = images === undefined ? job.data : { source: "arrays", images: images.set.count };
  const given = { ...settings, ...(data === undefined ? {} : { data }) };
  if (isMapping(what) && typeof what.kind === "string") {
    return withUse(checkExperiment(modelDocument(what, given), placeOfModel(given)), use);
  }
  const document = documentOf(what, use, here);
  const { changed, epochs } = changedDocument(document, given);
  const experiment = withUse(checkExperiment(changed), use);
  return epochs === undefined ? experiment : fitEpochs(experiment, epochs, "epochs").experiment;
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

/** Without phases of its own, a mistake in one is a mistake in the options. */
function placeOfModel({ phases }: Readonly<Record<string, unknown>>): (path: string) => string {
  return (path) => (phases === undefined ? path.replace(/^phases\[0\]\./, "") : path);
}

function documentOf(what: unknown, use: string[], file: string): Readonly<Record<string, unknown>> {
  if (typeof what === "string") {
    const { experiment } = resolveExperiment({ experiment: what });
    return { ...experiment };
  }
  if (!isMapping(what)) {
    throw new UserError(`expected a preset's name, a file, an experiment or a model, got ${shown(what)}`, {
      at: "train",
      hint: 'For example train("mnist-conv", { epochs: 3 }).',
    });
  }
  if (!Array.isArray(what.use)) return what;
  const names = what.use.filter((name) => typeof name === "string");
  use.push(...useModules(names, { file, isOwn: true }));
  return { ...what, use: [...use] };
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

function withUse(experiment: Experiment, use: readonly string[]): Experiment {
  const all = [...new Set([...(experiment.use ?? []), ...use])];
  return all.length === 0 ? experiment : { ...experiment, use: all };
}

// A whole training from a request: opens data and engine, makes the run folder or takes one up again, and loops.
// Runs in the training worker; tests and scripts may run it in their own thread.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { UserError } from "../base/errors.js";
import type { OpenSource } from "../data/define.js";
import { readSource } from "../data/sources/index.js";
import type { Engine, EngineOptions } from "../engines/engine.js";
import { type EngineChoice, engineNames, openEngine } from "../engines/index.js";
import { experimentText, parseExperiment } from "../experiment/document.js";
import { type Experiment, experimentModel, withInput } from "../experiment/schema.js";
import type { Model } from "../nn/models/define.js";
import { summaryText } from "../nn/summary.js";
import { type Checkpoint, readCheckpoint, removeCheckpoints, repairCheckpoints } from "../runs/checkpoint.js";
import { diskFileSystem, type FileSystem } from "../runs/fileSystem.js";
import type { EnvironmentRecord, Intervention } from "../runs/records.js";
import {
  createRun,
  cutLog,
  cutLogLines,
  openRun,
  type RunFolder,
  readEnvironment,
  readExperimentText,
  readLog,
} from "../runs/runFolder.js";
import { type LoopResult, type Surroundings, trainingLoop } from "./loop.js";

/** What is asked of a training. Plain data: it crosses to the worker. */
export type TrainingRequest =
  | {
      readonly kind: "new";
      /** Complete; see `parseExperiment`. */
      readonly experiment: Experiment;
      /** The folder that run folders are made in. */
      readonly out: string;
      /** For the folder's name: `2026-11-22`. */
      readonly date: string;
      /** Default `auto`. */
      readonly engine?: EngineChoice;
      readonly threads?: number;
      /** To take effect at their steps, as in a run that is trained again (its interventions.jsonl). */
      readonly interventions?: readonly Intervention[];
    }
  | {
      readonly kind: "resume";
      /** The run folder. */
      readonly run: string;
      /** Default: the engine and threads that the run was begun with. */
      readonly engine?: EngineChoice;
      readonly threads?: number;
    };

export interface TrainingResult extends LoopResult {
  /** The run folder. */
  readonly run: string;
}

/**
 * Trains as asked, until done or stopped.
 * @throws UserError for everything a person can mend: see `createRun`, `openRun`, `readCheckpoint`, `openEngine`
 */
export async function runTraining(
  request: TrainingRequest,
  surroundings: Surroundings,
  files: FileSystem = diskFileSystem,
): Promise<TrainingResult> {
  const { run, ...prepared } =
    request.kind === "new" ? await begin(request, surroundings, files) : await takeUp(request, surroundings, files);
  const result = await trainingLoop({ ...prepared, run, surroundings, metadata: metadataOf(prepared.model) });
  return { run: run.path, ...result };
}

interface Prepared {
  readonly run: RunFolder;
  readonly experiment: Experiment;
  readonly model: Model;
  readonly source: OpenSource;
  readonly engine: Engine;
  readonly from?: Checkpoint;
  readonly interventions: readonly Intervention[];
}

async function begin(
  request: Extract<TrainingRequest, { kind: "new" }>,
  surroundings: Surroundings,
  files: FileSystem,
): Promise<Prepared> {
  const source = await readSource(request.experiment.data, "data").open();
  const model = experimentModel(request.experiment, source.splits.train.shape);
  const experiment = withInput(request.experiment, model.inputShape);
  const engine = await openEngine(request.engine ?? "auto", engineOptions(request.threads, surroundings));
  const run = createRun({
    files,
    out: request.out,
    date: request.date,
    name: experiment.name,
    experiment: experimentText(experiment),
    environment: environmentOf(engine, source, surroundings.time()),
    summary: `${summaryText(model)}\n`,
  });
  return { run, experiment, model, source, engine, interventions: request.interventions ?? [] };
}

async function takeUp(
  request: Extract<TrainingRequest, { kind: "resume" }>,
  surroundings: Surroundings,
  files: FileSystem,
): Promise<Prepared> {
  const run = openRun(files, request.run);
  const experiment = parseExperiment(readExperimentText(run), join(run.path, "experiment.yaml"));
  const environment = readEnvironment(run);
  const { from, interventions } = restoreRun(run);
  const source = await readSource(experiment.data, "data").open();
  const model = experimentModel(experiment, source.splits.train.shape);
  const engine = await openEngine(
    request.engine ?? engineChoice(environment.engine.name),
    engineOptions(request.threads ?? environment.engine.threads, surroundings),
  );
  for (const message of differences(environment, environmentOf(engine, source, environment.started))) {
    surroundings.emit({
      kind: "warning",
      message,
      hint: "The run goes on, but it will not equal one that was never interrupted bit for bit.",
    });
  }
  return { run, experiment, model, source, engine, interventions, ...(from === undefined ? {} : { from }) };
}

/**
 * Brings a run folder back to its last checkpoint, whatever moment it was left at: logs are cut, half-written
 * checkpoints go. Without a checkpoint the run begins again from nothing in the same folder.
 * @returns the checkpoint, and the interventions that have yet to take effect (again)
 * @throws UserError if the run is finished, or if a file is missing or damaged
 */
export function restoreRun(run: RunFolder): {
  readonly from?: Checkpoint;
  readonly interventions: readonly Intervention[];
} {
  const from = readCheckpoint(run, "last");
  if (from?.state.finished === true) {
    throw new UserError(`this run is finished: ${from.state.epoch - 1} epochs, ${from.state.step} steps`, {
      at: run.path,
      hint: `To train it again into a new folder: isthmus train ${run.path}`,
    });
  }
  const state = from?.state;
  const logged = run.files.exists(join(run.path, "interventions.jsonl")) ? readLog(run, "interventions.jsonl") : [];
  const interventions = mergeInterventions(logged.slice(state?.interventions ?? 0), state?.pending ?? []);
  cutLog(run, "metrics.jsonl", state?.metricsBytes ?? 0);
  // Each finished epoch has one line; its length differs from run to run, so lines are counted and not bytes.
  cutLogLines(run, "timing.jsonl", (state?.epoch ?? 1) - 1);
  cutLogLines(run, "interventions.jsonl", state?.interventions ?? 0);
  if (from === undefined) removeCheckpoints(run);
  else repairCheckpoints(run, from);
  return { interventions, ...(from === undefined ? {} : { from }) };
}

/** Those that were logged after the checkpoint and those that it still waited for, each once, by step. */
function mergeInterventions(
  logged: readonly Intervention[],
  pending: readonly Intervention[],
): readonly Intervention[] {
  const known = new Set(logged.map((entry) => JSON.stringify(entry)));
  const waiting = pending.filter((entry) => !known.has(JSON.stringify(entry)));
  return [...logged, ...waiting].sort((a, b) => a.step - b.step);
}

function metadataOf(model: Model): Readonly<Record<string, string>> {
  const { kind, input, encoder, decoder } = model.spec;
  const [channels, height, width] = input;
  return {
    format: "1",
    model: stringify({ kind, input, encoder, decoder }, { lineWidth: 0 }),
    preprocessing: JSON.stringify({
      channels,
      size: [height, width],
      range: [0, 1],
      fit: "cover",
      grey: "0.299 red + 0.587 green + 0.114 blue",
      background: "black",
    }),
  };
}

function environmentOf(engine: Engine, source: OpenSource, started: string): EnvironmentRecord {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return {
    format: 1,
    isthmus: manifest.version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    engine: { ...engine.describe() },
    data: { name: source.card.name, checksums: source.card.checksums },
    started,
  };
}

/** What keeps a run from going on exactly as it would have, a sentence each. */
function differences(begun: EnvironmentRecord, now: EnvironmentRecord): readonly string[] {
  const pairs: readonly [string, unknown, unknown][] = [
    ["isthmus", begun.isthmus, now.isthmus],
    ["the engine", begun.engine.name, now.engine.name],
    ["the engine's library", begun.engine.library, now.engine.library],
    ["the instruction set", begun.engine.instructionSet, now.engine.instructionSet],
    ["the number of threads", begun.engine.threads, now.engine.threads],
  ];
  const sentences = pairs
    .filter(([, before, after]) => before !== after)
    .map(([what, before, after]) => `${what} was ${before} when this run began and is ${after} now`);
  const changed = Object.entries(now.data.checksums).filter(([file, sum]) => begun.data.checksums[file] !== sum);
  return [...sentences, ...changed.map(([file]) => `the data has changed since this run began: ${file}`)];
}

function engineChoice(name: string): EngineChoice {
  return engineNames.find((known) => known === name) ?? "auto";
}

function engineOptions(threads: number | undefined, { emit }: Surroundings): EngineOptions {
  return { ...(threads === undefined ? {} : { threads }), notice: (message) => emit({ kind: "warning", message }) };
}

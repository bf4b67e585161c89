// A whole training from a request: opens data and engine, makes the run folder or takes one up again, and loops.
// Runs in the training worker; tests and scripts may run it in their own thread.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { UserError } from "../base/errors.js";
import { countText, withThousands } from "../base/text.js";
import { meanBrightness } from "../data/brightness.js";
import type { EarlyOpening, OpenContext, OpenSource } from "../data/define.js";
import { worstFindings } from "../data/findings/index.js";
import { fitted } from "../data/fitted.js";
import { limited } from "../data/limit.js";
import { runModules } from "../data/ownModules.js";
import { rememberRun } from "../data/ownRuns.js";
import { sourceOf } from "../data/sources/index.js";
import type { Engine, EngineOptions } from "../engines/engine.js";
import { type EngineChoice, engineNames, openEngine } from "../engines/index.js";
import { experimentText, readExperiment } from "../experiment/document.js";
import { type MeetOptions, meetByLook, meetOpened } from "../experiment/meetData.js";
import {
  checkShape,
  type ReadExperiment,
  type ResolvedExperiment,
  readDocument,
  resolve,
} from "../experiment/resolved.js";
import type { Experiment } from "../experiment/schema.js";
import type { Model } from "../nn/models/define.js";
import { summaryText } from "../nn/summary.js";
import { fits } from "../pixels/fit.js";
import {
  type Checkpoint,
  expectLastPointer,
  expectSameExperiment,
  readCheckpoint,
  removeCheckpoints,
  repairCheckpoints,
} from "../runs/checkpoint.js";
import { openCommandBox } from "../runs/commands.js";
import { diskFileSystem } from "../runs/diskFileSystem.js";
import { cutEpochPictures } from "../runs/epochPictures.js";
import { type FileSystem, fileErrorReason, withFileErrors } from "../runs/fileSystem.js";
import { keepLock, type LockKeeper, lockLease, lockRun } from "../runs/lock.js";
import type { EnvironmentRecord, Intervention, TrainingState } from "../runs/records.js";
import {
  createRun,
  cutLog,
  cutLogLines,
  discardEmptyRun,
  openRun,
  type RunFolder,
  readEnvironment,
  readExperimentText,
  readLog,
  writeEnvironment,
} from "../runs/runFolder.js";
import { thisProcess } from "../runs/thisProcess.js";
import { type Arrival, arrivalOf, earlyNote, mayBeginEarly, neededOrder } from "./arrival.js";
import { checkBatches } from "./batchChecks.js";
import { fitToTime } from "./fitTime.js";
import { type Look, type LoopOptions, type LoopResult, type Surroundings, trainingLoop } from "./loop.js";
import { modelMetadata } from "./metadata.js";
import { lookBackMilliseconds, type MeasuredCosts, pace, type TimeLimit } from "./pace.js";
import { phaseSteps, planPhases } from "./plan.js";
import { expectLogged, expectPlanned } from "./position.js";
import { experimentSchemaText } from "./schemaText.js";
import { sharingWatch } from "./sharing.js";
import { packageVersion } from "./version.js";
import type { OpenWatch } from "./watch.js";
import { readWrittenWeights, type WrittenWeights } from "./writtenWeights.js";

/** A training into a folder of its own. */
interface NewTraining<Given> {
  readonly kind: "new";
  readonly experiment: Given;
  /** The folder that run folders are made in. */
  readonly out: string;
  /** For the folder's name: `2026-11-22`. */
  readonly date: string;
  /** Default `auto`. */
  readonly engine?: EngineChoice;
  readonly threads?: number;
  /** Change the threads between steps where others are faster, from `threads` on downwards. Default false. */
  readonly autoThreads?: boolean;
  /** Threads that make batches; no figure depends on it. Default `usualDataThreads`. */
  readonly dataThreads?: number;
  /** Fit epochs and schedules to a time. */
  readonly time?: TimeLimit;
  /** Neither pictures nor layers are changed: what does not fit is refused. */
  readonly exact?: boolean;
  /** To take effect at their steps, as in a run that is trained again (its interventions.jsonl). */
  readonly interventions?: readonly Intervention[];
}

/** A training that goes on. */
interface ResumedTraining {
  readonly kind: "resume";
  /** The run folder. */
  readonly run: string;
  /** Default: the engine and threads that the run was begun with. */
  readonly engine?: EngineChoice;
  readonly threads?: number;
  /** As of a new training. */
  readonly autoThreads?: boolean;
  /** Threads that make batches; no figure depends on it. Default `usualDataThreads`. */
  readonly dataThreads?: number;
  /** Fit what is left to a time. */
  readonly time?: TimeLimit;
}

/** What is asked of a training. Plain data: it crosses to the worker. The experiment is complete; see `parseExperiment`. */
export type TrainingRequest = NewTraining<Experiment> | ResumedTraining;

/** The same within a thread, with its experiment read: the request's own, or that of the run which goes on. */
export type ReadRequest = NewTraining<ReadExperiment> | (ResumedTraining & { readonly experiment: ReadExperiment });

export interface TrainingResult extends Omit<LoopResult, "engine"> {
  /** The run folder. */
  readonly run: string;
}

/** What a training has open, for those who look at its run next. */
export interface OpenTraining {
  readonly run: RunFolder;
  readonly resolved: ResolvedExperiment;
  readonly source: OpenSource;
  readonly engine: Engine;
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
  const experiment =
    request.kind === "new" ? readDocument(request.experiment) : readRunExperiment(openRun(files, request.run));
  return (await trainRead({ ...request, experiment }, surroundings, { files })).result;
}

/** What experiment.yaml of a run says. @throws UserError with the file's name where it is damaged */
export function readRunExperiment(run: RunFolder): ReadExperiment {
  const file = join(run.path, "experiment.yaml");
  return readExperiment(readExperimentText(run), file, [], runModules(file));
}

/**
 * `runTraining` of what has been read.
 * @param onModel told what is trained as soon as that is known, before data that take their time are opened
 */
export async function trainRead(
  request: ReadRequest,
  surroundings: Surroundings,
  {
    files = diskFileSystem,
    onModel = () => {},
    source,
    openLook,
    early,
  }: {
    readonly files?: FileSystem;
    readonly onModel?: (resolved: ResolvedExperiment) => void;
    /** The experiment's data where they are open already: arrays that a program handed in. */
    readonly source?: OpenSource | undefined;
    /** Shows pictures while the run is trained. */
    readonly openLook?: ((open: Omit<OpenTraining, "engine">) => Look) | undefined;
    /**
     * A new training may begin before all pictures are decoded, where that takes longer; then the source of a stopped one may not
     * be read. Default: it begins when all are there.
     */
    readonly early?: EarlyOpening | undefined;
  } = {},
): Promise<{ readonly result: TrainingResult; readonly open: OpenTraining }> {
  const endsAt =
    request.time === undefined
      ? undefined
      : surroundings.milliseconds() + 60_000 * request.time.minutes - request.time.spent;
  if (request.kind === "new") {
    const { run, ...prepared } = await begin(request, surroundings, endsAt, { files, onModel, given: source, early });
    try {
      return await trainLocked(run, () => Promise.resolve(prepared), surroundings, { request, endsAt, openLook });
    } catch (error) {
      discardEmptyRun(run);
      throw error;
    } finally {
      await prepared.source.arrivals?.close();
    }
  }
  const run = openRun(files, request.run);
  const prepare = () => takeUp(run, request, surroundings, { onModel, given: source });
  return await trainLocked(run, prepare, surroundings, { request, endsAt, openLook });
}

/** Trains while nobody else may train in the folder. */
async function trainLocked(
  run: RunFolder,
  prepare: () => Promise<Omit<Prepared, "run">>,
  surroundings: Surroundings,
  how: {
    readonly request: ReadRequest;
    readonly endsAt: number | undefined;
    readonly openLook: ((open: Omit<OpenTraining, "engine">) => Look) | undefined;
  },
): Promise<{ readonly result: TrainingResult; readonly open: OpenTraining }> {
  const unlock = lockRun(run, thisProcess);
  const keeper = keepLock(run, thisProcess);
  const timer = setInterval(() => renewQuietly(keeper), 1000 * lockLease.renewed);
  timer.unref();
  const { request, endsAt, openLook } = how;
  const held = whileHeld(run, keeper);
  const { time } = surroundings;
  const box = openCommandBox(held, { milliseconds: () => performance.now(), time });
  try {
    const prepared = await prepare();
    try {
      return await trainPrepared(prepared);
    } catch (error) {
      const { arrivals } = prepared.source;
      // Of what went wrong meanwhile, a thread that has ended is the reason, and is thrown here.
      const unexpected = arrivals?.look().unexpected;
      if (unexpected === undefined || request.kind !== "new") throw error;
      keeper.expectHeld();
      await arrivals?.close();
      surroundings.emit({
        kind: "warning",
        message: `the training begins again, for a picture turned out to be damaged only when it was decoded: ${unexpected.name} (${unexpected.reason})`,
      });
      return await trainPrepared(await beginAgain(held, prepared, request, surroundings));
    }
  } finally {
    clearInterval(timer);
    unlock();
  }

  async function trainPrepared(prepared: Omit<Prepared, "run">) {
    const { resolved, source } = prepared;
    const arrival = arrivalOf(source, (whole, notes) => {
      writeEnvironment(held, { ...prepared.environment, data: dataOf(whole) });
      for (const message of notes) surroundings.emit({ kind: "warning", message });
      sayFindings(whole, resolved, surroundings);
    });
    const look = openLook?.({ run, resolved, source });
    try {
      const metadata = metadataOf(prepared, arrival);
      const { engine, ...result } = await trainingLoop({
        ...prepared,
        ...{ run: held, look, dataThreads: request.dataThreads, metadata, arriving: arrival.look },
        surroundings: {
          ...surroundings,
          // The loop may keep the thread, so that no timer comes.
          poll() {
            keeper.renew();
            const fromFolder = box.poll();
            for (const message of box.problems()) surroundings.emit({ kind: "warning", message });
            return [...surroundings.poll(), ...fromFolder];
          },
        },
        withThreads: (threads) =>
          openEngine(prepared.engine.name, engineOptions(Math.min(threads, mostThreadsHere()), surroundings)),
        watches: watchesOf(prepared, request, endsAt, withoutDecoding(surroundings, arrival)),
      });
      return { result: { run: run.path, ...result }, open: { run, resolved, source: arrival.source(), engine } };
    } finally {
      await look?.close();
    }
  }
}

/** While pictures are decoded the training itself takes the processors from its steps: that is no other work. */
function withoutDecoding(surroundings: Surroundings, arrival: Arrival): Surroundings {
  const { load } = surroundings;
  if (load === undefined) return surroundings;
  return { ...surroundings, load: () => (arrival.look() === undefined ? load() : undefined) };
}

/** What looks after the training beside a person. */
function watchesOf(
  { resolved, engine, costs }: Omit<Prepared, "run">,
  { time, autoThreads = false }: ReadRequest,
  endsAt: number | undefined,
  { load, emit }: Surroundings,
): readonly OpenWatch[] {
  const watches: OpenWatch[] = [];
  if (load !== undefined) {
    watches.push(sharingWatch({ load, emit, threads: engine.describe().threads, isAuto: autoThreads }));
  }
  if (time !== undefined && endsAt !== undefined) {
    const { evaluateTrain } = resolved.experiment;
    watches.push(
      pace({
        ...{ endsAt, atMost: time.atMost, evaluateTrain, costs },
        total: 60_000 * time.minutes,
        lookBack: lookBackMilliseconds(time),
      }),
    );
  }
  return watches;
}

function renewQuietly(keeper: LockKeeper): void {
  try {
    keeper.renew();
  } catch {
    // The loop hears of it before its next step.
  }
}

/** The run for the process that has its lock: what another has taken over is written to no more. */
function whileHeld(run: RunFolder, { expectHeld }: LockKeeper): RunFolder {
  const { files } = run;
  return {
    ...run,
    files: {
      ...files,
      append(path, bytes, within) {
        expectHeld();
        files.append(path, bytes, within);
      },
      rename(from, to) {
        expectHeld();
        files.rename(from, to);
      },
    },
  };
}

interface Prepared {
  readonly run: RunFolder;
  readonly resolved: ResolvedExperiment;
  readonly source: OpenSource;
  readonly engine: Engine;
  /** As it is in the folder. */
  readonly environment: EnvironmentRecord;
  readonly from?: Checkpoint;
  /** Of an experiment that begins with the weights of another training: those. */
  readonly first?: WrittenWeights["tensors"];
  readonly interventions: readonly Intervention[];
  /** Where they were measured. */
  readonly costs?: MeasuredCosts;
}

async function begin(
  request: Extract<ReadRequest, { kind: "new" }>,
  surroundings: Surroundings,
  endsAt: number | undefined,
  { files, early, ...how }: OpenHow & { readonly files: FileSystem; readonly early: EarlyOpening | undefined },
): Promise<Prepared> {
  const { exact = false } = request;
  // Steps are timed while nothing else is done, and what is trained again is saved before its first step.
  const isEarly =
    request.time === undefined &&
    (request.interventions ?? []).length === 0 &&
    mayBeginEarly(request.experiment.experiment);
  const opened = await openResolved(request.experiment, surroundings, {
    ...how,
    exact,
    early: isEarly ? early : undefined,
  });
  checkBatches(opened.resolved, opened.source);
  const { arrivals, splits } = opened.source;
  if (arrivals === undefined) sayFindings(opened.source, opened.resolved, surroundings);
  else {
    arrivals.begin(splits, neededOrder(opened.resolved.experiment, splits));
    surroundings.emit({ kind: "note", message: earlyNote(opened.source) });
  }
  try {
    return await makeRun(request, opened, surroundings, endsAt, files);
  } catch (error) {
    await arrivals?.close();
    throw error;
  }
}

function sayFindings(source: OpenSource, resolved: ResolvedExperiment, { emit }: Pick<Surroundings, "emit">): void {
  for (const { message, hint } of worstFindings(source, resolved.source.limit !== undefined)) {
    emit({ kind: "warning", message, hint });
  }
}

/** The folder of a new training, on data that are open. */
async function makeRun(
  request: Extract<ReadRequest, { kind: "new" }>,
  opened: Pick<Prepared, "resolved" | "source">,
  surroundings: Surroundings,
  endsAt: number | undefined,
  files: FileSystem,
): Promise<Prepared> {
  const first = otherWeights(opened.resolved.experiment, opened.resolved.model, files);
  const engine = await openEngine(request.engine ?? "auto", engineOptions(request.threads, surroundings));
  const timed: typeof opened & { readonly costs?: MeasuredCosts } =
    request.time === undefined || endsAt === undefined
      ? opened
      : await fitToTime({ ...opened, engine }, request.time, endsAt, surroundings, request.dataThreads);
  const { resolved, source } = timed;
  const { experiment, model } = resolved;
  const environment = environmentOf(engine, source, surroundings.time(), first?.sha256);
  const run = createRun({
    files,
    out: request.out,
    date: request.date,
    name: experiment.name,
    experiment: experimentText(experiment),
    schema: await experimentSchemaText(),
    environment,
    summary: `${summaryText(model)}\n`,
  });
  rememberRun(run.path);
  return {
    run,
    resolved,
    source,
    engine,
    environment,
    ...(timed.costs === undefined ? {} : { costs: timed.costs }),
    interventions: request.interventions ?? [],
    ...(first === undefined ? {} : { first: first.tensors }),
  };
}

/** In the same folder, on pictures that are opened whole: what is decoded and kept is decoded no more. */
async function beginAgain(
  run: RunFolder,
  prepared: Omit<Prepared, "run">,
  request: Extract<ReadRequest, { kind: "new" }>,
  { emit }: Pick<Surroundings, "emit">,
): Promise<Omit<Prepared, "run">> {
  const { resolved, source } = await openResolved(request.experiment, { emit }, { exact: request.exact ?? false });
  checkBatches(resolved, source);
  const { interventions } = restoreRun(run);
  const environment = { ...prepared.environment, data: dataOf(source) };
  writeEnvironment(run, environment);
  sayFindings(source, resolved, { emit });
  return { ...prepared, resolved, source, environment, interventions };
}

async function takeUp(
  run: RunFolder,
  request: Extract<ReadRequest, { kind: "resume" }>,
  surroundings: Surroundings,
  how: OpenHow,
): Promise<Omit<Prepared, "run">> {
  let environment = readEnvironment(run);
  // What was done to the pictures when the run began is written in its experiment.
  const { resolved, source } = await openResolved(request.experiment, surroundings, { ...how, exact: true });
  const { experiment } = resolved;
  checkBatches(resolved, source);
  const data = dataOf(source);
  // Of a run that was stopped before all pictures had been decoded it was not known which of them are whole.
  const wasWhole = Object.keys(environment.data.checksums).length > 0 || Object.keys(data.checksums).length === 0;
  if (wasWhole) expectSameCounts(run, environment, source);
  else {
    const isSame = isDeepStrictEqual(environment.data.images, data.images);
    if (!isSame) {
      removeCheckpoints(run);
      surroundings.emit({
        kind: "warning",
        message: "the run begins again, for not all of its pictures turned out to be whole when they were decoded",
      });
    }
    environment = { ...environment, data };
  }
  // Last of all: nothing of the folder changes before it is known that the run can go on.
  const { from, interventions } = restoreRun(run, (state) =>
    expectPlanned(run, state, phaseLengths(resolved, source, state)),
  );
  const engine = await openEngine(
    request.engine ?? engineChoice(environment.engine.name),
    engineOptions(request.threads ?? threadsHere(environment), surroundings),
  );
  if (!wasWhole) writeEnvironment(run, environment);
  // What a person asks for now goes before what the run was told.
  if (request.threads !== undefined && from !== undefined) delete (from.state as { threads?: number }).threads;
  // A run that has a checkpoint needs its first weights no more.
  const first = from === undefined ? otherWeights(experiment, resolved.model, run.files) : undefined;
  const checksum = from === undefined ? first?.sha256 : environment.firstWeights;
  for (const message of differences(environment, environmentOf(engine, source, environment.started, checksum))) {
    surroundings.emit({
      kind: "warning",
      message,
      hint: "The run goes on, but it will not equal one that was never interrupted bit for bit.",
    });
  }
  return {
    resolved,
    source,
    engine,
    environment,
    interventions,
    ...(from === undefined ? {} : { from }),
    ...(first === undefined ? {} : { first: first.tensors }),
  };
}

interface OpenHow {
  readonly onModel: (resolved: ResolvedExperiment) => void;
  /** The data where they are open already. */
  readonly given: OpenSource | undefined;
  /** See `OpenContext`. */
  readonly early?: EarlyOpening | undefined;
}

/**
 * The data, with its progress and what it has to say as events, and the experiment and its data fitted to one another: by a look
 * at the first picture where that tells its shape, so that what does not fit is not found after all pictures have been decoded.
 * @throws UserError where they can't be fitted, or with `exact` where they do not fit
 */
export async function openResolved(
  read: ReadExperiment,
  { emit }: Pick<Surroundings, "emit">,
  { onModel = () => {}, given, exact = false, early }: Partial<OpenHow> & MeetOptions = {},
): Promise<{ readonly resolved: ResolvedExperiment; readonly source: OpenSource }> {
  const warn = (messages: readonly string[] = []): void => {
    for (const message of messages) emit({ kind: "warning", message });
  };
  let shown = "";
  const context: OpenContext = {
    progress(progress) {
      const { done, of, what } = progress;
      const now = `${what} ${of === 0 ? done : Math.floor((100 * done) / of)}`;
      if (now !== shown) emit({ kind: "preparing", ...progress });
      shown = now;
    },
  };
  const meetOpen = async (opened: OpenSource) => {
    const { resolved, notes } = meetOpened(read, opened.splits.train.shape, { exact });
    onModel(resolved);
    warn([...notes, ...(opened.notes ?? [])]);
    return { resolved, source: exact ? opened : await fitted(opened, resolved.model.inputShape, context) };
  };
  if (given !== undefined) {
    const { shape, limit } = read.source;
    const shaped = shape === undefined ? given : await fitted(given, shape, context);
    return await meetOpen(limit === undefined ? shaped : limited(shaped, limit));
  }
  const closed = sourceOf(read.source);
  // A model that says its input is known before anything else.
  if (read.model !== undefined) onModel(resolve(read));
  const looked = await meetByLook(read, closed, { exact });
  if (looked === undefined) return await meetOpen(await closed.open(context));
  const { resolved, notes } = looked;
  if (read.model === undefined) onModel(resolved);
  warn(notes);
  const source = await sourceOf(resolved.source).open({ ...context, early });
  warn(source.notes);
  checkShape(resolved.model.inputShape, source.splits.train.shape);
  return { resolved, source };
}

/** Steps and sums of a run count images: data of another size is another run. */
function expectSameCounts({ path }: RunFolder, { data }: EnvironmentRecord, source: OpenSource): void {
  const now = imageCounts(source);
  for (const [split, count] of Object.entries(data.images ?? {})) {
    if (now[split] === count) continue;
    throw new UserError(
      `this run began with ${countText(count, `${split} image`)}, the data has ${withThousands(now[split] ?? 0)} now`,
      { at: "data", hint: `Put the data back as it was, or train anew on these: isthmus train ${path}` },
    );
  }
}

function imageCounts({ splits }: OpenSource): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(splits).map(([split, { count }]) => [split, count]));
}

/** Of each phase, the steps of an epoch and of all its epochs, as many as interventions have left it. */
export function phaseLengths(
  resolved: ResolvedExperiment,
  source: OpenSource,
  { epochs }: Pick<TrainingState, "epochs">,
): readonly { readonly epochSteps: number; readonly steps: number }[] {
  return planPhases(resolved, source).map((planned, i) => ({
    epochSteps: planned.steps,
    steps: phaseSteps(planned, epochs?.[i]),
  }));
}

/** The threads that a run was begun with, as far as this machine bears them: four for each processor. */
export function threadsHere({ engine }: EnvironmentRecord): number {
  return Math.min(engine.threads, mostThreadsHere());
}

function mostThreadsHere(): number {
  return 4 * availableParallelism();
}

/**
 * Brings a run folder back to its last checkpoint, whatever moment it was left at: logs are cut, half-written
 * checkpoints go. Without a checkpoint the run begins again from nothing in the same folder.
 * @param check refuses a state that does not suit what is to be trained
 * @returns the checkpoint, and the interventions that have yet to take effect (again)
 * @throws UserError if the run is finished, its experiment was edited, or a file is missing, damaged or fits no other; nothing
 *   of the folder is changed then
 */
export function restoreRun(
  run: RunFolder,
  check: (state: TrainingState) => void = () => {},
): {
  readonly from?: Checkpoint;
  readonly interventions: readonly Intervention[];
} {
  expectLastPointer(run);
  const from = readCheckpoint(run, "last");
  if (from !== undefined) {
    expectSameExperiment(run);
    expectLogged(run, from.state);
    check(from.state);
  }
  if (from?.state.finished === true) {
    const done = `${countText(from.state.epoch - 1, "epoch")}, ${countText(from.state.step, "step")}`;
    throw new UserError(`this run is finished: ${done}`, {
      at: run.path,
      hint: `To train it again into a new folder: isthmus train ${run.path}`,
    });
  }
  const state = from?.state;
  const logged = run.files.exists(join(run.path, "interventions.jsonl")) ? readLog(run, "interventions.jsonl") : [];
  const interventions = mergeInterventions(logged.slice(state?.interventions ?? 0), state?.pending ?? []);
  withFileErrors(
    { at: run.path, what: "the run can't go on here", hint: "Check that the folder and its files may be written to." },
    () => {
      cutLog(run, "metrics.jsonl", state?.metricsBytes ?? 0);
      // Each finished epoch has one line; its length differs from run to run, so lines are counted and not bytes.
      cutLogLines(run, "timing.jsonl", (state?.epoch ?? 1) - 1);
      cutLogLines(run, "interventions.jsonl", state?.interventions ?? 0);
      if (from === undefined) removeCheckpoints(run);
      else repairCheckpoints(run, from);
    },
  );
  const done = (state?.epoch ?? 1) - 1;
  try {
    cutHealth(run, done);
    cutEpochPictures(run, done);
  } catch (error) {
    // What only shows the run keeps none from going on; what comes to write the next says so.
    if (!(error instanceof UserError) && fileErrorReason(error) === undefined) throw error;
  }
  return { interventions, ...(from === undefined ? {} : { from }) };
}

/** Cuts what was said of a model's health back to the epochs that are done; a file that is damaged goes, for all of it is found again. */
function cutHealth(run: RunFolder, epochs: number): void {
  const path = join(run.path, "health.jsonl");
  if (!run.files.exists(path)) return;
  let lines = 0;
  try {
    lines = readLog(run, "health.jsonl").filter(({ epoch }) => epoch <= epochs).length;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  // As it is where nothing was said yet: equal runs have equal folders.
  if (lines === 0) run.files.remove(path);
  else cutLogLines(run, "health.jsonl", lines);
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

/** Found when first asked for: the brightness of all of MNIST takes 0.08 s. */
function metadataOf(
  { resolved, source }: Pick<Prepared, "resolved" | "source">,
  arrival: Arrival,
): LoopOptions["metadata"] {
  let known: Readonly<Record<string, string>> | undefined;
  const fit = fits.find((one) => one === resolved.source.options.fit);
  return () => {
    const about = { isthmus: packageVersion(), ...(fit === undefined ? {} : { fit }) };
    // What is saved before all pictures are there is written again by the training that goes on.
    if (arrival.look() !== undefined) return modelMetadata(resolved.model, about);
    known ??= modelMetadata(resolved.model, { ...about, brightness: meanBrightness(source.splits.train) });
    return known;
  };
}

/** @throws UserError where the weights of another training that the experiment names do not suit */
function otherWeights({ initialise }: Experiment, model: Model, files: FileSystem): WrittenWeights | undefined {
  if (typeof initialise === "string" || !("weights" in initialise)) return undefined;
  return readWrittenWeights(model, initialise.weights, files);
}

function environmentOf(
  engine: Engine,
  source: OpenSource,
  started: string,
  firstWeights: string | undefined,
): EnvironmentRecord {
  return {
    format: 1,
    isthmus: packageVersion(),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    engine: { ...engine.describe() },
    data: dataOf(source),
    ...(firstWeights === undefined ? {} : { firstWeights }),
    started,
  };
}

function dataOf(source: OpenSource): EnvironmentRecord["data"] {
  return { name: source.card.name, checksums: source.card.checksums, images: imageCounts(source) };
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
  if (begun.firstWeights !== now.firstWeights) sentences.push("the weights that it began with have changed since");
  return [...sentences, ...changed.map(([file]) => `the data has changed since this run began: ${file}`)];
}

/** The engine that a run was computed with, where there is one of that name. */
export function engineChoice(name: string): EngineChoice {
  return engineNames.find((known) => known === name) ?? "auto";
}

function engineOptions(threads: number | undefined, { emit }: Surroundings): EngineOptions {
  return { ...(threads === undefined ? {} : { threads }), notice: (message) => emit({ kind: "warning", message }) };
}

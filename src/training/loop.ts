// The training loop: steps, epochs, phases, figures, checkpoints. It knows no files but the run folder that it is
// handed, no clock and no thread but through its surroundings, so that tests run it in their own process.
import { InternalError, UserError } from "../base/errors.js";
import type { BatchStart } from "../data/batchRing.js";
import type { OpenSource } from "../data/define.js";
import { mostRounds } from "../data/principalComponents/pca.js";
import type { Engine } from "../engines/engine.js";
import { scheduleStep, writtenSteps } from "../experiment/epochs.js";
import type { ResolvedExperiment } from "../experiment/resolved.js";
import type { Phase } from "../experiment/schema.js";
import { type Checkpoint, readCheckpoint, readPointer, saveCheckpoint, type Tensors } from "../runs/checkpoint.js";
import { failPoint } from "../runs/failPoints.js";
import type { EpochRecord, Figures, Intervention, TimingRecord, TrainingState } from "../runs/records.js";
import { appendLog, keepLog, logBytes, type RunFolder, readLog } from "../runs/runFolder.js";
import type { Arrival } from "./arrival.js";
import type { TrainingCommand, TrainingEvent } from "./events.js";
import { firstWeights } from "./firstWeights.js";
import { openHealth } from "./health.js";
import { isWarning } from "./healthRules.js";
import { describeOrigin, type NonFiniteOrigin, nonFiniteTensor } from "./nonFinite.js";
import type { ReadyPhase } from "./phase.js";
import { batchesUntil, imagesUntil, type PlannedPhase, phaseSteps, planPhases, stepsToFirstLook } from "./plan.js";
import type { Load } from "./sharing.js";
import { batchesOfStep, openSteps } from "./steps.js";
import type { SavedState, StepResult, Trainer } from "./trainer.js";
import type { OpenWatch } from "./watch.js";

/** The loop's way to the outside. */
export interface Surroundings {
  readonly emit: (event: TrainingEvent) => void;
  /** Commands that have come since it was last asked. Never waits. */
  readonly poll: () => readonly TrainingCommand[];
  /** Blocks the thread, while paused. */
  readonly wait: (milliseconds: number) => void;
  /** A clock that never goes back. */
  readonly milliseconds: () => number;
  /** ISO 8601. */
  readonly time: () => string;
  /** Largest resident size of the process so far. */
  readonly peakBytes: () => number;
  /** What processors do; where it is absent, a busy machine is not noticed. */
  readonly load?: () => Load | undefined;
}

export interface LoopOptions {
  readonly resolved: ResolvedExperiment;
  readonly source: OpenSource;
  readonly engine: Engine;
  /** Threads that make batches; see `usualDataThreads`. */
  readonly dataThreads?: number | undefined;
  readonly run: RunFolder;
  /** Metadata of model.safetensors, asked for at each checkpoint: what it takes to know them is not to hold up the first step. */
  readonly metadata: () => Readonly<Record<string, string>>;
  /** Where to go on; from the beginning where absent. */
  readonly from?: Checkpoint;
  /** Where to begin, of an experiment that begins with the weights of another training; read here where absent. */
  readonly first?: Tensors;
  /** To take effect again at their steps. */
  readonly interventions?: readonly Intervention[];
  /** Another engine like `engine`, that computes in so many threads. Where it is absent, their number stays. */
  readonly withThreads?: ((threads: number) => Promise<Engine>) | undefined;
  /** What looks after the training's length and threads beside a person. Each is opened for this training. */
  readonly watches?: readonly OpenWatch[] | undefined;
  /** Shows what the model makes of pictures so far. */
  readonly look?: Look | undefined;
  /**
   * How far pictures have come that are still being decoded; undefined when all are there. Until then no epoch ends, so that nothing
   * is measured, and nothing saved but by a stop. What it throws ends the training. Default: all are there.
   */
  readonly arriving?: Arrival["look"] | undefined;
  readonly surroundings: Surroundings;
}

/** What shows pictures while a training runs. It draws in a thread of its own and changes nothing of the training. */
export interface Look {
  /**
   * Takes pictures as the model makes them now, unless that would cost too much of the time.
   * @param trainer of the phase, whose session they are computed in
   */
  take(trainer: Pick<Trainer, "session">, moment: LookMoment): Promise<void>;
  /** Pictures that are drawn by now, each told once. Never waits. */
  drawn(): readonly Omit<Extract<TrainingEvent, { kind: "preview" }>, "kind">[];
  /** Why pictures are missing, each told once, a sentence. */
  problems(): readonly string[];
  /** Waits until the pictures of epochs that were taken are there. */
  settle(): Promise<void>;
  /** Waits for what is being drawn, and ends what draws. */
  close(): Promise<void>;
}

export interface LookMoment {
  /** What the phase corrupts is shown restored. */
  readonly phase: Phase;
  readonly isAveraged: boolean;
  readonly step: number;
  readonly epoch: number;
  /** Of the training in this process so far. */
  readonly milliseconds: number;
  /** At an epoch's end: what the training is as it is planned now. */
  readonly epochEnd?: {
    /** Of all phases. */
    readonly epochs: number;
    /** That it trains on, in all epochs together. */
    readonly images: number;
    /** Nothing comes after this epoch. */
    readonly isLast: boolean;
  };
}

export interface LoopResult {
  readonly reason: "done" | "stopped";
  readonly step: number;
  readonly seconds: number;
  /** The last finished epoch. */
  readonly last?: EpochRecord;
  /** What computed last. */
  readonly engine: Engine;
}

type Mutable<Of> = { -readonly [Key in keyof Of]: Of[Key] };
type Progress = Mutable<TrainingState> & { sums: { images: number; figures: Record<string, number> } };

const millisecondsBetweenSteps = 100;

/**
 * Trains until done or stopped. Every number that goes into weights and metrics follows from the experiment, the data
 * and the interventions, so a run that was stopped and taken up again equals one that was not, bit for bit.
 * @throws UserError when the objective is not finite, and when the disk is full (the checkpoint before stays valid)
 */
export async function trainingLoop(options: LoopOptions): Promise<LoopResult> {
  const { resolved, source, run, surroundings, look, arriving = () => undefined } = options;
  const { experiment, model } = resolved;
  const { emit } = surroundings;
  const began = surroundings.milliseconds();
  const plan = planPhases(resolved, source);
  const state = firstState(options);
  const lengths = (): readonly number[] => plan.map((planned, i) => phaseSteps(planned, state.epochs?.[i]));
  const imagesOf = (step: number): number => imagesUntil(plan, step, state.epochs);
  const imagesBefore = imagesOf(state.step);
  let engine = options.engine;
  // What was asked for: an engine may compute in fewer.
  let threads = engine.describe().threads;
  if (state.threads !== undefined && state.threads !== threads) {
    engine = (await options.withThreads?.(state.threads)) ?? engine;
    threads = state.threads;
  }
  emitStarted({ ...options, engine }, plan, state);
  const watches = (options.watches ?? []).map((open) => open({ plan, source, lengths: lengths(), began }));
  const health = openHealth(run, resolved, source);
  const metrics = keepLog(run, "metrics.jsonl");

  let saved: { readonly model: SavedState["model"]; readonly optimizer?: SavedState["optimizer"] } | undefined =
    options.from;
  if (saved === undefined) {
    let rounds = 0;
    const first =
      options.first ??
      (await firstWeights({
        experiment,
        model,
        set: source.splits.train,
        engine,
        files: run.files,
        progress: (what) => emit({ kind: "preparing", done: rounds++, of: mostRounds, what }),
      }));
    saved = first === undefined ? undefined : { model: first };
  }
  let last: EpochRecord | undefined;
  let pausedMilliseconds = 0;
  let steppingBegan: number | undefined;
  const secondsLeft = (): number => {
    // By images: a phase of larger batches has fewer steps, not less to do.
    const reached = imagesOf(state.step);
    const totalImages = imagesOf(Number.POSITIVE_INFINITY);
    const done = reached - imagesBefore;
    const spent = surroundings.milliseconds() - (steppingBegan ?? began) - pausedMilliseconds;
    return done === 0 ? 0 : ((spent / done) * (totalImages - reached)) / 1000;
  };
  const secondsBefore = options.from === undefined ? 0 : secondsOf(run);
  const secondsSpent = (): number => secondsBefore + (surroundings.milliseconds() - began) / 1000;
  const finish = async (reason: LoopResult["reason"]): Promise<LoopResult> => {
    await look?.settle();
    showPictures();
    const seconds = (surroundings.milliseconds() - began) / 1000;
    emit({ kind: "finished", reason, run: run.path, step: state.step, seconds });
    return { reason, step: state.step, seconds, engine, ...(last === undefined ? {} : { last }) };
  };
  const showPictures = (): void => {
    for (const picture of look?.drawn() ?? []) emit({ kind: "preview", ...picture });
    for (const message of look?.problems() ?? []) emit({ kind: "warning", message });
  };

  let batchesBefore = 0;
  for (const planned of plan) {
    const { index, phase, steps: stepsPerEpoch, batches, images, resolved: resolvedPhase } = planned;
    if (index < state.phase) {
      batchesBefore += batchesUntil(planned, phaseSteps(planned, state.epochs?.[index]));
      continue;
    }
    const batchesBeforePhase = batchesBefore;
    const length = (): number => phaseSteps(planned, state.epochs?.[index]);
    const written = writtenSteps(phase, stepsPerEpoch);
    const place = (): number => scheduleStep(state.stepInPhase, { steps: length(), written, from: state.stretch });
    const isLastPhase = index === plan.length - 1;
    if (state.stepInPhase === 0) {
      // The phase begins: what belonged to the one before ends here, the same whether the run was resumed in between.
      if (index > 0 && phase.from === "best") saved = { ...saved, model: bestWeights(run) };
      if (!phase.carryOptimizer) {
        saved = saved === undefined ? undefined : { model: saved.model };
        state.optimizerStep = 0;
      }
      state.best = null;
      state.learningRate = null;
      state.schedule = {};
      delete state.stretch;
    }
    const batchStart = (): BatchStart => {
      const stepInEpoch = state.stepInEpoch * phase.accumulate;
      const epochInPhase = Math.floor(state.stepInPhase / stepsPerEpoch);
      return { epoch: state.epoch, stepInEpoch, step: batchesBeforePhase + epochInPhase * batches + stepInEpoch };
    };
    const opened = await openSteps({ ...options, engine }, planned, saved, batchStart());
    const { stream } = opened;
    if (state.stepInPhase === 0) state.schedule = opened.ready.schedule.schedule.start ?? {};
    /** Where a replay would begin, and the learning rates of the steps since. */
    let anchor: Anchor = { ...positionOf(state), start: batchStart(), saved, rates: [] };
    const save = async (): Promise<void> => {
      const kept = await opened.ready.trainer.save();
      // Fast code may take what is no number for one (a relu NaN for 0), so that no figure shows it: the weights do.
      const broken = nonFiniteTensor(kept.model);
      if (broken !== undefined) {
        const hasCheckpoint = readPointer(run, "last") !== undefined;
        throw brokenWeights(broken, state, index, phase, { rate: anchor.rates.at(-1), hasCheckpoint });
      }
      const checkpoint: Checkpoint = { state: inOrder(state), metadata: options.metadata(), ...kept };
      const path = saveCheckpoint(run, checkpoint);
      anchor = { ...positionOf(state), start: batchStart(), saved: "checkpoint", rates: [] };
      emit({ kind: "checkpoint", step: state.step, path });
    };
    /** Everything goes on in another session, as a run does that is taken up again. */
    const changeThreads = async (count: number): Promise<void> => {
      const other = await options.withThreads?.(count);
      if (other === undefined) return;
      const kept = await opened.ready.trainer.save();
      anchor = { ...positionOf(state), start: batchStart(), saved: kept, rates: [] };
      await opened.moveTo(other, kept);
      engine = other;
    };
    const isAveraged = resolvedPhase.optimizer.options.average !== undefined;
    const lookAtHealth = async (record: EpochRecord, isLast: boolean): Promise<void> => {
      const images = imagesOf(record.step);
      const moment = { phase, isAveraged, before: images - record.images, images, isLast };
      for (const note of await health.look(opened.ready.trainer.session, record, moment)) {
        const { message, hint } = note;
        emit(isWarning(note) ? { kind: "warning", message, hint } : { kind: "note", message });
      }
    };
    const takeLook = async (epochEnd?: LookMoment["epochEnd"]): Promise<void> => {
      if (look === undefined || model.decode === undefined) return;
      const milliseconds = surroundings.milliseconds() - began;
      const { step, epoch } = state;
      const moment = { phase, isAveraged, step, epoch, milliseconds };
      await look.take(opened.ready.trainer, epochEnd === undefined ? moment : { ...moment, epochEnd });
    };
    try {
      const epochs = Math.ceil(length() / stepsPerEpoch);
      emit({ kind: "phase", phase: index, name: phase.name, epochs, batchSize: phase.batchSize });
      // Interventions that are yet to come are known to nothing but the state: keep them before the first step.
      if (state.step === 0 && state.pending.length > 0) await save();
      while (state.stepInPhase < length()) {
        // The phase may be made to end within an epoch.
        const epochEnds = (): number => Math.min(length(), state.stepInPhase - state.stepInEpoch + stepsPerEpoch);
        const spent = { milliseconds: 0, waitSeconds: 0, images: 0 };
        let lastEmitted = Number.NEGATIVE_INFINITY;
        let rate = 0;
        let mark = surroundings.milliseconds();
        steppingBegan ??= mark;
        let toldArrived = 0;
        /** The last step of an epoch waits for all pictures, as a pause does: what comes after it needs them. */
        const isHeldUp = (): boolean => {
          const come = arriving();
          if (come === undefined || state.stepInPhase + 1 < epochEnds()) return false;
          if (come.done - toldArrived >= come.of / 100) {
            emit({ kind: "preparing", ...come, what: "reading the other pictures" });
            toldArrived = come.done;
          }
          return true;
        };
        while (state.stepInPhase < epochEnds()) {
          const { stop, paused } = hearCommands(options, state, plan, place, isHeldUp);
          pausedMilliseconds += paused;
          mark += paused;
          if (stop) {
            await save();
            return await finish("stopped");
          }
          for (const watch of watches) {
            if (paused > 0) watch.paused(paused);
            for (const { command, why } of watch.wanted(state, surroundings.milliseconds())) {
              intervene(options, state, plan, place, command, why);
            }
          }
          replayInterventions(options, state, plan, place);
          if (state.threads !== undefined && state.threads !== threads) {
            const changeBegan = surroundings.milliseconds();
            threads = state.threads;
            await changeThreads(threads);
            const changing = surroundings.milliseconds() - changeBegan;
            mark += changing;
            pausedMilliseconds += changing;
          }
          const { ready } = opened;
          rate = state.learningRate ?? ready.learningRate(place(), state.schedule);
          anchor.rates.push(rate);
          const stepBegan = watches.length > 0 ? surroundings.milliseconds() : 0;
          const batchesNow = batchesOfStep(stream, ready, phase, images, state.stepInEpoch, (waitSeconds) => {
            spent.waitSeconds += waitSeconds;
          });
          const taken = await ready.trainer.step(batchesNow, { step: state.optimizerStep + 1, learningRate: rate });
          for (const batch of taken.batches) {
            addFigures(state.sums, batch);
            spent.images += batch.count;
          }
          if (!taken.isFinite) {
            const origin = await replay({ ...options, engine }, planned, anchor, taken.batches.length - 1);
            const objective = taken.batches.at(-1)?.figures.objective;
            throw notFinite(objective, { ...state, step: state.step + 1 }, index, phase, rate, origin);
          }
          state.step += 1;
          state.stepInEpoch += 1;
          state.stepInPhase += 1;
          state.optimizerStep += 1;
          failPoint("step");
          const now = surroundings.milliseconds();
          for (const watch of watches) watch.stepped({ phase: index, milliseconds: now - stepBegan, now });
          if (state.step === stepsToFirstLook && state.stepInPhase < epochEnds()) await takeLook();
          if (now - lastEmitted >= millisecondsBetweenSteps) {
            lastEmitted = now;
            showPictures();
            const come = arriving();
            emit({
              kind: "step",
              phase: index,
              epoch: state.epoch,
              stepInEpoch: state.stepInEpoch,
              stepsPerEpoch,
              step: state.step,
              learningRate: rate,
              objective: (state.sums.figures.objective ?? Number.NaN) / state.sums.images,
              imagesPerSecond: perSecond(spent.images, now - mark),
              secondsLeft: secondsLeft(),
              ...(come === undefined ? {} : { reading: { done: come.done, of: come.of } }),
            });
          }
        }
        spent.milliseconds = surroundings.milliseconds() - mark;

        const isLastEpoch = state.stepInPhase === length();
        const evaluationBegan = surroundings.milliseconds();
        const recorded = () => epochRecord(options, opened.ready, state, index, rate, isLastPhase && isLastEpoch);
        let record = await recorded();
        const { best } = state;
        if (isLastEpoch && phase.keep === "best" && best !== null && best.figure < watchedFigure(record)) {
          const kept = await opened.ready.trainer.save();
          await opened.moveTo(engine, { ...kept, model: bestWeights(run) });
          record = { ...(await recorded()), weightsOf: best.epoch };
          emit({ kind: "note", message: `keeps the weights of epoch ${best.epoch}, the best of phase ${phase.name}` });
        }
        const evaluationSeconds = (surroundings.milliseconds() - evaluationBegan) / 1000;
        // The objective of a step is that of the weights before it: what the last step did shows only here.
        if (!Object.values(record.test).every(Number.isFinite)) {
          throw notFinite(record.test.objective, state, index, phase, rate, undefined);
        }
        const figure = watchedFigure(record);
        const { schedule, options: scheduleOptions } = opened.ready.schedule;
        if (schedule.watch !== undefined) state.schedule = schedule.watch(scheduleOptions, state.schedule, figure);
        if (metrics.append(record)) {
          emit({
            kind: "warning",
            message: "metrics.jsonl was removed or changed under the training: it is written again",
          });
        }
        const timing: TimingRecord = {
          epoch: record.epoch,
          seconds: spent.milliseconds / 1000,
          evaluationSeconds,
          imagesPerSecond: perSecond(spent.images, spent.milliseconds),
          dataWaitSeconds: spent.waitSeconds,
          peakBytes: surroundings.peakBytes(),
          time: surroundings.time(),
        };
        appendLog(run, "timing.jsonl", timing);
        last = record;

        const isSaved = isLastEpoch || record.epoch % experiment.checkpointEvery === 0;
        // Only what is saved can be the best: its weights must be there to be used.
        if (isSaved && (state.best === null || figure < state.best.figure)) {
          state.best = { epoch: record.epoch, step: state.step, figure };
        }
        const isLast = isLastEpoch && isLastPhase;
        await takeLook({ epochs: epochsInAll(plan, state), images: imagesOf(Number.POSITIVE_INFINITY), isLast });
        state.epoch += 1;
        state.stepInEpoch = 0;
        state.sums = { images: 0, figures: {} };
        state.metricsBytes = logBytes(run, "metrics.jsonl");
        if (isLastEpoch) {
          state.finished = isLastPhase;
          if (!isLastPhase) state.phase = index + 1;
          state.stepInPhase = 0;
        }
        showPictures();
        emit({ kind: "epoch", record, timing, secondsLeft: secondsLeft(), secondsSpent: secondsSpent() });
        await lookAtHealth(record, isLast);
        if (isSaved) await save();
        for (const watch of watches) watch.epochEnded(surroundings.milliseconds() - evaluationBegan);
        if (isLastEpoch) break;
      }
      if (!isLastPhase) saved = await opened.ready.trainer.save();
    } finally {
      await opened.close();
    }
    batchesBefore += batchesUntil(planned, length());
  }
  return await finish("done");
}

/** A state before the first step of a run. */
function firstState(options: LoopOptions): Progress {
  if (options.from !== undefined) {
    const state = structuredClone(options.from.state) as Progress;
    return { ...state, pending: options.interventions ?? state.pending };
  }
  return {
    format: 1,
    finished: false,
    phase: 0,
    epoch: 1,
    step: 0,
    stepInEpoch: 0,
    stepInPhase: 0,
    optimizerStep: 0,
    sums: { images: 0, figures: {} },
    schedule: {},
    learningRate: null,
    best: null,
    metricsBytes: 0,
    interventions: 0,
    pending: options.interventions ?? [],
  };
}

function emitStarted(
  { resolved: { experiment, loss, model }, source, engine, run, surroundings }: LoopOptions,
  plan: readonly PlannedPhase[],
  state: TrainingState,
): void {
  const { name, library, threads, instructionSet } = engine.describe();
  surroundings.emit({
    kind: "started",
    run: run.path,
    name: experiment.name,
    engine: { name, library, threads, ...(instructionSet === undefined ? {} : { instructionSet }) },
    parameters: model.rows.reduce((sum, { parameters }) => sum + parameters, 0),
    formula: model.formula(loss.label),
    epochs: epochsInAll(plan, state),
    stepsPerEpoch: plan[state.phase]?.steps ?? 0,
    trainImages: source.splits.train.count,
    testImages: source.splits.test.count,
    fromStep: state.step,
    resumed: state.step > 0,
  });
}

/** Of all phases, as interventions have left them; the last one of a phase may be a part of one. */
function epochsInAll(plan: readonly PlannedPhase[], { epochs }: Pick<TrainingState, "epochs">): number {
  return plan.reduce((sum, planned, i) => sum + Math.ceil(phaseSteps(planned, epochs?.[i]) / planned.steps), 0);
}

/** Hears what has come; waits here while paused, and while `isHeldUp`. */
function hearCommands(
  options: LoopOptions,
  state: Progress,
  plan: readonly PlannedPhase[],
  place: () => number,
  isHeldUp: () => boolean,
): { readonly stop: boolean; readonly paused: number } {
  const { poll, wait, milliseconds } = options.surroundings;
  const began = milliseconds();
  let isPaused = false;
  let wasPaused = false;
  for (;;) {
    for (const command of poll()) {
      if (command.kind === "stop") return { stop: true, paused: wasPaused ? milliseconds() - began : 0 };
      if (command.kind === "pause" || command.kind === "resume") isPaused = command.kind === "pause";
      else intervene(options, state, plan, place, command);
    }
    if (!isPaused && !isHeldUp()) return { stop: false, paused: wasPaused ? milliseconds() - began : 0 };
    wasPaused = true;
    wait(50);
  }
}

/** A command that changes numbers takes effect, and is written down; one that cannot be followed is told and changes nothing. */
function intervene(
  options: LoopOptions,
  state: Progress,
  plan: readonly PlannedPhase[],
  /** Where the schedule stands. */
  place: () => number,
  command: Extract<TrainingCommand, { kind: Intervention["command"] }>,
  why?: string,
): void {
  const { run, surroundings } = options;
  const refusal = refused(command, options, plan);
  if (refusal !== undefined) {
    surroundings.emit({ kind: "warning", message: refusal });
    return;
  }
  const { kind, ...values } = command;
  const intervention = { step: state.step, command: kind, ...values } as Intervention;
  appendLog(run, "interventions.jsonl", intervention);
  state.interventions += 1;
  if (command.kind === "setLearningRate") state.learningRate = command.learningRate;
  else if (command.kind === "setThreads") state.threads = command.threads;
  else {
    // Where the schedule is now, by the length that was; from here it goes on to its end at another pace.
    const at = place();
    state.stretch = { step: state.stepInPhase, at };
    state.epochs = plan.map((planned, index) => {
      const asked = command.epochs[index] ?? planned.phase.epochs;
      const before = state.epochs?.[index] ?? planned.phase.epochs;
      if (index < state.phase) return before;
      return index > state.phase ? asked : Math.max(asked, (state.stepInPhase + 1) / planned.steps);
    });
  }
  surroundings.emit({ kind: "intervened", intervention, ...(why === undefined ? {} : { why }) });
}

function refused(
  command: Parameters<typeof intervene>[4],
  { withThreads }: LoopOptions,
  plan: readonly PlannedPhase[],
): string | undefined {
  if (command.kind === "setLearningRate") {
    const { learningRate } = command;
    const isFit = Number.isFinite(learningRate) && learningRate > 0;
    return isFit ? undefined : `the learning rate stays as it is: ${learningRate} is not a positive number`;
  }
  if (command.kind === "setThreads") {
    const { threads } = command;
    if (withThreads === undefined) return "the number of threads stays as it is: it can't be changed here";
    const isFit = Number.isInteger(threads) && threads >= 1;
    return isFit ? undefined : `the number of threads stays as it is: ${threads} is not a whole number from 1 on`;
  }
  const isFit =
    command.epochs.length === plan.length && command.epochs.every((epochs) => Number.isFinite(epochs) && epochs > 0);
  return isFit
    ? undefined
    : `the epochs stay as they are: ${JSON.stringify(command.epochs)} is not one positive number for each of ${plan.length} phases`;
}

function replayInterventions(
  options: LoopOptions,
  state: Progress,
  plan: readonly PlannedPhase[],
  place: () => number,
): void {
  for (let next = state.pending[0]; next !== undefined && next.step <= state.step; next = state.pending[0]) {
    state.pending = state.pending.slice(1);
    const { step: _, command: kind, ...values } = next;
    intervene(options, state, plan, place, { kind, ...values } as Parameters<typeof intervene>[4]);
  }
}

/** Adds means over a batch, weighted by its images, in float64. */
function addFigures(
  sums: { images: number; figures: Record<string, number> },
  { count, figures }: StepResult["batches"][number],
): void {
  for (const [name, value] of Object.entries(figures)) sums.figures[name] = (sums.figures[name] ?? 0) + value * count;
  sums.images += count;
}

async function epochRecord(
  { resolved: { experiment }, source }: LoopOptions,
  ready: ReadyPhase,
  state: TrainingState,
  phase: number,
  learningRate: number,
  isEnd: boolean,
): Promise<EpochRecord> {
  const { train, validation, test } = source.splits;
  const { images, figures } = state.sums;
  const means: Figures = Object.fromEntries(
    ready.trainer.figures.map((name) => [name, (figures[name] ?? Number.NaN) / images]),
  );
  return {
    kind: "epoch",
    phase,
    epoch: state.epoch,
    step: state.step,
    learningRate,
    train: means,
    ...(experiment.evaluateTrain === true || (isEnd && experiment.evaluateTrain !== "never")
      ? { trainEvaluated: await ready.evaluate(train) }
      : {}),
    ...(validation === undefined ? {} : { validation: await ready.evaluate(validation) }),
    test: await ready.evaluate(test),
    images,
  };
}

/** What is watched to choose by: never the test images. */
function watchedFigure({ validation, train }: EpochRecord): number {
  return (validation ?? train).objective ?? Number.NaN;
}

function bestWeights(run: RunFolder): SavedState["model"] {
  const best = readCheckpoint(run, "best");
  if (best === undefined) throw new InternalError("a phase was finished without a best checkpoint");
  return best.model;
}

/** What the epochs of a run have taken so far. */
function secondsOf(run: RunFolder): number {
  return readLog(run, "timing.jsonl").reduce(
    (sum, { seconds, evaluationSeconds }) => sum + seconds + evaluationSeconds,
    0,
  );
}

function perSecond(images: number, milliseconds: number): number {
  return milliseconds <= 0 ? 0 : (images * 1000) / milliseconds;
}

/** Where in the training a state stands, and how to come back there. */
interface Anchor {
  readonly stepInEpoch: number;
  readonly optimizerStep: number;
  /** The same for the batches. */
  readonly start: BatchStart;
  /** The weights there: the last checkpoint's, or these; the initial ones where undefined. */
  readonly saved:
    | "checkpoint"
    | { readonly model: SavedState["model"]; readonly optimizer?: SavedState["optimizer"] }
    | undefined;
  /** Of the steps since, the last one included. */
  readonly rates: number[];
}

/** A copy whose keys come in one order, whatever was set first, so that the same state has the same bytes. */
function inOrder({ epochs, stretch, threads, ...state }: TrainingState): TrainingState {
  return structuredClone({
    ...state,
    ...(epochs === undefined ? {} : { epochs }),
    ...(stretch === undefined ? {} : { stretch }),
    ...(threads === undefined ? {} : { threads }),
  });
}

function positionOf({ stepInEpoch, optimizerStep }: TrainingState): Pick<Anchor, "stepInEpoch" | "optimizerStep"> {
  return { stepInEpoch, optimizerStep };
}

/** Takes the steps since the anchor again and looks into a batch of the last one. Nothing is saved. @param number of that batch in its step, from 0 */
async function replay(
  options: LoopOptions,
  planned: PlannedPhase,
  anchor: Anchor,
  number: number,
): Promise<NonFiniteOrigin | undefined> {
  const { run } = options;
  const { phase, images, steps } = planned;
  const from = anchor.saved === "checkpoint" ? readCheckpoint(run, "last") : anchor.saved;
  const { ready, stream, close } = await openSteps(options, planned, from, anchor.start);
  try {
    for (const [i, learningRate] of anchor.rates.entries()) {
      const batches = batchesOfStep(stream, ready, phase, images, (anchor.stepInEpoch + i) % steps);
      const moment = { step: anchor.optimizerStep + i + 1, learningRate };
      if (i === anchor.rates.length - 1) return await ready.trainer.nonFiniteOrigin(batches, moment, number);
      // A figure may be lost earlier than it was in the training; then nothing is to be learned here.
      if (!(await ready.trainer.step(batches, moment)).isFinite) return undefined;
    }
    return undefined;
  } finally {
    await close();
  }
}

/** What stops a training whose weights are no numbers any more. */
export function brokenWeights(
  { name, value }: { readonly name: string; readonly value: number },
  state: TrainingState,
  index: number,
  phase: Phase,
  { rate, hasCheckpoint }: { readonly rate: number | undefined; readonly hasCheckpoint: boolean },
): UserError {
  const kept = hasCheckpoint ? "it is not saved, the checkpoint before stays" : "nothing is saved";
  return new UserError(`${name} holds ${value} after step ${state.step} (epoch ${state.epoch}); ${kept}`, {
    at: `phases[${index}].optimizer`,
    ...(rate === undefined ? {} : { hint: lowerRateHint(index, phase, rate) }),
  });
}

function lowerRateHint(index: number, phase: Phase, rate: number): string {
  const [name = ""] = typeof phase.optimizer === "string" ? [phase.optimizer] : Object.keys(phase.optimizer);
  const tenth = Number((rate / 10).toPrecision(2));
  return `The usual cause is a learning rate that is too high: try --set phases.${index}.optimizer.${name}.learningRate=${tenth}`;
}

function notFinite(
  objective: number | undefined,
  state: TrainingState,
  index: number,
  phase: Phase,
  rate: number,
  origin: NonFiniteOrigin | undefined,
): UserError {
  return new UserError(
    `step ${state.step} (epoch ${state.epoch}) gave an objective of ${objective}, at a learning rate of ${Number(rate.toPrecision(3))}${origin === undefined ? "" : `; ${describeOrigin(origin)}`}`,
    {
      at: `phases[${index}].optimizer`,
      hint: lowerRateHint(index, phase, rate),
    },
  );
}

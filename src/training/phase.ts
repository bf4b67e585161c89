// A phase made ready on an engine: session with its state, training programs for the full and the last batch,
// optimizer and schedule. And how a session's state becomes a checkpoint's tensors.
import { InternalError, UserError } from "../base/errors.js";
import type { Batch } from "../data/batches.js";
import type { OpenSource } from "../data/define.js";
import { imagesPerEpoch } from "../data/sampling.js";
import type { Engine, Executable, Inputs, Session, StateEntry } from "../engines/engine.js";
import type { ReferenceSession } from "../engines/reference/index.js";
import { stepsPerEpoch as stepsOf } from "../experiment/epochs.js";
import type { ResolvedExperiment, ResolvedPhase } from "../experiment/resolved.js";
import type { Model } from "../nn/models/define.js";
import {
  accumulateProgram,
  accumulationState,
  averageName,
  averageProgram,
  averageRate,
  type ConfiguredOptimizer,
  modelState,
  trainingProgram,
} from "../nn/programs.js";
import { type ConfiguredSchedule, learningRateAt } from "../nn/schedules/index.js";
import { slotName } from "../nn/state.js";
import type { Tensors } from "../runs/checkpoint.js";
import { type RandomInput, sameShape } from "../tensor/index.js";
import { type Evaluator, evaluator } from "./evaluate.js";
import { type NonFiniteOrigin, nonFiniteOrigin } from "./nonFinite.js";

/** Weights, buffers and optimizer slots, as checkpoints have them. */
export interface SavedState {
  readonly model: Tensors;
  readonly optimizer: Tensors;
}

/** A batch among those that a step averages. */
export interface PartOfStep {
  readonly isFirst: boolean;
  /** The batch's images by the step's. */
  readonly share: number;
}

export interface ReadyPhase {
  /** Names of the training program's outputs, `objective` first. */
  readonly figures: readonly string[];
  readonly randomInputs: readonly RandomInput[];
  readonly schedule: ConfiguredSchedule;
  readonly evaluate: Evaluator;
  /** The schedule's learning rate. Counts as in `ScheduleMoment`. */
  learningRate(stepInPhase: number, memory: Readonly<Record<string, number>>): number;
  /** The arrays of a batch that the training program takes, by name. */
  batchInputs(batch: Batch): Inputs;
  /** The executable for a batch of so many images: it ends the step, or only adds its gradient to it. */
  training(count: number, endsStep: boolean): Executable;
  /**
   * The optimizer's scalars as inputs; the arrays are the same at every step.
   * @param step from 1 since the slots were fresh
   * @param part what a batch is of its step's images, and whether it is the first of them; the whole step where absent
   */
  scalars(step: number, learningRate: number, part?: PartOfStep): Readonly<Record<string, Float32Array>>;
  read(): SavedState;
  /** Where the first number that is not finite comes from in a step on these inputs; changes nothing. */
  nonFiniteOrigin(count: number, inputs: Inputs): Promise<NonFiniteOrigin | undefined>;
  dispose(): void;
}

/**
 * Opens a session for a phase and compiles its training step.
 * @param from state to start from; slots are taken where they are in it, else they are zeros
 * @throws UserError if the model does not fit a batch
 */
export async function openPhase(options: {
  readonly resolved: ResolvedExperiment;
  /** One of its phases. */
  readonly phase: ResolvedPhase;
  readonly source: OpenSource;
  readonly engine: Engine;
  readonly from?: { readonly model: Tensors; readonly optimizer?: Tensors };
}): Promise<ReadyPhase> {
  const { source, engine, from } = options;
  const { experiment, model, loss, metrics } = options.resolved;
  const { phase, schedule, optimizer: configured } = options.phase;
  const entries = modelState(model, experiment.seed, configured).map((entry): StateEntry => {
    const tensors = entry.kind === "slot" ? from?.optimizer : from?.model;
    // An average that begins with this phase begins at the weights.
    const saved = tensors?.[entry.name] ?? tensors?.[withoutAverage(entry.name)];
    if (saved === undefined) {
      if (tensors !== undefined) throw unfitting(entry, "is missing");
      return entry;
    }
    if (!sameShape(saved.shape, entry.shape)) throw unfitting(entry, `is ${listText(saved.shape)}`);
    return { ...entry, values: numbers(saved.data) };
  });
  const accumulated = phase.accumulate > 1;
  const session = await engine.open(accumulated ? [...entries, ...accumulationState(model)] : entries);
  try {
    const images = imagesPerEpoch(source.splits.train, phase.sample);
    const lastCount = images % phase.batchSize;
    const measured = { model, loss, metrics };
    const stepProgram = (batchSize: number) =>
      trainingProgram({ ...measured, optimizer: configured, batchSize, accumulated });
    // The full step comes first: an engine lays out its memory for the first program.
    const full = stepProgram(phase.batchSize);
    const last = lastCount === 0 ? undefined : stepProgram(lastCount);
    const fullStep = await session.compile(full);
    const lastStep = last === undefined ? fullStep : await session.compile(last);
    const accumulating = accumulated
      ? await session.compile(accumulateProgram({ ...measured, batchSize: phase.batchSize }))
      : undefined;

    const { average } = configured.options;
    const averaging = average === undefined ? undefined : await session.compile(averageProgram(model));
    const rate = new Float32Array(1);
    let stepNow = 0;
    const refresh = slotRefresh(session, model, configured);
    /** A step's program with what follows it. */
    const whole = (step: Executable): Executable =>
      averaging === undefined && refresh === undefined
        ? step
        : {
            ...step,
            async run(inputs) {
              const outputs = await step.run(inputs);
              refresh?.(stepNow);
              await averaging?.run({ "average.rate": rate });
              return outputs;
            },
          };
    const fullTraining = whole(fullStep);
    const lastTraining = whole(lastStep);

    const scalarNames = Object.keys(configured.optimizer.scalars(configured.options, 1, 0));
    const scalarInputs: Record<string, Float32Array> = {};
    for (const name of scalarNames) scalarInputs[`optimizer.${name}`] = new Float32Array(1);
    const kept = new Float32Array(1);
    const share = new Float32Array(1);
    if (accumulated) Object.assign(scalarInputs, { "accumulate.kept": kept, "accumulate.share": share });
    const stepsPerEpoch = stepsOf(phase, images);
    const { learningRate } = configured.options;
    const moment = { step: 0, steps: stepsPerEpoch * phase.epochs, stepsPerEpoch };
    return {
      figures: Object.keys(full.outputs),
      randomInputs: full.randomInputs,
      schedule,
      evaluate: evaluator({
        session,
        model,
        loss,
        metrics,
        seed: experiment.evaluationSeed,
        average: average !== undefined,
        corrupt: phase.corrupt,
      }),
      batchInputs({ random, input, target, label }) {
        const compared = model.compares === "pictures" ? { input, target } : { input };
        if (model.classes === undefined) return { ...random, ...compared };
        if (label === undefined) throw new InternalError("a model of labels was handed a batch without them");
        return { ...random, ...compared, label };
      },
      learningRate: (step, memory) => learningRateAt(schedule, { ...moment, step }, learningRate, memory),
      training(count, endsStep) {
        if (!endsStep && accumulating !== undefined) return accumulating;
        return count === phase.batchSize ? fullTraining : lastTraining;
      },
      scalars(step, learningRate, part = { isFirst: true, share: 1 }) {
        stepNow = step;
        kept[0] = part.isFirst ? 0 : 1;
        share[0] = part.share;
        const values = configured.optimizer.scalars(configured.options, step, learningRate);
        if (average !== undefined) rate.set([averageRate(average, step)]);
        for (const name of scalarNames) scalarInputs[`optimizer.${name}`]?.set([values[name] ?? 0]);
        return scalarInputs;
      },
      read: () => readState(session, entries, model),
      nonFiniteOrigin: (count, inputs) =>
        nonFiniteOrigin(session, count === phase.batchSize ? full : (last ?? full), inputs),
      dispose: () => session.dispose(),
    };
  } catch (error) {
    session.dispose();
    throw error;
  }
}

/** What an optimizer does to its slots between steps. */
function slotRefresh(
  session: Session,
  { parameters }: Model,
  { optimizer, options }: ConfiguredOptimizer,
): ((step: number) => void) | undefined {
  if (optimizer.refresh === undefined) return undefined;
  const trainable = parameters.filter((parameter) => parameter.trainable);
  return (step) => {
    for (const { name, shape } of trainable) {
      const nameOf = (slot: string) => slotName(optimizer.name, slot, name);
      const changed = optimizer.refresh?.(options, shape, step, (slot) => session.read(nameOf(slot))) ?? {};
      for (const [slot, values] of Object.entries(changed)) session.write(nameOf(slot), values);
    }
  };
}

/** The session's whole state as tensors: float32, or float64 where the engine computes in it, so that nothing is lost. */
function readState(session: Session, entries: readonly StateEntry[], model: Model): SavedState {
  const exact = (session as Partial<ReferenceSession>).readExact?.bind(session);
  const counts = model.buffers.filter(({ written }) => written === "int64").map(({ name }) => name);
  const whole = new Set([...counts, ...counts.map(averageName)]);
  const tensors = (wanted: (entry: StateEntry) => boolean): Tensors =>
    Object.fromEntries(
      entries.filter(wanted).map(({ name, shape }) => {
        const data = exact === undefined ? session.read(name) : exact(name);
        if (whole.has(name)) {
          return [name, { dtype: "I64", shape, data: BigInt64Array.from(data, (value) => BigInt(Math.round(value))) }];
        }
        return [name, data instanceof Float64Array ? { dtype: "F64", shape, data } : { dtype: "F32", shape, data }];
      }),
    );
  return { model: tensors(({ kind }) => kind !== "slot"), optimizer: tensors(({ kind }) => kind === "slot") };
}

function withoutAverage(name: string): string {
  const prefix = averageName("");
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

const listText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

function unfitting({ name, shape, kind }: StateEntry, what: string): UserError {
  const file = kind === "slot" ? "optimizer.safetensors" : "model.safetensors";
  return new UserError(`${name} ${what}, expected ${listText(shape)}: the checkpoint does not fit the model`, {
    at: file,
    hint: "Was experiment.yaml or the checkpoint changed? Train it anew in another folder, or put the files back.",
  });
}

function numbers(data: Tensors[string]["data"]): ArrayLike<number> {
  return data instanceof BigInt64Array || data instanceof BigUint64Array ? Float64Array.from(data, Number) : data;
}

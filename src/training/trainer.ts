// The trainer: a session that takes training steps. It compiles the programs, fills in the optimizers' scalars and keeps gradient and
// update apart where something stands between them. It knows no files, no clock, no data source and no thread.
import { InternalError, UserError } from "../base/errors.js";
import type { Engine, Executable, Inputs, Numbers, Outputs, Session, StateEntry, StepTime } from "../engines/engine.js";
import type { Tensors } from "../formats/safetensors.js";
import type { Loss } from "../nn/losses/define.js";
import type { Metric } from "../nn/metrics/define.js";
import type { Model } from "../nn/models/define.js";
import {
  applyProgram,
  averageName,
  averageProgram,
  averageRate,
  gradientProgram,
  gradientState,
  modelState,
  type Optimizers,
  type PartOfStep,
  trainingProgram,
} from "../nn/programs.js";
import { averageOf, type ObjectiveOptimizer, objectiveOptimizers, slotName } from "../nn/state.js";
import { type Program, type RandomInput, sameShape } from "../tensor/index.js";
import { type NonFiniteOrigin, nonFiniteOrigin } from "./nonFinite.js";

/** Weights, buffers and optimizer slots, as checkpoints have them. */
export interface SavedState {
  readonly model: Tensors;
  readonly optimizer: Tensors;
}

/** Images of a step. */
export interface TrainingBatch {
  /** Its images: one of the sizes that the trainer was opened for. */
  readonly count: number;
  /** What the training program takes, by name: `input`, `target`, `label`, the random inputs. */
  readonly inputs: Inputs;
  /** Its images by the step's. 1, the whole step, where absent. */
  readonly share?: number;
}

export interface StepMoment {
  /** From 1, since the slots were fresh. */
  readonly step: number;
  /** Of a model with several objectives, one for all or each objective's own by its name. */
  readonly learningRate: number | Readonly<Record<string, number>>;
}

export interface StepResult {
  /** For each of the step's batches its images and figures, means over the batch, before the step. */
  readonly batches: readonly { readonly count: number; readonly figures: Readonly<Record<string, number>> }[];
  /** False where a figure of the last of `batches` is not finite: the batches after it were not taken, and the step is not to be gone on from. */
  readonly isFinite: boolean;
}

export interface Trainer {
  /** Parameters, buffers and slots; other programs of the model may be compiled in it. */
  readonly session: Session;
  /** Names of what is measured in a step, `objective` first. */
  readonly figures: readonly string[];
  /** What has to be drawn anew for each batch, for a batch of the first size. */
  readonly randomInputs: readonly RandomInput[];
  /**
   * One update of the parameters.
   * @param batches one, or with `accumulates` any number, whose shares add up to 1; each is asked for when the one before was used
   */
  step(batches: Iterable<TrainingBatch>, moment: StepMoment): Promise<StepResult>;
  /** The whole state, in the engine's own precision. */
  save(): Promise<SavedState>;
  /** Where the first number that is not finite comes from in the batch of that number (from 0) of a step; the batches before it are taken. No parameter and no slot is updated. */
  nonFiniteOrigin(
    batches: Iterable<TrainingBatch>,
    moment: StepMoment,
    number: number,
  ): Promise<NonFiniteOrigin | undefined>;
  /** A step on a whole batch with the time of each primitive; undefined where the engine cannot tell. */
  profile(batch: TrainingBatch, moment: StepMoment): Promise<readonly StepTime[] | undefined>;
  /** Gives back the session's memory. Safe to call twice. */
  dispose(): void;
}

export interface TrainerOptions {
  readonly engine: Engine;
  readonly model: Model;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  /** Of a model with several objectives: `{ byObjective: { NAME: … } }`. */
  readonly optimizer: Optimizers;
  /** How many images a batch may have. The usual size first: memory is laid out for it. */
  readonly batchSizes: readonly number[];
  /** State to start from; slots are taken where `optimizer` is there, else they are fresh. The weights are drawn where absent. */
  readonly from?: { readonly model: Tensors; readonly optimizer?: Tensors } | undefined;
  /** Of the weights that are drawn: 0 to 2³²−1. */
  readonly seed: number;
  /** Steps may have several batches, whose gradients are averaged. Default false. */
  readonly accumulates?: boolean;
  /**
   * What is done with a step's gradient before it is clipped and applied: all parameters' in one flat array, changed in place. Several
   * processes sum it here. Not called in a step that ends with a figure that is not finite.
   */
  readonly reduce?: ((gradient: Numbers) => void | Promise<void>) | undefined;
  /** Told what has to be drawn anew for each batch before anything is compiled, so that batches can be begun meanwhile. */
  readonly onRandomInputs?: ((randomInputs: readonly RandomInput[]) => void) | undefined;
}

/**
 * Opens a session with a model's state and compiles its training step: one program where nothing stands between gradient
 * and update, else two.
 * @throws UserError if the model refuses a batch of one of the sizes, or `from` does not fit the model
 */
export async function openTrainer(options: TrainerOptions): Promise<Trainer> {
  const { engine, model, optimizer, seed, from, accumulates = false, reduce } = options;
  const objectives = objectiveOptimizers(model, optimizer);
  const isApart = accumulates || reduce !== undefined;
  const entries = modelState(model, seed, optimizer).map((entry) => started(entry, from));
  const session = await engine.open(isApart ? [...entries, ...gradientState(model, optimizer)] : entries);
  try {
    const scalars = scalarInputs(objectives);
    const { set, taken, programs, firstPart } = isApart
      ? await stepsApart(session, options)
      : await stepsFused(session, options);
    const [usual] = programs.values();
    if (usual === undefined) throw new InternalError("a trainer was opened for no batch size");
    const figures = Object.keys(usual.outputs);

    const average = averageOf(objectives);
    const averaging = average === undefined ? undefined : await session.compile(averageProgram(model));
    const rate = new Float32Array(1);
    const averageInputs = (step: number): Inputs => {
      rate[0] = averageRate(average ?? 0, step);
      return { "average.rate": rate };
    };
    const hasRefresh = objectives.some(({ optimizer: { refresh: does } }) => does !== undefined);
    const refresh = async (step: number): Promise<void> => {
      for (const objective of objectives) await refreshSlots(session, objective, step);
    };
    const take = (batch: TrainingBatch, number: number): Promise<Outputs> => {
      if (number > 0 && !accumulates) throw new InternalError("a step of several batches on a trainer that takes one");
      return set.run(batch, number, scalars.inputs);
    };
    return {
      session,
      figures,
      randomInputs: randomInputsOf(programs),
      async step(batches, moment) {
        scalars.fill(moment);
        const done: { count: number; figures: Record<string, number> }[] = [];
        for (const batch of batches) {
          const outputs = await take(batch, done.length);
          const found: Record<string, number> = {};
          let isWhole = true;
          for (const name of figures) {
            const value = outputs[name]?.[0] ?? Number.NaN;
            found[name] = value;
            isWhole &&= Number.isFinite(value);
          }
          done.push({ count: batch.count, figures: found });
          if (!isWhole) return { batches: done, isFinite: false };
        }
        if (done.length === 0) throw new InternalError("a step of no batch");
        if (reduce !== undefined) await session.changeGradients(reduce);
        // Nothing is waited for that is not there: small steps take a few milliseconds.
        if (taken !== undefined) await taken.run(scalars.inputs);
        if (hasRefresh) await refresh(moment.step);
        if (averaging !== undefined) await averaging.run(averageInputs(moment.step));
        return { batches: done, isFinite: true };
      },
      save: () => savedState(session, entries, model),
      async nonFiniteOrigin(batches, moment, number) {
        scalars.fill(moment);
        let at = 0;
        for (const batch of batches) {
          if (at === number) {
            const program = known(programs.get(batch.count), batch.count);
            return await nonFiniteOrigin(session, program, set.inputsOf(batch, scalars.inputs));
          }
          await take(batch, at++);
        }
        return undefined;
      },
      async profile(batch, moment) {
        scalars.fill(moment);
        const gradient = await set.executable(batch.count, firstPart).profile?.(set.inputsOf(batch, scalars.inputs));
        if (gradient === undefined) return undefined;
        if (reduce !== undefined) await session.changeGradients(reduce);
        const update = await taken?.profile?.(scalars.inputs);
        await refresh(moment.step);
        const averaged = await averaging?.profile?.(averageInputs(moment.step));
        return [...gradient, ...(update ?? []), ...(averaged ?? [])];
      },
      dispose: () => session.dispose(),
    };
  } catch (error) {
    session.dispose();
    throw error;
  }
}

/** What runs on a batch. */
interface BatchSteps {
  run(batch: TrainingBatch, number: number, scalars: Inputs): Promise<Outputs>;
  inputsOf(batch: TrainingBatch, scalars: Inputs): Inputs;
  executable(count: number, part: PartOfStep): Executable;
}

interface CompiledSteps {
  readonly set: BatchSteps;
  /** Ends a step whose gradient is complete; absent where the batch's program has done it. */
  readonly taken?: Executable;
  /** By batch size, the usual one first. */
  readonly programs: ReadonlyMap<number, Program>;
  readonly firstPart: PartOfStep;
}

/** One program does it all, for it is the fastest. */
async function stepsFused(session: Session, options: TrainerOptions): Promise<CompiledSteps> {
  const programs = new Map(
    options.batchSizes.map((batchSize) => [batchSize, trainingProgram({ ...options, batchSize })]),
  );
  options.onRandomInputs?.(randomInputsOf(programs));
  const executables = new Map<number, Executable>();
  for (const [batchSize, program] of programs) executables.set(batchSize, await session.compile(program));
  const executable = (count: number): Executable => known(executables.get(count), count);
  // One object for all steps, whose arrays are those of the batch.
  const all: Record<string, Numbers> = {};
  const inputsOf = ({ inputs }: TrainingBatch, scalars: Inputs): Inputs => Object.assign(all, scalars, inputs);
  return {
    set: { run: (batch, _, scalars) => executable(batch.count).run(inputsOf(batch, scalars)), inputsOf, executable },
    programs,
    firstPart: "whole",
  };
}

/** A program leaves the gradient in the session, another applies it. */
async function stepsApart(session: Session, options: TrainerOptions): Promise<CompiledSteps> {
  const { batchSizes, accumulates = false } = options;
  const firstPart = accumulates ? "first" : "whole";
  const programOf = (batchSize: number, part: PartOfStep): Program => gradientProgram({ ...options, batchSize, part });
  const programs = new Map(batchSizes.map((batchSize) => [batchSize, programOf(batchSize, firstPart)]));
  const [usual, ...others] = programs;
  if (usual === undefined) throw new InternalError("a trainer was opened for no batch size");
  const [usualSize, usualProgram] = usual;
  const apply = applyProgram({ ...options, batchSize: usualSize });
  options.onRandomInputs?.(randomInputsOf(programs));
  const [gradient, taken] = await session.compileTogether([usualProgram, apply]);
  if (gradient === undefined || taken === undefined) throw new InternalError("programs were lost in compiling");
  const keyOf = (count: number, part: PartOfStep): string => `${count} ${part}`;
  const executables = new Map([[keyOf(usualSize, firstPart), gradient]]);
  for (const [batchSize, program] of others)
    executables.set(keyOf(batchSize, firstPart), await session.compile(program));
  // Compiled now, so that what memory does not suffice for is known before the first step.
  for (const batchSize of accumulates ? batchSizes : []) {
    executables.set(keyOf(batchSize, "further"), await session.compile(programOf(batchSize, "further")));
  }
  const share = new Float32Array(1);
  const inputsOf = ({ inputs, share: own = 1 }: TrainingBatch): Inputs => {
    share[0] = own;
    return accumulates ? { ...inputs, "gradient.share": share } : inputs;
  };
  const executable = (count: number, part: PartOfStep): Executable => known(executables.get(keyOf(count, part)), count);
  return {
    set: {
      run: (batch, number) => executable(batch.count, number === 0 ? firstPart : "further").run(inputsOf(batch)),
      inputsOf,
      executable,
    },
    taken,
    programs,
    firstPart,
  };
}

/** Of the usual program. */
function randomInputsOf(programs: ReadonlyMap<number, Program>): readonly RandomInput[] {
  const [usual] = programs.values();
  return usual?.randomInputs ?? [];
}

function known<Some>(of: Some | undefined, count: number): Some {
  if (of === undefined) throw new InternalError(`the trainer was not opened for batches of ${count} images`);
  return of;
}

/** The optimizers' scalars as inputs; the arrays are the same at every step. */
function scalarInputs(objectives: readonly ObjectiveOptimizer[]) {
  const inputs: Record<string, Float32Array> = {};
  return {
    inputs,
    fill({ step, learningRate }: StepMoment): void {
      for (const { objective, optimizer, options, scalarName } of objectives) {
        const own = typeof learningRate === "number" ? learningRate : learningRate[objective];
        if (own === undefined) {
          throw new UserError(`the objective ${objective} was given no learning rate`, { at: "learningRate" });
        }
        for (const [name, value] of Object.entries(optimizer.scalars(options, step, own))) {
          const input = scalarName(name);
          inputs[input] ??= new Float32Array(1);
          inputs[input].fill(value);
        }
      }
    },
  };
}

/** What an optimizer does to its slots between steps. */
async function refreshSlots(
  session: Session,
  { optimizer, options, parameters }: ObjectiveOptimizer,
  step: number,
): Promise<void> {
  if (optimizer.refresh === undefined) return;
  for (const { name, shape } of parameters) {
    const nameOf = (slot: string) => slotName(optimizer.name, slot, name);
    const changed = optimizer.refresh(options, shape, step, (slot) => session.read(nameOf(slot)));
    // Most steps change nothing, and need not wait for it.
    if (changed === undefined) continue;
    for (const [slot, values] of Object.entries(await changed)) await session.write(nameOf(slot), values);
  }
}

/** A state entry with its saved values, where there are some. */
function started(entry: StateEntry, from: TrainerOptions["from"]): StateEntry {
  const tensors = entry.kind === "slot" ? from?.optimizer : from?.model;
  // An average that begins with this session begins at the weights.
  const saved = tensors?.[entry.name] ?? tensors?.[withoutAverage(entry.name)];
  if (saved === undefined) {
    if (tensors !== undefined) throw unfitting(entry, "is missing");
    return entry;
  }
  if (!sameShape(saved.shape, entry.shape)) throw unfitting(entry, `is ${listText(saved.shape)}`);
  return { ...entry, values: numbers(saved.data) };
}

/** The session's whole state as tensors: float32, or float64 where the engine computes in it, so that nothing is lost. */
async function savedState(session: Session, entries: readonly StateEntry[], model: Model): Promise<SavedState> {
  const counts = model.buffers.filter(({ written }) => written === "int64").map(({ name }) => name);
  const whole = new Set([...counts, ...counts.map(averageName)]);
  const tensors = async (wanted: (entry: StateEntry) => boolean): Promise<Tensors> => {
    const found: Record<string, Tensors[string]> = {};
    for (const { name, shape } of entries.filter(wanted)) {
      const data = await session.read(name);
      if (whole.has(name)) {
        found[name] = { dtype: "I64", shape, data: BigInt64Array.from(data, (value) => BigInt(Math.round(value))) };
      } else if (data instanceof Float64Array) found[name] = { dtype: "F64", shape, data };
      else found[name] = { dtype: "F32", shape, data };
    }
    return found;
  };
  return {
    model: await tensors(({ kind }) => kind !== "slot"),
    optimizer: await tensors(({ kind }) => kind === "slot"),
  };
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

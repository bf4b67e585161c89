// A phase made ready on an engine: its trainer, its figures of whole splits, its schedule, and what a batch of the data is to a step.
import { InternalError } from "../base/errors.js";
import type { Batch } from "../data/batches.js";
import type { OpenSource } from "../data/define.js";
import { imagesPerEpoch } from "../data/sampling.js";
import type { Engine, Inputs } from "../engines/engine.js";
import { stepsPerEpoch as stepsOf, writtenSteps } from "../experiment/epochs.js";
import type { ResolvedExperiment, ResolvedPhase } from "../experiment/resolved.js";
import type { Tensors } from "../formats/safetensors.js";
import { type ConfiguredSchedule, learningRateAt } from "../nn/schedules/index.js";
import { type Evaluator, evaluator } from "./evaluate.js";
import { openTrainer, type Trainer, type TrainerOptions } from "./trainer.js";

export interface ReadyPhase {
  readonly trainer: Trainer;
  readonly schedule: ConfiguredSchedule;
  readonly evaluate: Evaluator;
  /** The schedule's learning rate. @param step of the schedule, as `scheduleStep` gives it */
  learningRate(step: number, memory: Readonly<Record<string, number>>): number;
  /** The arrays of a batch that the training program takes, by name. */
  batchInputs(batch: Batch): Inputs;
}

/**
 * Opens a session for a phase and compiles its training step.
 * @param from state to start from; slots are taken where they are in it, else they are fresh
 * @throws UserError if the model does not fit a batch
 */
export async function openPhase(options: {
  readonly resolved: ResolvedExperiment;
  /** One of its phases. */
  readonly phase: ResolvedPhase;
  readonly source: OpenSource;
  readonly engine: Engine;
  readonly from?: { readonly model: Tensors; readonly optimizer?: Tensors } | undefined;
  /** As the trainer's. */
  readonly onRandomInputs?: TrainerOptions["onRandomInputs"];
}): Promise<ReadyPhase> {
  const { source, engine, from } = options;
  const { experiment, model, loss, metrics } = options.resolved;
  const { phase, schedule, optimizer } = options.phase;
  const images = imagesPerEpoch(source.splits.train, phase.sample);
  const lastCount = images % phase.batchSize;
  const trainer = await openTrainer({
    engine,
    model,
    loss,
    metrics,
    optimizer,
    batchSizes: lastCount === 0 ? [phase.batchSize] : [phase.batchSize, lastCount],
    from,
    seed: experiment.seed,
    accumulates: phase.accumulate > 1,
    onRandomInputs: options.onRandomInputs,
  });
  const stepsPerEpoch = stepsOf(phase, images);
  const moment = { steps: writtenSteps(phase, stepsPerEpoch), stepsPerEpoch };
  return {
    trainer,
    schedule,
    evaluate: evaluator({
      session: trainer.session,
      model,
      loss,
      metrics,
      seed: experiment.evaluationSeed,
      average: optimizer.options.average !== undefined,
      corrupt: phase.corrupt,
    }),
    learningRate: (step, memory) =>
      learningRateAt(schedule, { ...moment, step }, optimizer.options.learningRate, memory),
    batchInputs({ random, input, target, label }) {
      const compared = model.compares === "pictures" ? { input, target } : { input };
      if (model.classes === undefined) return { ...random, ...compared };
      if (label === undefined) throw new InternalError("a model of labels was handed a batch without them");
      return { ...random, ...compared, label };
    },
  };
}

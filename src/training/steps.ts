// The batches that the steps of a phase are made of.
import { type BatchStream, openBatches } from "../data/batches.js";
import type { BatchStart } from "../data/batchRing.js";
import type { OpenSource } from "../data/define.js";
import type { ResolvedExperiment } from "../experiment/resolved.js";
import type { Phase } from "../experiment/schema.js";
import type { ReadyPhase } from "./phase.js";
import type { PlannedPhase } from "./plan.js";
import type { TrainingBatch } from "./trainer.js";

/** Where batches come from. */
export interface BatchSource {
  readonly resolved: Pick<ResolvedExperiment, "experiment">;
  readonly source: OpenSource;
  /** Threads that make batches; see `usualDataThreads`. */
  readonly dataThreads?: number | undefined;
}

export function openPhaseBatches(
  { resolved, source, dataThreads }: BatchSource,
  { index, phase }: PlannedPhase,
  { trainer: { randomInputs } }: Pick<ReadyPhase, "trainer">,
  start: BatchStart,
): BatchStream {
  return openBatches({
    set: source.splits.train,
    sample: phase.sample,
    batchSize: phase.batchSize,
    augment: phase.augment,
    corrupt: phase.corrupt,
    seed: resolved.experiment.seed,
    randomInputs,
    start,
    threads: dataThreads,
    at: `phases[${index}]`,
  });
}

/** What a step takes of its epoch's images, batch by batch; each is given back to the stream when the next is asked for. */
export function* batchesOfStep(
  stream: Pick<BatchStream, "next">,
  ready: Pick<ReadyPhase, "batchInputs">,
  { batchSize, accumulate }: Phase,
  /** Of the epoch. */
  images: number,
  stepInEpoch: number,
  /** Hears how long the stream was waited for. */
  onBatch: (waitSeconds: number) => void = () => {},
): Generator<TrainingBatch> {
  const first = stepInEpoch * accumulate * batchSize;
  const end = Math.min(images, first + accumulate * batchSize);
  for (let at = first; at < end; at += batchSize) {
    const batch = stream.next();
    onBatch(batch.waitSeconds);
    try {
      yield { count: batch.count, inputs: ready.batchInputs(batch), share: batch.count / (end - first) };
    } finally {
      batch.release();
    }
  }
}

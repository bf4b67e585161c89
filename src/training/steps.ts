// The batches that the steps of a phase are made of.
import { type BatchStream, openBatches } from "../data/batches.js";
import type { BatchStart } from "../data/batchRing.js";
import type { OpenSource } from "../data/define.js";
import type { ResolvedExperiment } from "../experiment/resolved.js";
import type { Phase } from "../experiment/schema.js";
import type { PartOfStep, ReadyPhase } from "./phase.js";
import type { PlannedPhase } from "./plan.js";

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
  { randomInputs }: ReadyPhase,
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

export interface Part extends PartOfStep {
  readonly endsStep: boolean;
}

/** The batches of a step, as parts of its images. */
export function partsOfStep({ batchSize, accumulate }: Phase, images: number, stepInEpoch: number): readonly Part[] {
  const first = stepInEpoch * accumulate * batchSize;
  const end = Math.min(images, first + accumulate * batchSize);
  const parts: Part[] = [];
  for (let at = first; at < end; at += batchSize) {
    const count = Math.min(batchSize, end - at);
    parts.push({ isFirst: at === first, endsStep: at + count === end, share: count / (end - first) });
  }
  return parts;
}

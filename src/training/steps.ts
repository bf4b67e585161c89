// The steps of a phase: its trainer and the stream of batches that steps are made of, begun together.
import { InternalError } from "../base/errors.js";
import { type BatchStream, openBatches } from "../data/batches.js";
import type { BatchStart } from "../data/batchRing.js";
import type { OpenSource } from "../data/define.js";
import type { Engine } from "../engines/engine.js";
import type { ResolvedExperiment } from "../experiment/resolved.js";
import type { Phase } from "../experiment/schema.js";
import type { RandomInput } from "../tensor/index.js";
import { openPhase, type ReadyPhase } from "./phase.js";
import type { PlannedPhase } from "./plan.js";
import type { SavedState, TrainingBatch } from "./trainer.js";

/** Where batches come from. */
export interface BatchSource {
  readonly resolved: Pick<ResolvedExperiment, "experiment">;
  readonly source: OpenSource;
  /** Threads that make batches; see `usualDataThreads`. */
  readonly dataThreads?: number | undefined;
}

/** A phase made ready, and its batches. */
export interface OpenSteps {
  /** On the engine that it was last moved to. */
  readonly ready: ReadyPhase;
  readonly stream: BatchStream;
  /** Goes on in a session of another engine, from a state of the phase; what it held before is given back. */
  moveTo(engine: Engine, from: SavedState): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a phase on an engine and begins to make its batches while it compiles.
 * @param from state to start from, as `openPhase`
 * @param start the first batch
 */
export async function openSteps(
  options: BatchSource & Pick<Parameters<typeof openPhase>[0], "resolved" | "engine">,
  planned: PlannedPhase,
  from: Parameters<typeof openPhase>[0]["from"],
  start: BatchStart,
): Promise<OpenSteps> {
  const { resolved, source, engine } = options;
  const begun: BatchStream[] = [];
  try {
    const phase = { resolved, phase: planned.resolved, source };
    let ready = await openPhase({
      ...{ ...phase, engine, from },
      onRandomInputs: (randomInputs) => begun.push(openPhaseBatches(options, planned, randomInputs, start)),
    });
    const [stream] = begun;
    if (stream === undefined) throw new InternalError("a phase was opened without batches");
    return {
      get ready() {
        return ready;
      },
      stream,
      async moveTo(other, state) {
        // First the old one: two sessions may be more than the memory holds.
        ready.trainer.dispose();
        ready = await openPhase({ ...phase, engine: other, from: state });
      },
      async close() {
        await stream.close();
        ready.trainer.dispose();
      },
    };
  } catch (error) {
    for (const stream of begun) await stream.close();
    throw error;
  }
}

function openPhaseBatches(
  { resolved, source, dataThreads }: BatchSource,
  { index, phase }: PlannedPhase,
  randomInputs: readonly RandomInput[],
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

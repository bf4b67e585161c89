// Figures of a whole split in inference mode.
import type { ImageSet } from "../data/define.js";
import { type SequentialBatches, sequentialBatches } from "../data/sequentialBatches.js";
import type { Executable, Session } from "../engines/engine.js";
import type { Loss } from "../nn/losses/define.js";
import type { Metric } from "../nn/metrics/define.js";
import type { Model } from "../nn/models/define.js";
import { evaluationProgram } from "../nn/programs.js";
import type { Figures } from "../runs/records.js";

/** Means over all images of a set. */
export type Evaluator = (set: ImageSet) => Promise<Figures>;

/** Programs are compiled when first needed and belong to the session; buffers are kept for the next time. */
export function evaluator(options: {
  readonly session: Session;
  readonly model: Model;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
}): Evaluator {
  const executables = new Map<number, Promise<Executable>>();
  const buffers = new Map<ImageSet, SequentialBatches>();
  const executableFor = (batchSize: number): Promise<Executable> => {
    const known = executables.get(batchSize) ?? options.session.compile(evaluationProgram({ ...options, batchSize }));
    executables.set(batchSize, known);
    return known;
  };
  return async (set) => {
    const batches = buffers.get(set) ?? sequentialBatches(set, evaluationBatchSize(set.count));
    buffers.set(set, batches);
    const sums: Record<string, number> = {};
    for (let start = 0; start < set.count; ) {
      const count = batches.fill(start);
      const images = batches.view(count);
      const outputs = await (await executableFor(count)).run({ input: images, target: images });
      for (const name in outputs) sums[name] = (sums[name] ?? 0) + (outputs[name]?.[0] ?? Number.NaN) * count;
      start += count;
    }
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / set.count]));
  };
}

const largest = 125;
const smallest = 60;

/** A batch size near 125 that divides the count where there is one, so that one program does it; small enough for caches. */
export function evaluationBatchSize(count: number): number {
  if (count <= largest) return Math.max(1, count);
  for (let size = largest; size >= smallest; size--) if (count % size === 0) return size;
  return largest;
}

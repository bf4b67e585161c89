// Figures of a whole split in inference mode.
import { InternalError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import type { ImageSet } from "../data/define.js";
import { type SequentialBatches, sequentialBatches } from "../data/sequentialBatches.js";
import { evaluationBatchSize, executablesByBatchSize } from "../engines/byBatchSize.js";
import type { Inputs, Session } from "../engines/engine.js";
import type { Loss } from "../nn/losses/define.js";
import type { Metric } from "../nn/metrics/define.js";
import type { Model } from "../nn/models/define.js";
import { evaluationProgram } from "../nn/programs.js";
import type { Figures } from "../runs/records.js";
import { type RandomInput, sizeOf } from "../tensor/index.js";

/** Means over all images of a set. */
export type Evaluator = (set: ImageSet) => Promise<Figures>;

/**
 * Programs are compiled when first needed and belong to the session; buffers are kept for the next time.
 * What a model samples in evaluation is drawn by (seed, latent, image), so that runs of other training seeds face the same draws.
 */
export function evaluator(options: {
  readonly session: Session;
  readonly model: Model;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
  /** The experiment's evaluation seed. */
  readonly seed: number;
  /** Measure the moving average of the weights instead of the weights. */
  readonly average: boolean;
  /** What corrupts the inputs, drawn by (seed, corrupt, image): the same in every epoch and for every training seed. */
  readonly corrupt?: readonly unknown[];
  /** Awaited before each batch, so that others get the thread; throws to end it. */
  readonly before?: () => Promise<void>;
}): Evaluator {
  const { corrupt = [], seed, model } = options;
  const executableFor = executablesByBatchSize(options.session, (batchSize) =>
    evaluationProgram({ ...options, batchSize }),
  );
  const buffers = new Map<ImageSet, SequentialBatches>();
  return async (set) => {
    const batches = buffers.get(set) ?? sequentialBatches(set, evaluationBatchSize(set.count), { corrupt, seed });
    buffers.set(set, batches);
    const sums: Record<string, number> = {};
    for (let start = 0; start < set.count; ) {
      await options.before?.();
      const count = batches.fill(start);
      const { executable, program } = await executableFor(count);
      const random = imageDraws(program.randomInputs, seed, set.indices.subarray(start, start + count));
      const wanted = {
        ...(model.compares === "pictures" ? { target: batches.view(count) } : {}),
        ...(model.classes === undefined ? {} : { label: labelsOf(set, start, count) }),
      };
      const outputs = await executable.run({ ...random, input: batches.input(count), ...wanted });
      // The program's order, which is the records': engines give their outputs in orders of their own.
      for (const name of Object.keys(program.outputs))
        sums[name] = (sums[name] ?? 0) + (outputs[name]?.[0] ?? Number.NaN) * count;
      start += count;
    }
    return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / set.count]));
  };
}

function labelsOf({ labels }: ImageSet, start: number, count: number): Float32Array {
  if (labels === undefined) throw new InternalError("a model of labels was to be evaluated on images without them");
  return Float32Array.from(labels.subarray(start, start + count));
}

/** Standard normals for each image: its own for each random input, whatever batch it is in. */
function imageDraws(randomInputs: readonly RandomInput[], seed: number, images: Uint32Array): Inputs {
  return Object.fromEntries(
    randomInputs.map(({ name, shape }, number) => {
      const size = sizeOf(shape.slice(1));
      const values = new Float32Array(images.length * size);
      images.forEach((image, i) => {
        const random = randomSequence(seed, "latent", number, image);
        for (let j = 0; j < size; j++) values[i * size + j] = random.normal();
      });
      return [name, values];
    }),
  );
}

// The classifier of two dense layers on codes, trained by this project's own training step.
import { InternalError } from "../base/errors.js";
import { randomOrder } from "../base/random.js";
import { pause } from "../base/turns.js";
import { executablesByBatchSize } from "../engines/byBatchSize.js";
import type { Engine } from "../engines/engine.js";
import { classifier, encodeProgram, learningRateAt, readLoss, readOptimizer, readSchedule } from "../nn/index.js";
import { openTrainer } from "../training/trainer.js";
import type { LabelledCodes } from "./codes.js";
import { largestOfRows } from "./confusion.js";

export interface TwoLayerOptions {
  readonly classes: number;
  readonly hidden: number;
  /** `sigmoid` puts a sigmoid before the cross-entropy, which expects logits: the form that held published figures down. */
  readonly form: "logits" | "sigmoid";
  readonly epochs: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

const batchSize = 128;
const learningRate = 0.002;
const largestBatch = 1000;

/**
 * width → hidden (ReLU) → classes, cross-entropy, Adam from 0.002 to 0 along a cosine, batches of 128 in an order keyed by
 * (seed, shuffle, epoch). The last, smaller batch counts like any other.
 * @returns predictions for each of `asked`
 */
export async function twoLayerPredictions(
  engine: Engine,
  train: LabelledCodes,
  asked: readonly LabelledCodes[],
  { classes, hidden, form, epochs, seed, signal }: TwoLayerOptions,
): Promise<readonly Uint16Array[]> {
  const { width, count } = train;
  const model = classifier({
    input: [width, 1, 1],
    encoder: ["flatten", { dense: hidden }, "relu", { dense: classes }, ...(form === "sigmoid" ? ["sigmoid"] : [])],
  });
  const schedule = readSchedule("cosine", "schedule");
  const lastCount = count % batchSize;
  const trainer = await openTrainer({
    engine,
    model,
    loss: readLoss("crossEntropy"),
    metrics: [],
    optimizer: readOptimizer({ adam: { learningRate } }),
    // Without a code it stays as it was drawn.
    batchSizes: [...(count > 0 && count < batchSize ? [] : [batchSize]), ...(lastCount === 0 ? [] : [lastCount])],
    seed,
  });
  try {
    const stepsPerEpoch = Math.ceil(count / batchSize);
    const input = new Float32Array(batchSize * width);
    const label = new Float32Array(batchSize);
    for (let epoch = 0, step = 0; epoch < epochs; epoch++) {
      const order = randomOrder(count, seed, "shuffle", epoch + 1);
      for (let first = 0; first < count; first += batchSize, step++) {
        await pause(signal);
        const size = Math.min(batchSize, count - first);
        for (let i = 0; i < size; i++) {
          const place = order[first + i] as number;
          input.set(train.codes.subarray(place * width, (place + 1) * width), i * width);
          label[i] = train.labels[place] as number;
        }
        const moment = { step, steps: epochs * stepsPerEpoch, stepsPerEpoch };
        const inputs = { input: input.subarray(0, size * width), label: label.subarray(0, size) };
        await trainer.step([{ count: size, inputs }], {
          step: step + 1,
          learningRate: learningRateAt(schedule, moment, learningRate, {}),
        });
      }
    }
    const predictions: Uint16Array[] = [];
    const asking = executablesByBatchSize(trainer.session, (size) => encodeProgram(model, size));
    for (const { codes, count: images } of asked) {
      const found = new Uint16Array(images);
      for (let first = 0; first < images; first += largestBatch) {
        await pause(signal);
        const size = Math.min(largestBatch, images - first);
        const { executable } = await asking(size);
        const { code } = await executable.run({ input: codes.subarray(first * width, (first + size) * width) });
        if (code === undefined) throw new InternalError("the classifier gave no logits");
        found.set(largestOfRows(code, classes), first);
      }
      predictions.push(found);
    }
    return predictions;
  } finally {
    trainer.dispose();
  }
}

// What a page does with an experiment: read it, train a step, open what was trained, encode. Bundled and run by bundle.test.ts.

import { UserError } from "../../src/base/errors.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { readExperiment, resolve } from "../../src/experiment/index.js";
import { openModel, pictureModel, trainedState } from "../../src/inference/index.js";
import { openTrainer } from "../../src/training/trainer.js";

export interface PageWork {
  /** Each figure of the step, before it. */
  readonly figures: Readonly<Record<string, number>>;
  /** [image, …code], after the step. */
  readonly codes: readonly number[];
  /** [image, channel, height, width], after the step. */
  readonly reconstruction: readonly number[];
}

/**
 * One step of an experiment's first phase on images that are computed, and what the model makes of them then.
 * @param text the experiment's file
 */
export async function work(text: string): Promise<PageWork> {
  const { experiment, model, loss, metrics, phases } = resolve(readExperiment(text, "page.yaml"));
  const [first] = phases;
  if (first === undefined) throw new UserError("an experiment without a phase", { at: "page.yaml" });
  const count = first.phase.batchSize;
  const size = model.inputShape.reduce((product, length) => product * length, 1);
  const images = Float32Array.from({ length: count * size }, (_, i) => ((i * 7919) % 256) / 255);

  const engine = referenceEngine();
  const trainer = await openTrainer({
    ...{ engine, model, loss, metrics, optimizer: first.optimizer, batchSizes: [count], seed: experiment.seed },
  });
  const batch = { count, inputs: { input: images, target: images } };
  const { batches } = await trainer.step([batch], { step: 1, learningRate: 0.01 });
  const saved = await trainer.save();
  trainer.dispose();

  const opened = await openModel({
    ...{ engine, model: pictureModel(model, experiment.loss), state: trainedState(model, saved.model, "page.yaml") },
  });
  const codes = await opened.encode(images);
  const reconstruction = (await opened.reconstruct?.(images)) ?? [];
  opened.dispose();
  return { figures: batches[0]?.figures ?? {}, codes: [...codes], reconstruction: [...reconstruction] };
}

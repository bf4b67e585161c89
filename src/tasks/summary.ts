// The layers of a model, with output shapes and parameters.
import { z } from "zod";
import type { ReadExperiment, ResolvedExperiment } from "../experiment/index.js";
import type { SummaryRow } from "../nn/index.js";
import { defineTask } from "./define.js";
import { resolveExperiment } from "./experiment.js";
import { experimentOptions } from "./experimentOptions.js";
import { expectRunPaths } from "./readTraining.js";

export interface ModelSummary {
  readonly name: string;
  /** The table as text. */
  readonly text: string;
  /** Without the batch: [channel, height, width]. */
  readonly inputShape: readonly number[];
  readonly codeShape: readonly number[];
  readonly layers: readonly SummaryRow[];
  readonly parameters: number;
  readonly trainable: number;
}

export const summary = defineTask({
  name: "summary",
  summary: "Show a model's layers, output shapes and parameters.",
  options: z.strictObject(experimentOptions),
  /** @throws UserError where there is no such experiment, or a layer does not fit */
  async run(options): Promise<ModelSummary> {
    const { read, run } = resolveExperiment(options);
    // Only then are pictures looked at.
    if (read.model === undefined) expectRunPaths(run, read, options);
    const { experiment, model } = await resolveWithData(read);
    const { summaryText } = await import("../nn/index.js");
    return {
      name: experiment.name,
      text: summaryText(model),
      inputShape: model.inputShape,
      codeShape: model.codeShape,
      layers: model.rows,
      parameters: model.rows.reduce((sum, { parameters }) => sum + parameters, 0),
      trainable: model.rows.reduce((sum, { trainable }) => sum + trainable, 0),
    };
  },
});

/** The experiment with its model. Only where the model does not say what it takes, and a look does not tell it, is the data opened. */
export async function resolveWithData(read: ReadExperiment): Promise<ResolvedExperiment> {
  const { meetByLook, meetOpened, resolve } = await import("../experiment/index.js");
  if (read.model !== undefined) return resolve(read);
  const { sourceOf } = await import("../data/sources/index.js");
  const source = sourceOf(read.source);
  const met = (await meetByLook(read, source)) ?? meetOpened(read, (await source.open()).splits.train.shape);
  return met.resolved;
}

// The layers of a model, with output shapes and parameters.
import { z } from "zod";
import type { SummaryRow } from "../nn/index.js";
import { defineTask } from "./define.js";
import { experimentOptions, resolveExperiment } from "./experiment.js";

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
    const { experiment } = resolveExperiment(options);
    const { experimentModel } = await import("../experiment/index.js");
    const { summaryText } = await import("../nn/index.js");
    const model = experimentModel(experiment, await shapeOfData(experiment));
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

/** The pictures' shape, where the model does not say what it takes: only then is the data opened. */
export async function shapeOfData({ model, data }: ReturnType<typeof resolveExperiment>["experiment"]) {
  if (model.input !== undefined) return undefined;
  const { readSource } = await import("../data/sources/index.js");
  return (await readSource(data, "data").open()).splits.train.shape;
}

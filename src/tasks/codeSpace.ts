// A run opened to look at its codes: its model, which must have a decoder, and the pictures that it was trained on.
import { UserError } from "../base/errors.js";
import type { OpenSource } from "../data/define.js";
import type { EngineChoice } from "../engines/index.js";
import type { TaskContext } from "./define.js";
import { checkpointChoice, openRunModel, type RunModel } from "./runModel.js";

/**
 * As `openRunModel`, from a task's options.
 * @throws UserError also for a classifier's run
 */
export async function openCodeSpace(options: {
  readonly run: string;
  readonly checkpoint: string;
  readonly engine?: EngineChoice | undefined;
  readonly threads?: number | undefined;
}): Promise<RunModel> {
  const { run, engine, threads } = options;
  const model = await openRunModel(run, { checkpoint: checkpointChoice(options.checkpoint), engine, threads });
  if (model.model.spec.kind !== "classifier") return model;
  model.dispose();
  throw new UserError("is a classifier's run: there is no decoder to make pictures of codes", {
    at: run,
    hint: "Name the run of an autoencoder.",
  });
}

/** The pictures that the run was trained on. */
export async function openData(
  { experiment }: Pick<RunModel, "experiment">,
  { report }: Pick<TaskContext, "report">,
): Promise<OpenSource> {
  report({ done: 0, of: 1, what: "opening the data" });
  const { readSource } = await import("../data/sources/index.js");
  return await readSource(experiment.data, "data").open({ progress: report });
}

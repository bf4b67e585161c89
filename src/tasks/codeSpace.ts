// A run opened to look at its codes: its model, which must have a decoder, and the pictures that it was trained on.
import type { OpenSource } from "../data/define.js";
import { expectPathsAllowed } from "../data/ownRuns.js";
import type { EngineChoice } from "../engines/index.js";
import { parseYaml } from "../experiment/index.js";
import { type Decoding, withDecoder } from "../inference/index.js";
import type { TaskContext } from "./define.js";
import { checkpointChoice, openRunModel, type RunModel } from "./runModel.js";

/**
 * As `openRunModel`, from a task's options.
 * @throws UserError also for a run without a decoder
 */
export async function openCodeSpace(options: {
  readonly run: string;
  readonly checkpoint: string;
  readonly engine?: EngineChoice | undefined;
  readonly threads?: number | undefined;
}): Promise<RunModel & Decoding> {
  const { run, engine, threads } = options;
  return withDecoder(
    await openRunModel(run, { checkpoint: checkpointChoice(options.checkpoint), engine, threads }),
    run,
  );
}

/** The pictures of a source that a person names, or those that the run was trained on. */
export async function openPictures(
  model: Pick<RunModel, "experiment" | "run">,
  data: string | undefined,
  context: Pick<TaskContext, "report">,
): Promise<OpenSource> {
  if (data === undefined) return await openData(model, context);
  context.report({ done: 0, of: 1, what: "opening the data" });
  const { readSource } = await import("../data/sources/index.js");
  return await readSource(parseYaml(data, "--data"), "--data").open({ progress: context.report });
}

/**
 * The pictures that the run was trained on.
 * @throws UserError also where a run from elsewhere names files that nobody has allowed it
 */
export async function openData(
  { experiment, run }: Pick<RunModel, "experiment"> & { readonly run: { readonly path: string } },
  { report }: Pick<TaskContext, "report">,
): Promise<OpenSource> {
  expectPathsAllowed(run.path, { data: experiment.data });
  report({ done: 0, of: 1, what: "opening the data" });
  const { readSource } = await import("../data/sources/index.js");
  return await readSource(experiment.data, "data").open({ progress: report });
}

// A run opened to look at its codes: its model, which must have a decoder, and the pictures that it was trained on.
import { z } from "zod";
import type { OpenSource } from "../data/define.js";
import { fitted } from "../data/fitted.js";
import { expectPathsAllowed } from "../data/ownRuns.js";
import type { EngineChoice } from "../engines/index.js";
import { fitData, fitNote, parseYaml, type Spec } from "../experiment/index.js";
import { type Decoding, withDecoder } from "../inference/index.js";
import { type Shape, sameShape } from "../tensor/index.js";
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

/** Options of tasks that meet other data than the run's own. */
export const otherDataOptions = {
  exact: z
    .boolean()
    .default(false)
    .describe("refuse pictures of another shape than the model takes, instead of resizing them"),
};

/**
 * The pictures of a source that a person names, brought to what the model takes as a training of it would, or those that the run
 * was trained on.
 * @returns `notes` say what was done
 * @throws UserError where they can't be, and with `exact` where they are of another shape
 */
export async function openPictures(
  model: Pick<RunModel, "experiment" | "inputShape" | "run">,
  { data, exact }: { readonly data?: string | undefined; readonly exact: boolean },
  context: Pick<TaskContext, "report">,
): Promise<OpenSource> {
  return data === undefined
    ? await openData(model, context)
    : await openOtherPictures(model.inputShape, { data, exact }, context);
}

/** `openPictures` of a source that is named, for any model. @param at the flag that names it */
export async function openOtherPictures(
  input: Shape,
  { data: text, exact, at = "--data" }: { readonly data: string; readonly exact: boolean; readonly at?: string },
  { report }: Pick<TaskContext, "report">,
): Promise<OpenSource> {
  report({ done: 0, of: 1, what: "opening the data" });
  const { sourceOf } = await import("../data/sources/index.js");
  const { readSourceSpec } = await import("../data/descriptions/index.js");
  const written = parseYaml(text, at) as Spec;
  const read = readSourceSpec(written, at);
  const shapes = exact ? [] : await sourceOf(read).look();
  const [first] = shapes;
  const { data, isFitting } =
    first === undefined ? { data: written, isFitting: true } : fitData({ data: written, source: read }, shapes, input);
  const notes = first === undefined || isFitting ? [] : [fitNote(first, input)];
  const opened = await sourceOf(readSourceSpec(data, at)).open({ progress: report });
  const { shape } = opened.splits.train;
  const late = exact || sameShape(shape, input) ? [] : [fitNote(shape, input)];
  const source = late.length === 0 ? opened : await fitted(opened, input, { progress: report });
  return { ...source, notes: [...notes, ...late, ...(opened.notes ?? [])] };
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

/** `openData` when it is first asked for, and once. */
export function openDataOnce(
  model: Parameters<typeof openData>[0],
  context: Parameters<typeof openData>[1],
): () => Promise<OpenSource> {
  let opened: Promise<OpenSource> | undefined;
  return () => {
    opened ??= openData(model, context);
    return opened;
  };
}

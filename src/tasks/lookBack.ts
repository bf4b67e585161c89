// What a finished training shows: figures beside their baselines, pictures, and files for other programs.
import { join } from "node:path";
import { describeUserError, InternalError, UserError } from "../base/errors.js";
import { type EngineChoice, engineNames, openEngine } from "../engines/index.js";
import { meanImageFigures } from "../evaluation/meanImage.js";
import type { ReadExperiment, ResolvedExperiment } from "../experiment/index.js";
import { withDecoder } from "../inference/index.js";
import { figuresOf } from "../nn/index.js";
import { lowestEpoch } from "../report/figures.js";
import { type RunFolder, readCheckpoint, readEnvironment, readLog } from "../runs/index.js";
import { type OpenTraining, openResolved } from "../training/run.js";
import type { TaskContext } from "./define.js";
import { exportModel } from "./export.js";
import { drawRunPictures } from "./pictures.js";
import { openRunModel, type RunModel } from "./runModel.js";
import type { TrainResult } from "./trainOptions.js";

type Context = Pick<TaskContext, "report" | "onEvent">;

/**
 * Opens a run that was trained to its end but left before its pictures were drawn.
 * @param onModel as in `trainRead`
 * @returns undefined for other runs
 */
export async function openUnseen(
  run: RunFolder,
  read: ReadExperiment,
  onModel: (resolved: ResolvedExperiment) => void,
): Promise<{ readonly step: number; readonly open: OpenTraining } | undefined> {
  const state = readCheckpoint(run, "last")?.state;
  const drawn = read.model?.decode === undefined ? [] : ["reconstructions.png"];
  const pictures = ["curves.svg", "curves.png", ...drawn].map((name) => join(run.path, "images", name));
  if (state?.finished !== true || pictures.every((file) => run.files.exists(file))) return undefined;
  const { resolved, source } = await openResolved(read, { emit: () => {} }, { onModel, exact: true });
  const { name, threads } = readEnvironment(run).engine;
  const choice: EngineChoice = engineNames.find((known) => known === name) ?? "auto";
  return { step: state.step, open: { run, resolved, source, engine: await openEngine(choice, { threads }) } };
}

/** Figures beside their baselines, and pictures, of a run that is done. */
export async function lookBack(open: OpenTraining, context: Context): Promise<Partial<TrainResult>> {
  const { report } = context;
  const { run, resolved, source } = open;
  const { splits } = source;
  const records = readLog(run, "metrics.jsonl");
  const last = records.at(-1);
  if (last === undefined) return {};
  const lowest = Object.fromEntries(
    Object.keys(last.test).map((name) => {
      const { epoch, test } = lowestEpoch(records, name) ?? last;
      return [name, { epoch, value: test[name] ?? Number.NaN }];
    }),
  );
  report({ done: 0, of: 3, what: "measuring the mean image" });
  const figures = figuresOf(resolved.model, resolved.loss, resolved.metrics);
  const makesPictures = resolved.model.decode !== undefined;
  const baselines = makesPictures
    ? { baselines: { meanImage: { ...(await meanImageFigures(splits.train, splits.test)) } } }
    : {};

  report({ done: 1, of: 3, what: makesPictures ? "drawing curves and reconstructions" : "drawing curves" });
  if (!makesPictures) return { last, lowest, figures, pictures: await drawRunPictures({ run, resolved, splits }) };
  const model = withDecoder(await openRunModel(run.path, { open }), run.path);
  try {
    const pictures = await drawRunPictures({ run, resolved, splits, model });
    report({ done: 2, of: 3, what: "exporting encoder and decoder" });
    const exports = await exportTrained(model, open, context);
    return { last, lowest, figures, ...baselines, pictures, ...(exports === undefined ? {} : { exports }) };
  } finally {
    model.dispose();
  }
}

/** encoder.onnx and decoder.onnx of a run that is done. What keeps them from being written is a warning: the run is whole. */
async function exportTrained(
  model: RunModel,
  { run, source }: OpenTraining,
  context: Context,
): Promise<readonly string[] | undefined> {
  const warn = (message: string, hint: string): void => context.onEvent?.({ kind: "warning", message, hint });
  const again = `To write them again: isthmus export ${run.path}`;
  try {
    const { files, notes } = await exportModel(model, { format: "onnx", images: source.splits.test, context });
    for (const note of notes) warn(note, again);
    return files;
  } catch (error) {
    if (!(error instanceof UserError) && !(error instanceof InternalError)) throw error;
    warn(error instanceof UserError ? describeUserError(error) : error.message, again);
    return undefined;
  }
}

// What a finished training shows: figures beside their baselines, pictures, files for other programs, and a report.
import { join } from "node:path";
import { describeUserError, InternalError, UserError } from "../base/errors.js";
import { openEngine } from "../engines/index.js";
import { meanImageFigures } from "../evaluation/meanImage.js";
import type { ReadExperiment, ResolvedExperiment } from "../experiment/index.js";
import { withDecoder } from "../inference/index.js";
import { figuresOf } from "../nn/index.js";
import { lowestEpoch } from "../report/figures.js";
import { hasReportPage } from "../report/reportFile.js";
import { expectSameExperiment, type RunFolder, readCheckpoint, readEnvironment, readLog } from "../runs/index.js";
import { expectLogged, expectPlanned } from "../training/position.js";
import { engineChoice, type OpenTraining, openResolved, phaseLengths, threadsHere } from "../training/run.js";
import type { TaskContext } from "./define.js";
import { exportModel } from "./export.js";
import { drawRunPictures } from "./pictures.js";
import { reportName, writeReport } from "./report.js";
import { openRunModel, type RunModel } from "./runModel.js";
import type { TrainResult } from "./trainOptions.js";
import { isWholeFile } from "./wholeFile.js";

type Context = Pick<TaskContext, "report" | "onEvent">;

/**
 * Opens a run that was trained to its end, of whose pictures and exports some are missing or broken.
 * @param onModel as in `trainRead`
 * @param say told which those are, before anything else
 * @returns undefined for other runs
 * @throws UserError where the run only says that it was trained to its end
 */
export async function openUnseen(
  run: RunFolder,
  read: ReadExperiment,
  onModel: (resolved: ResolvedExperiment) => void,
  say: (sentence: string) => void = () => {},
): Promise<{ readonly step: number; readonly open: OpenTraining } | undefined> {
  const state = readCheckpoint(run, "last")?.state;
  if (state?.finished !== true) return undefined;
  const lacking = lackingFiles(run, read.model?.decode !== undefined || "decoder" in read.experiment.model);
  if (lacking.length === 0) return undefined;
  say(`this run is trained to its end; made again: ${lacking.join(", ")}`);
  const { resolved, source } = await openResolved(read, { emit: () => {} }, { onModel, exact: true });
  expectSameExperiment(run);
  expectLogged(run, state);
  expectPlanned(run, state, phaseLengths(resolved, source, state));
  const environment = readEnvironment(run);
  const engine = await openEngine(engineChoice(environment.engine.name), { threads: threadsHere(environment) });
  return { step: state.step, open: { run, resolved, source, engine } };
}

/** What a finished training draws and writes: which of it is `images/curves.png (missing)` or `(broken)`. */
function lackingFiles({ path, files }: RunFolder, hasDecoder: boolean): readonly string[] {
  const names = ["images/curves.svg", "images/curves.png"];
  if (hasDecoder) names.push("images/reconstructions.png", "exports/encoder.onnx", "exports/decoder.onnx");
  if (hasReportPage()) names.push(reportName);
  return names.flatMap((name) => {
    const at = join(path, name);
    if (!files.exists(at)) return [`${name} (missing)`];
    return isWholeFile(name, files.read(at)) ? [] : [`${name} (broken)`];
  });
}

/**
 * Figures beside their baselines, and pictures, of a run that is done.
 * @param isAsked whether a person asked for just that: then pictures that can't be drawn are an error, and not a warning after a
 *   training that is whole
 */
export async function lookBack(open: OpenTraining, context: Context, isAsked = false): Promise<Partial<TrainResult>> {
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
  const baselines =
    resolved.model.decode === undefined
      ? {}
      : { baselines: { meanImage: { ...(await meanImageFigures(splits.train, splits.test)) } } };
  const found = { last, lowest, figures, ...baselines };
  try {
    const shown = await showTrained(open, context);
    return { ...found, ...shown, ...(await reportTrained(open, context)) };
  } catch (error) {
    if (isAsked) throw error;
    const reason = error instanceof UserError ? describeUserError(error) : String(error);
    context.onEvent?.({
      kind: "warning",
      message: `the training is done and saved, but not all that shows it: ${reason}`,
      hint: `To draw and export it: isthmus train ${run.path} --resume`,
    });
    return found;
  }
}

/** report.html of a run that is done. What keeps it from being written is a warning: the run is whole. */
async function reportTrained(open: OpenTraining, context: Context): Promise<Pick<TrainResult, "report">> {
  // Sources that run without a build have no page to put it into.
  if (!hasReportPage()) return {};
  const { run } = open;
  const watch = { report: context.report, signal: new AbortController().signal };
  try {
    return { report: (await writeReport(run, join(run.path, reportName), watch, { open })).file };
  } catch (error) {
    const reason = error instanceof UserError ? describeUserError(error) : String(error);
    const again = `To write it: isthmus report ${run.path}`;
    context.onEvent?.({ kind: "warning", message: `there is no report: ${reason}`, hint: again });
    return {};
  }
}

async function showTrained(open: OpenTraining, context: Context): Promise<Pick<TrainResult, "pictures" | "exports">> {
  const { report } = context;
  const { run, resolved, source } = open;
  const { splits } = source;
  const makesPictures = resolved.model.decode !== undefined;
  report({ done: 1, of: 3, what: makesPictures ? "drawing curves and reconstructions" : "drawing curves" });
  if (!makesPictures) return { pictures: await drawRunPictures({ run, resolved, splits }) };
  const model = withDecoder(await openRunModel(run.path, { open }), run.path);
  try {
    const pictures = await drawRunPictures({ run, resolved, splits, model });
    report({ done: 2, of: 3, what: "exporting encoder and decoder" });
    const exports = await exportTrained(model, open, context);
    return { pictures, ...(exports === undefined ? {} : { exports }) };
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

// The public library: what the command does as functions, and what it is made of.
import { taskFunction } from "./tasks/call.js";
import { findLearningRate as findLearningRateTask } from "./tasks/findLearningRate.js";
import { tasks } from "./tasks/index.js";

/** Train an autoencoder, or go on with a training. Options as `isthmus train --help` has them. */
export const train = taskFunction(tasks.train);
/** Tries rising learning rates on an experiment's first phase, without training it, and plots their losses. */
export const findLearningRate = taskFunction(findLearningRateTask);
/** Layers, output shapes and parameters of a model. */
export const summary = taskFunction(tasks.summary);
/** The experiments that come with the package. */
export const presets = taskFunction(tasks.presets);
/** Layers, losses, optimizers, schedules, transforms, sources, models and metrics, with their options. */
export const list = taskFunction(tasks.list);
/** The JSON Schema of experiment files. */
export const schema = taskFunction(tasks.schema);
/** Which engines open here, and what to install for those that do not. */
export const doctor = taskFunction(tasks.doctor);
/** Writes encoder.onnx and decoder.onnx (or model.safetensors) of a run, checked before they are kept. */
export const exportRun = taskFunction(tasks.export);
/** Restores pictures with a run, or with two ONNX files, and gives their codes. */
export const restore = taskFunction(tasks.restore);
/** Pictures to codes. */
export const encode = taskFunction(tasks.encode);
/** Codes to pictures. */
export const decode = taskFunction(tasks.decode);
/** Draws the way from one picture's code to another's, or animates it. */
export const walk = taskFunction(tasks.walk);
/** Draws pictures from codes drawn by lot, and gives the codes. */
export const sample = taskFunction(tasks.sample);
/** Draws the codes of pictures as points of a plane, and tells where each lies. */
export const map = taskFunction(tasks.map);
/** Figures of a run beside baselines, by class, size and severity, and its worst images. */
export const evaluate = taskFunction(tasks.evaluate);
/** Accuracy of classifiers on a run's frozen codes. */
export const probe = taskFunction(tasks.probe);
/** Settings that differ between runs, their figures, curves and images side by side. */
export const compare = taskFunction(tasks.compare);
/** The sources of pictures, and where they are found here. */
export const dataList = taskFunction(tasks.dataList);
/** Fetches a data set, or draws one into a folder. */
export const dataGet = taskFunction(tasks.dataGet);
/** What a data set holds, with a grid of its images where a file is named. */
export const dataShow = taskFunction(tasks.dataShow);
/** Training steps a second on this machine, and where the time goes. */
export const bench = taskFunction(tasks.bench);

export { ShapeError, UserError, type UserErrorDetails } from "./base/errors.js";
export { type DecodedPicture, type DecodeOptions, decodePicture } from "./data/decode.js";
export type { ImageSet, OpenContext, OpenSource, SourceCard, SplitName } from "./data/define.js";
export { readSource } from "./data/sources/index.js";
export type {
  Engine,
  EngineInfo,
  EngineName,
  EngineOptions,
  Executable,
  Inputs,
  Outputs,
  Session,
} from "./engines/engine.js";
export { type EngineChoice, type EngineReport, inspectEngines, openEngine } from "./engines/index.js";
export { type MeanImageFigures, meanImageFigures } from "./evaluation/meanImage.js";
export { type Experiment, experimentModel, type Phase, parseExperiment } from "./experiment/index.js";
export {
  autoencoder,
  classifier,
  decodeProgram,
  encodeProgram,
  evaluationProgram,
  layer,
  layers,
  type Model,
  type ModelSpec,
  modelState,
  readLoss,
  readMetrics,
  readModel,
  readOptimizer,
  readSchedule,
  reconstructProgram,
  summaryText,
  supervisedAutoencoder,
  trainingProgram,
  variationalAutoencoder,
} from "./nn/index.js";
export { type Fit, type FitOptions, fitPicture } from "./pixels/index.js";
export { type Checkpoint, diskFileSystem, openRun, type RunFolder, readCheckpoint, readLog } from "./runs/index.js";
export type { BenchResult, EngineSpeed } from "./tasks/bench.js";
export type { ComparedRun, Comparison, SettingDifference } from "./tasks/compare.js";
export type { DataFacts, SourceListing, SplitFacts } from "./tasks/data.js";
export type { DecodeResult } from "./tasks/decode.js";
export type { TaskContext } from "./tasks/define.js";
export type { MachineReport } from "./tasks/doctor.js";
export type { EncodeResult } from "./tasks/encode.js";
export type { Evaluation, EvaluationGroup, EvaluationRow, SeverityRow, WorstImage } from "./tasks/evaluate.js";
export type { RunExport } from "./tasks/export.js";
export type { LearningRateFinding } from "./tasks/findLearningRate.js";
export { loadPreset } from "./tasks/presetFiles.js";
export { type IdeaRow, type ProbeFigures, type ProbeResult, probeIdeas } from "./tasks/probe.js";
export type { Restoration, RestoreResult } from "./tasks/restore.js";
export { openRunModel, type RunModel } from "./tasks/runModel.js";
export type { ModelSummary } from "./tasks/summary.js";
export type { TrainResult } from "./tasks/train.js";
export type { EpochRecord, Figures, TimingRecord, TrainingCommand, TrainingEvent } from "./training/events.js";
export { resumeTraining, startTraining, type Training, type TrainingRequest } from "./training/index.js";

// The public library: what the command does as functions, and what it is made of.
import { taskFunction } from "./tasks/call.js";
import { tasks } from "./tasks/index.js";

/** Train an autoencoder, or go on with a training. Options as `isthmus train --help` has them. */
export const train = taskFunction(tasks.train);
/** Layers, output shapes and parameters of a model. */
export const summary = taskFunction(tasks.summary);
/** The experiments that come with the package. */
export const presets = taskFunction(tasks.presets);
/** Which engines open here, and what to install for those that do not. */
export const doctor = taskFunction(tasks.doctor);
/** Training steps a second on this machine, and where the time goes. */
export const bench = taskFunction(tasks.bench);

export { ShapeError, UserError, type UserErrorDetails } from "./base/errors.js";
export type { ImageSet, OpenSource, SourceCard, SplitName } from "./data/define.js";
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
export { type Experiment, experimentModel, loadPreset, type Phase, parseExperiment } from "./experiment/index.js";
export {
  autoencoder,
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
  trainingProgram,
} from "./nn/index.js";
export { type Checkpoint, diskFileSystem, openRun, type RunFolder, readCheckpoint, readLog } from "./runs/index.js";
export type { BenchResult, EngineSpeed } from "./tasks/bench.js";
export type { TaskContext } from "./tasks/define.js";
export type { MachineReport } from "./tasks/doctor.js";
export type { ModelSummary } from "./tasks/summary.js";
export type { TrainResult } from "./tasks/train.js";
export type { EpochRecord, Figures, TimingRecord, TrainingCommand, TrainingEvent } from "./training/events.js";
export { resumeTraining, startTraining, type Training, type TrainingRequest } from "./training/index.js";

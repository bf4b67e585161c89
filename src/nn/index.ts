// What other rooms use of the nn room.
import { model } from "./models/index.js";

export { type Figure, figuresOf, figureTitle } from "./figures.js";
export type { Draw, Initialiser, Layer, Mode, Scope } from "./layers/define.js";
export { type ConfiguredLayer, type LayerName, layer, layers, readLayer } from "./layers/index.js";
export type { Loss } from "./losses/define.js";
export { type LossName, losses, readLoss } from "./losses/index.js";
export type { Metric } from "./metrics/define.js";
export { type MetricName, metrics, readMetrics } from "./metrics/index.js";
export type {
  AnyModelSpec,
  BufferSpec,
  BuildContext,
  Family,
  LayerSpec,
  Model,
  NamedObjective,
  Objective,
  ParameterSpec,
  SummaryRow,
} from "./models/define.js";
export {
  decoderOf,
  kindText,
  type ModelKind,
  type ModelOptions,
  type ModelSpec,
  models,
  readModel,
} from "./models/index.js";
export { model };
/** The constructors of `model` by themselves. */
export const { autoencoder, classifier, supervisedAutoencoder, variationalAutoencoder } = model;
export type { Optimizer } from "./optimizers/define.js";
export { type OptimizerName, type OptimizerOptions, optimizers, readOptimizer } from "./optimizers/index.js";
export {
  applyProgram,
  averageName,
  averageProgram,
  averageRate,
  type ConfiguredOptimizer,
  decodeProgram,
  encodeProgram,
  evaluationProgram,
  gradientProgram,
  gradientState,
  type ModelStateEntry,
  modelState,
  type Optimizers,
  type PartOfStep,
  posteriorProgram,
  reconstructProgram,
  trainingProgram,
} from "./programs.js";
export type { Schedule, ScheduleMemory, ScheduleMoment } from "./schedules/define.js";
export {
  type ConfiguredSchedule,
  learningRateAt,
  readSchedule,
  type ScheduleName,
  schedules,
} from "./schedules/index.js";
export { averageOf, gradientName, type ObjectiveOptimizer, objectiveOptimizers, slotName } from "./state.js";
export { summaryText } from "./summary.js";

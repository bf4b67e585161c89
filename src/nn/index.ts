// What other rooms use of the nn room.
export type { Draw, Initialiser, Layer, Mode, Scope } from "./layers/define.js";
export { type ConfiguredLayer, type LayerName, layer, layers, readLayer } from "./layers/index.js";
export type { Loss } from "./losses/define.js";
export { type LossName, losses, readLoss } from "./losses/index.js";
export type { Metric } from "./metrics/define.js";
export { type MetricName, metrics, readMetrics } from "./metrics/index.js";
export { type AutoencoderSpec, autoencoder } from "./models/autoencoder.js";
export { type ClassifierSpec, classifier } from "./models/classifier.js";
export type {
  BufferSpec,
  BuildContext,
  LayerSpec,
  Model,
  ModelSpec,
  NamedObjective,
  Objective,
  ParameterSpec,
  SummaryRow,
} from "./models/define.js";
export { type ModelKind, models, readModel } from "./models/index.js";
export { type SupervisedAutoencoderSpec, supervisedAutoencoder } from "./models/supervisedAutoencoder.js";
export { type VariationalAutoencoderSpec, variationalAutoencoder } from "./models/variationalAutoencoder.js";
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

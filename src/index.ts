// The public library: models and trainings in code, trained models, and what the command does as functions. Importing it loads
// neither an engine nor a codec nor a schema; they are loaded by what needs them. isthmus/nn, isthmus/engines and
// isthmus/formats are its other entries.
export { ShapeError, UserError, type UserErrorDetails } from "./base/errors.js";
export type { DecodedPicture, DecodeOptions } from "./data/decode.js";
export type { ImageSet, OpenContext, OpenSource, SourceCard, SplitName } from "./data/define.js";
export type { EngineChoice, EngineReport } from "./engines/index.js";
export type { MeanImageFigures } from "./evaluation/meanImage.js";
export type { Experiment, Phase } from "./experiment/index.js";
export {
  autoencoder,
  classifier,
  layers,
  models,
  sparseAutoencoder,
  supervisedAutoencoder,
  variationalAutoencoder,
} from "./library/builders.js";
export { decodePicture, fitPicture, meanImageFigures, openData } from "./library/data.js";
export { type ImageSource, type ImagesOptions, images, type Labels, type Pixels } from "./library/images.js";
export type {
  AutoencoderFields,
  ClassifierFields,
  DataSpec,
  ExperimentFields,
  LayerSpec,
  LossSpec,
  MetricSpec,
  ModelSpec,
  OptimizerSpec,
  OwnSpec,
  PhaseFields,
  ScheduleSpec,
  SparseAutoencoderFields,
  SupervisedAutoencoderFields,
  TransformSpec,
  VariationalAutoencoderFields,
} from "./library/options.js";
export type {
  CallOptions,
  EvaluateOptions,
  PictureScore,
  SampleOptions,
  ScoreOptions,
  WalkOptions,
} from "./library/protocol.js";
export {
  bench,
  compare,
  dataGet,
  dataList,
  dataShow,
  decode,
  doctor,
  encode,
  evaluate,
  exportRun,
  find,
  findLearningRate,
  list,
  map,
  newExperiment,
  presets,
  probe,
  probeIdeas,
  report,
  restore,
  sample,
  schema,
  score,
  summary,
  trainRun,
  walk,
} from "./library/tasks.js";
export { type Training, type TrainOptions, train } from "./library/train.js";
export {
  type CodeDistributions,
  type DecodedCodes,
  type ImageEvaluation,
  type LoadOptions,
  loadRun,
  openModel,
  type Trained,
} from "./library/trained.js";
export type { Fit, FitOptions } from "./pixels/index.js";
export type { BenchResult, EngineSpeed } from "./tasks/bench.js";
export type { ComparedRun, Comparison, SettingDifference } from "./tasks/compare.js";
export type { DataFacts, SourceListing, SplitFacts } from "./tasks/data.js";
export type { DecodeResult } from "./tasks/decode.js";
export type { TaskContext } from "./tasks/define.js";
export type { MachineReport } from "./tasks/doctor.js";
export type { EncodeResult } from "./tasks/encode.js";
export type { Evaluation, EvaluationGroup, EvaluationRow, SeverityRow, WorstImage } from "./tasks/evaluate.js";
export type { RunExport } from "./tasks/export.js";
export type { FindResult, FoundDuplicates, FoundPicture, FoundQuery } from "./tasks/find.js";
export type { LearningRateFinding } from "./tasks/findLearningRate.js";
export type { IdeaRow, ProbeFigures, ProbeResult } from "./tasks/probe.js";
export type { ReportResult } from "./tasks/report.js";
export type { Restoration, RestoreResult } from "./tasks/restore.js";
export type { ScoredPicture, ScoreResult } from "./tasks/score.js";
export type { ModelSummary } from "./tasks/summary.js";
export type { TrainResult } from "./tasks/train.js";
export type { EpochRecord, Figures, TimingRecord, TrainingCommand, TrainingEvent } from "./training/events.js";

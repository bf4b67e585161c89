// What other rooms use of the inference room.
export { type EngineModel, openModel } from "./engineModel.js";
export { errorMap, type ImageErrorName, imageError, imageErrorNames } from "./imageErrors.js";
export { type OnnxFile, type OpenOnnx, openOnnxPair } from "./onnxPair.js";
export { pictureModel, trainedState } from "./pictureModel.js";
export { type CheckpointChoice, openTrainedRun, type RunModel } from "./run.js";
export {
  type Abortable,
  type Decoding,
  hasDecoder,
  type ImageError,
  meanSquaredError,
  type Posterior,
  type ScoreOptions,
  type TrainedModel,
  withDecoder,
} from "./trainedModel.js";

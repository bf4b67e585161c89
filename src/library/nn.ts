// The entry isthmus/nn: what models are made of. Own layers, losses and transforms; the collections and how data become
// models and programs; experiments.
export { z } from "zod";
export { ShapeError, UserError } from "../base/errors.js";
export {
  type Experiment,
  type ExperimentModel,
  experimentModel,
  experimentText,
  type Phase,
  parseExperiment,
} from "../experiment/index.js";
export * from "../nn/index.js";
export type { ImageSizes } from "../pixels/imageSizes.js";
export { readTransforms, transforms } from "../pixels/transforms/index.js";
export { loadPreset } from "../tasks/presetFiles.js";
export { type Add, ops, type Shape, sizeOf, type Value } from "../tensor/index.js";
export {
  defineLayer,
  defineLoss,
  defineMetric,
  defineModel,
  defineOptimizer,
  defineSchedule,
  defineTransform,
  type LayerDefinition,
  type OwnBuilder,
} from "./define.js";

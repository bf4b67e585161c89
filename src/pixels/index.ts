// What other rooms use of the pixels room.
export { meanAbsoluteError, meanSquaredError, peakSignalToNoise, structuralSimilarity } from "./compare.js";
export { pixelFromUnit, pixelsFromUnit, unitFromPixels } from "./convert.js";
export {
  cutPicture,
  type Fit,
  type FitOptions,
  fitPicture,
  fits,
  innerSize,
  middlePiece,
  type Piece,
  pictureOfPlanes,
  shrinkPicture,
} from "./fit.js";
export { type ImageGrid, type ImageGridOptions, imageGrid, imageGridInTurns, type Picture } from "./imageGrid.js";
export { type ImageSizes, imageSizes } from "./imageSizes.js";
export { colourOfGrey, invert, lumaOf, lumaWeights, type Planes } from "./luma.js";
export { hashDistance, makePerceptualHasher, type PerceptualHasher } from "./perceptualHash.js";
export { makeResizer, type ResizeFilter, type ResizeOptions, type Resizer, resize } from "./resize.js";
export {
  type ConfiguredTransform,
  type Pipeline,
  pipeline,
  readTransforms,
  type Severity,
  severities,
  type Transform,
  type TransformName,
  type TransformUse,
  transformSpec,
  transforms,
} from "./transforms/index.js";
export {
  type AffineMatrix,
  type Interpolation,
  inverseAffine,
  inverseRotation,
  makeWarper,
  type PerspectiveCoefficients,
  perspectiveCoefficients,
  type Warper,
} from "./warp.js";

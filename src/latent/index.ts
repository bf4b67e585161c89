// What other rooms use of the latent room.
export { type CodeGaussian, fitGaussian } from "../base/gaussian.js";
export { gaussianCodes, standardNormalCodes } from "./gaussian.js";
export { type NeighbourMapOptions, neighbourMap, type PrincipalMap, principalMap } from "./map.js";
export { type NearestCode, nearestCodes } from "./nearest.js";
export { codePath, type PathKind, pathKinds, spherical, straight } from "./paths.js";

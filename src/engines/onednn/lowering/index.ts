// How oneDNN computes each op: the table, typed by op, put together from the themes beside it.
import type { Lowering } from "../../engine.js";
import type { Plan } from "../plan.js";
import { updateApart } from "../updates.js";
import { activationRows } from "./activation.js";
import { arithmeticRows } from "./arithmetic.js";
import { batchNormRows } from "./batchNorm.js";
import { convolutionRows } from "./convolution.js";
import { crossEntropyRows } from "./crossEntropy.js";
import { denseRows } from "./dense.js";
import { movementRows } from "./movement.js";
import { poolingRows } from "./pooling.js";
import { reductionRows } from "./reduction.js";
import { resamplingRows } from "./resampling.js";
import { rowNormRows } from "./rowNorm.js";
import { samplingRows } from "./sampling.js";

export const lowering: Lowering<Plan> = {
  ...convolutionRows,
  ...denseRows,
  ...batchNormRows,
  ...rowNormRows,
  ...poolingRows,
  ...resamplingRows,
  ...samplingRows,
  ...activationRows,
  ...arithmeticRows,
  ...reductionRows,
  ...movementRows,
  ...crossEntropyRows,
  adam: updateApart,
  adamw: updateApart,
  sgd: updateApart,
  rmsprop: updateApart,
};

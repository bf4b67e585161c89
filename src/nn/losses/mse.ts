// Mean squared error.
import { ops } from "../../tensor/index.js";
import { defineLoss } from "./define.js";

/** Mean over every element of (prediction − target)²: PyTorch's `MSELoss` with its default reduction. */
export const mse = defineLoss({
  name: "mse",
  formula: "mean (prediction − target)²",
  build: (prediction, target, add) => add(ops.meanSquare, [add(ops.sub, [prediction, target], {})], {}),
});

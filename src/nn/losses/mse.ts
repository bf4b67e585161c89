// Mean squared error.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLoss } from "./define.js";

/** Mean over every element of (prediction − target)²: PyTorch's `MSELoss` with its default reduction. */
export const mse = defineLoss({
  name: "mse",
  summary: "Mean squared error: the mean of (prediction − target)².",
  options: z.strictObject({}),
  formula: () => "mean (prediction − target)²",
  unit: () => "mean over pixels",
  build: (_, prediction, target, add) => add(ops.meanSquare, [add(ops.sub, [prediction, target], {})], {}),
});

// Mean absolute error.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLoss } from "./define.js";

/** Mean over every element of |prediction − target|: PyTorch's `L1Loss`. Its gradient where they are equal is 0. */
export const mae = defineLoss({
  name: "mae",
  summary: "Mean absolute error: the mean of |prediction − target|.",
  options: z.strictObject({}),
  formula: () => "mean |prediction − target|",
  unit: () => "mean over pixels",
  build: (_, prediction, target, add) =>
    add(ops.mean, [add(ops.abs, [add(ops.sub, [prediction, target], {})], {})], {}),
});

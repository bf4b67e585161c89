// A dense layer: every output from every input.
import { z } from "zod";
import { positiveWholeNumber, trueOrFalse } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer, vectorSizes } from "./define.js";

/**
 * y = x·weightᵀ + bias for x [batch, inputs]: PyTorch's `Linear`. `weight` [units, inputs], `bias` [units], both uniform in
 * ±1/√inputs.
 */
export const dense = defineLayer({
  name: "dense",
  title: "Linear",
  summary: "Every output from every input: x·weightᵀ + bias.",
  options: z.strictObject({
    units: positiveWholeNumber().describe("numbers in the output").meta({ example: 128 }),
    bias: trueOrFalse().default(true).describe("add one learned number to each output"),
  }),
  shorthand: "units",
  build({ units, bias }, input, scope) {
    const { size } = vectorSizes("dense", input);
    const initialise = { uniform: 1 / Math.sqrt(size) };
    const weight = scope.parameter("weight", [units, size], initialise);
    const inputs = bias ? [input, weight, scope.parameter("bias", [units], initialise)] : [input, weight];
    return scope.add(ops.dense, inputs, {});
  },
});

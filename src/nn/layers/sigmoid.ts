// Logistic sigmoid.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** 1 / (1 + e⁻ˣ), between 0 and 1; any shape. */
export const sigmoid = defineLayer({
  name: "sigmoid",
  title: "Sigmoid",
  summary: "Logistic sigmoid: 1 / (1 + e⁻ˣ), between 0 and 1.",
  options: z.strictObject({}),
  build: (_, input, scope) => scope.add(ops.sigmoid, [input], {}),
});

// Rectified linear unit.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** max(x, 0), with gradient 0 at 0; any shape. */
export const relu = defineLayer({
  name: "relu",
  title: "ReLU",
  summary: "Rectified linear unit: max(x, 0).",
  options: z.strictObject({}),
  build: (_, input, scope) => scope.add(ops.relu, [input], {}),
});

// Hyperbolic tangent.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** tanh x, between −1 and 1; any shape. */
export const tanh = defineLayer({
  name: "tanh",
  title: "Tanh",
  summary: "Hyperbolic tangent, between −1 and 1.",
  options: z.strictObject({}),
  build: (_, input, scope) => scope.add(ops.tanh, [input], {}),
});

// Mish: a smooth relative of relu that dips below 0.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** x·tanh(ln(1 + eˣ)) (Misra 2019), PyTorch's `Mish`; any shape. */
export const mish = defineLayer({
  name: "mish",
  title: "Mish",
  summary: "A smooth relative of relu that dips below 0: x·tanh(ln(1 + eˣ)).",
  options: z.strictObject({}),
  build: (_, input, scope) => scope.add(ops.mish, [input], {}),
});

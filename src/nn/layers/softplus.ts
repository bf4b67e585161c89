// Softplus.
import { z } from "zod";
import { positiveNumber } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** ln(1 + e^(beta·x))/beta, and x itself where beta·x is above the threshold, as PyTorch's `Softplus`; any shape. */
export const softplus = defineLayer({
  name: "softplus",
  title: "Softplus",
  summary: "A smooth relu: ln(1 + e^(beta·x)) / beta.",
  options: z.strictObject({
    beta: positiveNumber().default(1).describe("how sharply it bends"),
    threshold: positiveNumber().default(20).describe("beta·x above which the output is x"),
  }),
  shorthand: "beta",
  build: ({ beta, threshold }, input, scope) => scope.add(ops.softplus, [input], { beta, threshold }),
});

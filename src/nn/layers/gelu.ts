// Gaussian error linear unit.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** x·Φ(x) with Φ the normal distribution function (Hendrycks and Gimpel 2016); any shape. */
export const gelu = defineLayer({
  name: "gelu",
  title: "GELU",
  summary: "Gaussian error linear unit: x·Φ(x) with Φ the normal distribution function.",
  options: z.strictObject({
    approximation: z
      .enum(["none", "tanh"], { error: "expected none or tanh" })
      .default("none")
      .describe("Φ itself, or the paper's approximation by the hyperbolic tangent"),
  }),
  shorthand: "approximation",
  build: ({ approximation }, input, scope) => scope.add(ops.gelu, [input], { approximation }),
});

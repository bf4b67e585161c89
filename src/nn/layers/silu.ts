// Sigmoid linear unit, also called swish.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** x/(1 + e⁻ˣ) (Hendrycks and Gimpel 2016); any shape. */
export const silu = defineLayer({
  name: "silu",
  title: "SiLU",
  summary: "Sigmoid linear unit, also called swish: x / (1 + e⁻ˣ).",
  options: z.strictObject({}),
  build: (_, input, scope) => scope.add(ops.silu, [input], {}),
});

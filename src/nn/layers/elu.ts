// Exponential linear unit.
import { z } from "zod";
import { positiveNumber } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** x above 0, else alpha·(eˣ − 1) (Clevert et al. 2016); any shape. */
export const elu = defineLayer({
  name: "elu",
  title: "ELU",
  summary: "Exponential linear unit: x above 0, else alpha·(eˣ − 1).",
  options: z.strictObject({
    alpha: positiveNumber().default(1).describe("what the output approaches, negated, far below 0"),
  }),
  shorthand: "alpha",
  build: ({ alpha }, input, scope) => scope.add(ops.elu, [input], { alpha }),
});

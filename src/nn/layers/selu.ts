// Scaled exponential linear unit.
import { z } from "zod";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** scale·x above 0, else scale·alpha·(eˣ − 1), with the two constants of Klambauer et al. 2017; any shape. */
export const selu = defineLayer({
  name: "selu",
  title: "SELU",
  summary: "Scaled exponential linear unit: elu with the two constants of Klambauer et al. 2017.",
  options: z.strictObject({}),
  build: (_, input, scope) => scope.add(ops.selu, [input], {}),
});

// Leaky rectified linear unit.
import { z } from "zod";
import { numberFromZero } from "../../schema/options.js";
import { ops } from "../../tensor/index.js";
import { defineLayer } from "./define.js";

/** x above 0, else slope·x (Maas et al. 2013); any shape. */
export const leakyRelu = defineLayer({
  name: "leakyRelu",
  title: "LeakyReLU",
  summary: "Leaky rectified linear unit: x above 0, else slope·x.",
  options: z.strictObject({ slope: numberFromZero().default(0.01).describe("slope below 0") }),
  shorthand: "slope",
  build: ({ slope }, input, scope) => scope.add(ops.leakyRelu, [input], { slope }),
});

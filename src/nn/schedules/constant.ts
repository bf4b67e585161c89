// The learning rate as it is.
import { z } from "zod";
import { defineSchedule } from "./define.js";

/** rate(t) = learningRate. */
export const constant = defineSchedule({
  name: "constant",
  summary: "The learning rate as it is.",
  isRelative: true,
  options: z.strictObject({}),
  at: (_, __, learningRate) => learningRate,
});

// Options of tasks that start from an experiment; reading it is experiment.ts.
import { z } from "zod";

/** Options of every task that starts from an experiment. */
export const experimentOptions = {
  experiment: z.string().describe("a preset's name, an experiment file (.yaml), or the folder of a run"),
  set: z
    .array(z.string())
    .default([])
    .describe("change one setting, for example phases.0.batchSize=128; may be given more than once")
    .meta({ placeholder: "PATH=VALUE" }),
  data: z.string().optional().describe("take the pictures from this source instead").meta({ placeholder: "SPEC" }),
};

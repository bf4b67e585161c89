// The JSON Schema of experiment files.
import { z } from "zod";
import type { ExperimentJsonSchema } from "../experiment/jsonSchema.js";
import { defineTask } from "./define.js";

export const schema = defineTask({
  name: "schema",
  summary: "Print the JSON Schema of experiment files, by which editors complete and check them.",
  options: z.strictObject({}),
  async run(): Promise<ExperimentJsonSchema> {
    const { experimentJsonSchema } = await import("../experiment/jsonSchema.js");
    return experimentJsonSchema();
  },
});

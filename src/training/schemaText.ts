// The JSON Schema that goes into a run's folder.
import { readFileSync } from "node:fs";
import { experimentJsonSchemaText } from "../experiment/jsonSchema.js";

const built = new URL("../../dist/experiment.schema.json", import.meta.url);

/** As the build wrote it, since making it takes longer than reading it (50 ms); made where sources run without a build. */
export function experimentSchemaText(): string {
  try {
    return readFileSync(built, "utf8");
  } catch {
    return experimentJsonSchemaText();
  }
}

// The JSON Schema that goes into a run's folder.
import { readFileSync } from "node:fs";

const built = new URL("../../dist/experiment.schema.json", import.meta.url);

/** As the build wrote it, since a training should begin soon; made, in 50 ms and more, where sources run without a build. */
export async function experimentSchemaText(): Promise<string> {
  try {
    return readFileSync(built, "utf8");
  } catch {
    const { experimentJsonSchemaText } = await import("../experiment/jsonSchema.js");
    return experimentJsonSchemaText();
  }
}

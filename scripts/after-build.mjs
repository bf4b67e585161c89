// What tsc leaves undone: the command file must be executable, and editors want the JSON Schema as a file.
import { chmodSync, writeFileSync } from "node:fs";

chmodSync("dist/cli/main.js", 0o755);
const { experimentJsonSchemaText } = await import("../dist/experiment/jsonSchema.js");
writeFileSync("dist/experiment.schema.json", experimentJsonSchemaText());

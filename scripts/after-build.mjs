// What tsc leaves undone: the command file must be executable, editors want the JSON Schema as a file, and of large packages
// the part that is used goes into dist, with its licences.
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundlePages } from "./pages.mjs";
import { buildStudioClient } from "./studioClient.mjs";
import { bundleThirdParty } from "./third-party.mjs";

// A file whose source is gone would be packed all the same. The studio's page has none: Vite empties its folder when it builds it.
const page = join("studio", "client", "");
for (const path of readdirSync("dist", { recursive: true })) {
  const [, stem] = /^(.*?)(?:\.d\.ts|\.js)$/.exec(path) ?? [];
  if (stem !== undefined && !path.startsWith(page) && !existsSync(join("src", `${stem}.ts`)))
    rmSync(join("dist", path));
}
chmodSync("dist/cli/main.js", 0o755);
await bundleThirdParty([...(await bundlePages()), ...(await buildStudioClient())]);
const { experimentJsonSchemaText } = await import("../dist/experiment/jsonSchema.js");
writeFileSync("dist/experiment.schema.json", experimentJsonSchemaText());

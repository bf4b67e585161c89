// Builds the studio's page into dist/studio/client, by src/studio/client/vite.config.ts.
import { fileURLToPath } from "node:url";
import { build } from "vite";

export async function buildStudioClient() {
  const configFile = fileURLToPath(new URL("../src/studio/client/vite.config.ts", import.meta.url));
  await build({ configFile, logLevel: "warn" });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildStudioClient();

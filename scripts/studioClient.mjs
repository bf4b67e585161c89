// Builds the studio's page into dist/studio/client, by src/studio/client/vite.config.ts. Made again only where something of src is newer.
import { fileURLToPath } from "node:url";
import { builtOnce } from "./builtOnce.mjs";

/** @returns folders of the packages that are inside */
export function buildStudioClient() {
  return builtOnce({
    name: "studio-client",
    made: ["dist/studio/client/index.html"],
    by: ["scripts/studioClient.mjs"],
    async make() {
      const { build } = await import("vite");
      const { output } = await build({ configFile: "src/studio/client/vite.config.ts", logLevel: "warn" });
      return output.flatMap((chunk) => (chunk.type === "chunk" ? Object.keys(chunk.modules) : []));
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(`inside: ${(await buildStudioClient()).join(", ")}`);

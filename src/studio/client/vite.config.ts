// How the studio's page is built: `node scripts/studioClient.mjs`. `npx vite src/studio/client` serves it from its sources instead,
// beside a studio on port 4180.
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));

// biome-ignore lint/style/noDefaultExport: Vite asks for it.
export default defineConfig({
  root,
  base: "/",
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: fileURLToPath(new URL("../../../dist/studio/client", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    // The page may load nothing that is not a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/api": "http://localhost:4180", "/healthz": "http://localhost:4180" } },
});

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte({ configFile: false })],
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    execArgv: ["--import", pathToFileURL("scripts/register-typescript.mjs").href],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A machine that others use as well may leave a page waiting for seconds.
    expect: { poll: { timeout: 60_000 } },
    // Nothing of theirs is kept among a person's own, and no decoded pictures at all.
    env: { ISTHMUS_CACHE: mkdtempSync(join(tmpdir(), "isthmus-tests-")), ISTHMUS_CACHE_SIZE: "0" },
    globalSetup: "test/setup/cache.ts",
  },
});

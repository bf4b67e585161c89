import { pathToFileURL } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    execArgv: ["--import", pathToFileURL("scripts/register-typescript.mjs").href],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What tests decode is not kept among a person's own.
    env: { ISTHMUS_CACHE_SIZE: "0" },
  },
});

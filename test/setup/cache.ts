// Takes away the cache folder of a run of the tests, which vitest.config.ts has made: nothing of theirs is kept among a person's own.
import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";

export function setup({ config }: TestProject): () => void {
  const folder = config.env.ISTHMUS_CACHE;
  return () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
}

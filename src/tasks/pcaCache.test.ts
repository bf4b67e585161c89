import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ImageSet } from "../data/define.js";
import { openEngine } from "../engines/index.js";
import { cachedPca } from "./pcaCache.js";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-pca-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const set: ImageSet = {
  count: 6,
  shape: [1, 2, 2],
  pixels: Uint8Array.from({ length: 24 }, (_, i) => (i * i * 7) % 251),
  indices: Uint32Array.from([0, 1, 2, 3, 4, 5]),
};
const components = async (cache: string) =>
  await cachedPca(
    await openEngine("reference"),
    set,
    2,
    { report: () => {}, signal: new AbortController().signal },
    cache,
  );

describe("principal components that are kept", () => {
  it("are the same from the cache, and fitted again where the kept file is cut off", async () => {
    const fitted = await components(folder);
    const [name = ""] = readdirSync(folder);
    expect(await components(folder)).toEqual(fitted);
    truncateSync(join(folder, name), 40);
    expect(await components(folder)).toEqual(fitted);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it("are fitted where nothing can be kept, because the cache's folder is a file", async () => {
    const fitted = await components(folder);
    writeFileSync(join(folder, "file"), "");
    expect(await components(join(folder, "file", "pca"))).toEqual(fitted);
  });
});

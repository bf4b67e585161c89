import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import type { ImageSet } from "./define.js";
import { createImageStore, readPixels, someImages, usualMemoryBound } from "./imageStore.js";

/** Five images of 1×2×3 whose pixels count up, in memory or in a file. */
function countingSet(memoryBound: number, folder = tmpdir()): ImageSet {
  const store = createImageStore(5, 6, { memoryBound, folder });
  // In no order, and two at once.
  for (const image of [4, 0, 3])
    store.write(
      image,
      Uint8Array.from({ length: 6 }, (_, i) => image * 6 + i),
    );
  store.write(
    1,
    Uint8Array.from({ length: 12 }, (_, i) => 6 + i),
  );
  return {
    count: 5,
    shape: [1, 2, 3],
    pixels: store.finish(),
    labels: new Uint8Array([0, 1, 2, 3, 4]),
    attributes: { size: new Float32Array([0, 10, 20, 30, 40]) },
    indices: new Uint32Array([7, 8, 9, 10, 11]),
  };
}
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe("usualMemoryBound", () => {
  it("is 1 GiB, or the megabytes that ISTHMUS_PIXEL_MEMORY says", () => {
    expect(usualMemoryBound({})).toBe(2 ** 30);
    expect(usualMemoryBound({ ISTHMUS_PIXEL_MEMORY: "" })).toBe(2 ** 30);
    expect(usualMemoryBound({ ISTHMUS_PIXEL_MEMORY: "64" })).toBe(64_000_000);
    expect(() => usualMemoryBound({ ISTHMUS_PIXEL_MEMORY: "much" })).toThrow(
      "expected a number of megabytes, got much",
    );
  });
});

describe("an image store", () => {
  it.each([
    ["in memory up to its bound", 30],
    ["in a file beyond it", 29],
  ])("gives back what was written, %s", (_, bound) => {
    const set = countingSet(bound);
    expect(set.pixels instanceof Uint8Array).toBe(bound === 30);
    expect([...readPixels(set, 0, 5)]).toEqual(numbers(0, 30));
    expect([...readPixels(set, 2, 2)]).toEqual(numbers(12, 24));
    expect(() => readPixels(set, 4, 2)).toThrow("internal: images 4 to 6 were asked for of 5");
  });

  it("gives views on memory, so that nothing is copied, and fills the given array from a file", () => {
    const inMemory = countingSet(30);
    expect(readPixels(inMemory, 1, 2).buffer).toBe((inMemory.pixels as Uint8Array).buffer);
    const into = new Uint8Array(8);
    expect(readPixels(countingSet(0), 1, 1, into).buffer).toBe(into.buffer);
    expect([...into]).toEqual([...numbers(6, 12), 0, 0]);
  });

  it.each([30, 0])("shows part of a set with what belongs to it (bound %i)", (bound) => {
    const part = someImages(someImages(countingSet(bound), 1, 4), 1, 9);
    expect(part.count).toBe(3);
    expect([...readPixels(part, 0, 3)]).toEqual(numbers(12, 30));
    expect([...(part.labels ?? [])]).toEqual([2, 3, 4]);
    expect([...(part.attributes?.size ?? [])]).toEqual([20, 30, 40]);
    expect([...part.indices]).toEqual([9, 10, 11]);
    expect(() => readPixels(part, 3, 1)).toThrow("internal:");
  });

  it.each([12, 0])("keeps the first images where fewer came than were announced (bound %i)", (bound) => {
    const store = createImageStore(2, 6, { memoryBound: bound });
    store.write(0, new Uint8Array([1, 2, 3, 4, 5, 6]));
    const pixels = store.finish(1);
    expect(pixels.length).toBe(6);
  });

  it("leaves nothing in the folder, not even while the file is in use", () => {
    const folder = mkdtempSync(join(tmpdir(), "isthmus-store-"));
    const set = countingSet(0, folder);
    expect(readdirSync(folder)).toEqual([]);
    expect(readPixels(set, 4, 1)[5]).toBe(29);
    rmSync(folder, { recursive: true });
  });

  it("is read by other threads", async () => {
    const set = countingSet(0);
    const source = `
      const { parentPort, workerData } = require("node:worker_threads");
      const bytes = new Uint8Array(6);
      require("node:fs").readSync(workerData.pixels.file.descriptor, bytes, 0, 6, 18);
      parentPort.postMessage([...bytes]);`;
    const worker = new Worker(source, { eval: true, workerData: set });
    const read = await new Promise((resolve) => worker.once("message", resolve));
    expect(read).toEqual(numbers(18, 24));
    expect([...readPixels(set, 0, 1)]).toEqual(numbers(0, 6));
  });

  it("refuses what does not fit", () => {
    const store = createImageStore(2, 6);
    expect(() => store.write(2, new Uint8Array(6))).toThrow("internal: 6 bytes at image 2 do not fit 2 images of 6");
    expect(() => store.write(0, new Uint8Array(5))).toThrow("internal: 5 bytes at image 0");
  });

  it("says where the pixels can't be put", () => {
    expect(() => createImageStore(5, 6, { memoryBound: 0, folder: join(tmpdir(), "there is no such folder") })).toThrow(
      expect.objectContaining({
        name: "UserError",
        message: "30 bytes of decoded pixels can't be put aside: ENOENT",
        hint: "Make room there, or name another folder by the environment variable TMPDIR.",
      }),
    );
  });

  it("four times larger than its bound, and read in batches, costs less than the bound and 32 MB for buffers", () => {
    const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
    /** The most memory of a process that reads so many images of 128×128, 16 kB each, in batches. */
    const memory = (images: number, bound: number): number => {
      const words = ["--import", at("../../scripts/register-typescript.mjs"), at("testing/storedSet.ts")];
      return Number(execFileSync(process.execPath, [...words, `${images}`, "128", `${bound}`], { encoding: "utf8" }));
    };
    const megabyte = 2 ** 20;
    const bound = 32 * megabyte;
    const nearlyNothing = memory(128, bound);
    expect(memory(8192, bound) - nearlyNothing).toBeLessThan(bound + 32 * megabyte);
    // In memory the same set of 128 MB costs its size, but for what the collector does in between: it is measured at all.
    expect(memory(8192, 4 * bound) - nearlyNothing).toBeGreaterThan(3 * bound);
  }, 60_000);
});

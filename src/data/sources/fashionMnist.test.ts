import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeIdx } from "../../formats/idx.js";
import { readPixels } from "../imageStore.js";
import { fashionMnistChecksums } from "./fashionMnist.js";
import { readSource } from "./index.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-fashion-"));
});
afterEach(() => rm(folder, { recursive: true }));

const images = (greys: readonly number[]) =>
  encodeIdx({
    type: "uint8",
    shape: [greys.length, 28, 28],
    data: Uint8Array.from({ length: greys.length * 784 }, (_, i) => greys[Math.floor(i / 784)] ?? 0),
  });
const labels = (values: readonly number[]) =>
  encodeIdx({ type: "uint8", shape: [values.length], data: Uint8Array.from(values) });

describe("fashion-mnist", () => {
  it("reads compressed files from a folder, into shared memory", async () => {
    await writeFile(join(folder, "train-images-idx3-ubyte.gz"), gzipSync(images([10, 20])));
    await writeFile(join(folder, "train-labels-idx1-ubyte.gz"), gzipSync(labels([9, 4])));
    await writeFile(join(folder, "t10k-images-idx3-ubyte"), images([30]));
    await writeFile(join(folder, "t10k-labels-idx1-ubyte.gz"), gzipSync(labels([5])));
    const { splits, classes } = await readSource({ source: "fashion-mnist", folder }, "data").open();
    expect([splits.train.count, splits.test.count, classes?.[9]]).toEqual([2, 1, "ankle boot"]);
    const pixels = readPixels(splits.train, 1, 1);
    expect([pixels[0], pixels.buffer instanceof SharedArrayBuffer, [...(splits.train.labels ?? [])]]).toEqual([
      20,
      true,
      [9, 4],
    ]);
  });

  it("says that a compressed file is cut off", async () => {
    const packed = gzipSync(images([10, 20]));
    const path = join(folder, "train-images-idx3-ubyte.gz");
    await writeFile(path, packed.subarray(0, packed.length / 2));
    await expect(readSource({ source: "fashion-mnist", folder }, "data").open()).rejects.toMatchObject({
      name: "UserError",
      at: path,
      message: "the compressed file is damaged or cut off",
    });
  });

  it.skipIf(!existsSync("/usr/share/datasets/fashion-mnist"))("is the published set where Debian has it", async () => {
    const source = readSource({ source: "fashion-mnist", folder: "/usr/share/datasets/fashion-mnist" }, "data");
    const { card, splits } = await source.open();
    expect(card.checksums).toEqual(fashionMnistChecksums);
    expect([splits.train.count, splits.test.count, splits.train.shape]).toEqual([60_000, 10_000, [1, 28, 28]]);
    let sum = 0;
    for (const value of readPixels(splits.train, 0, 60_000)) sum += value;
    // 0.2860, the mean that PyTorch users normalise by, to its four digits.
    expect(sum / (60_000 * 784 * 255)).toBeCloseTo(0.286, 4);
  });
});

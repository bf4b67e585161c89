import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeIdx } from "../../formats/idx.js";
import type { ImageSet, OpenSource } from "../define.js";
import { readPixels } from "../imageStore.js";
import { readSource } from "./index.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-idx-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(join(folder, name), bytes);
  return join(folder, name);
}
/** Every image of both splits by its index. */
function byIndex({ splits }: OpenSource): Map<number, { pixels: number[]; label: number | undefined }> {
  const all = new Map<number, { pixels: number[]; label: number | undefined }>();
  const take = (set: ImageSet): void => {
    for (const [place, index] of set.indices.entries()) {
      all.set(index, { pixels: [...readPixels(set, place, 1)], label: set.labels?.[place] });
    }
  };
  take(splits.train);
  take(splits.test);
  return all;
}

describe("idx", () => {
  const images = encodeIdx({ type: "uint8", shape: [10, 1, 2], data: Uint8Array.from({ length: 20 }, (_, i) => i) });
  const labels = encodeIdx({ type: "uint8", shape: [10], data: Uint8Array.from({ length: 10 }, (_, i) => i % 2) });

  it("parts one file of images, with its labels, compressed or not", async () => {
    const path = await put("images.gz", gzipSync(images));
    const opened = await readSource({ source: `idx:${path}`, labels: await put("labels", labels) }, "data").open();
    expect([opened.splits.train.count, opened.splits.test.count, opened.splits.train.shape]).toEqual([9, 1, [1, 1, 2]]);
    const all = byIndex(opened);
    expect(all.get(7)).toEqual({ pixels: [14, 15], label: 1 });
    expect(all.size).toBe(10);
  });

  it("takes a folder in MNIST's form, of any size of images", async () => {
    await put("train-images-idx3-ubyte", images);
    await put("train-labels-idx1-ubyte", labels);
    await put("t10k-images-idx3-ubyte", images);
    await put("t10k-labels-idx1-ubyte", labels);
    const { splits } = await readSource(`idx:${folder}`, "data").open();
    expect([splits.train.count, splits.test.count, splits.test.indices[0]]).toEqual([10, 10, 10]);
  });

  it("says that there is no such file", async () => {
    const path = join(folder, "missing");
    await expect(readSource(`idx:${path}`, "data").open()).rejects.toMatchObject({
      name: "UserError",
      at: path,
      message: "there is no such file or folder",
    });
  });

  it("holds what a header promises against what the file can hold, before memory is taken for it", async () => {
    const head = (...sizes: number[]): Uint8Array => {
      const bytes = new Uint8Array(4 + 4 * sizes.length);
      const view = new DataView(bytes.buffer);
      view.setUint32(0, 0x0800 + sizes.length);
      sizes.forEach((size, axis) => {
        view.setUint32(4 + 4 * axis, size);
      });
      return bytes;
    };
    const open = async (name: string, bytes: Uint8Array): Promise<unknown> => {
      const path = await put(name, bytes);
      return await readSource(`idx:${path}`, "data").open();
    };
    await expect(open("nothing", head(4_000_000_000, 0, 0))).rejects.toThrow(
      "the header says 4000000000×0×0: there is nothing in it",
    );
    await expect(open("none", head(0, 28, 28))).rejects.toThrow("the header says 0×28×28: there is nothing in it");
    await expect(open("much", head(4_000_000_000, 28, 28))).rejects.toThrow(
      "the header promises 3,136,000,000,016 bytes, the file has 16",
    );
    await expect(open("much.gz", gzipSync(head(4_000_000_000, 28, 28)))).rejects.toThrow(
      /^the header promises 3,136,000,000,016 bytes, more than \d\d compressed ones can hold/,
    );
    const zeros = new Uint8Array(10_000_000);
    await expect(open("zeros.gz", gzipSync(zeros))).rejects.toThrow("the file begins with 0x00000000");
    const more = new Uint8Array(10_000_000);
    more.set(head(10, 28, 28));
    await expect(open("more.gz", gzipSync(more))).rejects.toThrow(
      "unpacks to more than the 7,856 bytes that its header promises",
    );
    await expect(open("text.gz", new TextEncoder().encode("no gzip"))).rejects.toThrow("is damaged or cut off");
  });
});

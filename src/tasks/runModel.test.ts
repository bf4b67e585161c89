import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPixels } from "../data/imageStore.js";
import { readSource } from "../data/sources/index.js";
import { withDecoder } from "../inference/index.js";
import { unitFromPixels } from "../pixels/index.js";
import { diskFileSystem, openRun, readCheckpoint, readLog, removeCheckpoints } from "../runs/index.js";
import { openRunModel } from "./runModel.js";
import { trainedRun } from "./testing/trainedRun.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-run-model-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let path = "";
beforeAll(async () => {
  path = await trainedRun(folder, "{ adam: { average: 0.9 } }");
}, 120_000);

describe("a run's model", () => {
  it("reconstructs the test images with the error that the training recorded, which averages its weights", async () => {
    const { splits } = await readSource({ source: "mnist", limit: { train: 40, test: 20 } }, "data").open();
    const images = unitFromPixels(readPixels(splits.test, 0, 20));
    const model = withDecoder(await openRunModel(path), path);
    const reconstructions = await model.reconstruct(images);
    const sum = reconstructions.reduce((total, value, i) => total + (value - (images[i] ?? 0)) ** 2, 0);
    const recorded = readLog(model.run, "metrics.jsonl").at(-1)?.test.mse ?? Number.NaN;
    // The reconstructions were rounded to float32, their mean square has half of 1e-7 of it at most.
    expect(sum / images.length / recorded).toBeCloseTo(1, 6);
    const tensors = readCheckpoint(model.run, "last")?.model ?? {};
    expect(model.state.find(({ name }) => name === "encoder.1.weight")?.values).toEqual(
      Float32Array.from(tensors["average.encoder.1.weight"]?.data as Float64Array),
    );
    model.dispose();
  });

  it("decodes what it encodes to its reconstructions, for any number of images", async () => {
    const model = withDecoder(await openRunModel(path, { threads: 1 }), path);
    for (const count of [0, 1, 130]) {
      const images = Float32Array.from({ length: count * 784 }, (_, i) => (i % 255) / 255);
      const codes = await model.encode(images);
      expect(codes.length).toBe(4 * count);
      const reconstructions = await model.reconstruct(images);
      const decoded = await model.decode(codes);
      const largest = decoded.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (reconstructions[i] ?? 0))),
        0,
      );
      // Codes are rounded to float32 on their way: sums of four such products, through a sigmoid of slope a quarter.
      expect([decoded.length, largest < 1e-6]).toEqual([784 * count, true]);
    }
    model.dispose();
    model.dispose();
  });

  it("is refused for a step that was not kept, a folder that is no run, and a run without a checkpoint", async () => {
    await expect(openRunModel(path, { checkpoint: 1 })).rejects.toMatchObject({
      message: "has no checkpoint of step 1",
      hint: expect.stringMatching(/^It has those of steps /),
    });
    await expect(openRunModel(folder)).rejects.toThrow("is not a run folder");
    removeCheckpoints(openRun(diskFileSystem, path));
    await expect(openRunModel(path)).rejects.toMatchObject({
      message: "has no checkpoint yet",
      at: path,
      hint: `Wait until it has saved, or, where nothing trains it: isthmus train ${path} --resume`,
    });
  });
});

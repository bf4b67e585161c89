// Training what samples and what averages its weights: evaluation's draws, and that a resumed run changes no byte.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import { openEngine } from "../engines/index.js";
import { readLoss, readModel } from "../nn/index.js";
import { modelState } from "../nn/programs.js";
import { readCheckpoint } from "../runs/index.js";
import { evaluator } from "./evaluate.js";
import { folderBytes, resumeTiny, tinyExperiment, trainTiny } from "./testing/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-variational-"));
afterAll(() => rmSync(folder, { recursive: true }));

const model = {
  kind: "variationalAutoencoder",
  input: [1, 6, 6],
  encoder: [{ conv2d: { channels: 2, kernel: 3 } }, "batchNorm2d", "elu", "flatten"],
  decoder: [{ dense: 36 }, "sigmoid", { unflatten: [1, 6, 6] }],
  code: 3,
  beta: { from: 0.5, to: 2, steps: 4 },
};
const experiment = tinyExperiment({
  model,
  loss: "bce",
  phases: [
    { epochs: 2, batchSize: 16, optimizer: { adamw: { clipNorm: 1, average: 0.9, exclude: ["bias", "norm"] } } },
    { epochs: 1, optimizer: { rmsprop: { average: 0.5 } } },
  ],
});

describe("a variational training", () => {
  it("stopped and resumed equals one that was not, byte for byte, its averages and beta's steps included", async () => {
    const unbroken = await trainTiny(join(folder, "unbroken"), { experiment });
    const stopped = await trainTiny(join(folder, "stopped"), { experiment, commands: { 4: [{ kind: "stop" }] } });
    expect(stopped.result).toMatchObject({ reason: "stopped" });
    await resumeTiny(stopped.run.path, { experiment });
    const skip = ["timing.jsonl"];
    expect(folderBytes(stopped.run.path, skip)).toEqual(folderBytes(unbroken.run.path, skip));
    const saved = readCheckpoint(unbroken.run, "last");
    expect(saved?.model["beta.step"]?.data).toEqual(BigInt64Array.of(9n));
    // The second phase's slots are fresh, so its averages begin anew, but counts are the model's own.
    expect(saved?.model["average.encoder.1.num_batches_tracked"]?.data).toEqual(BigInt64Array.of(9n));
  });

  it("is measured on its parts, which add up, and on what beta weighs", async () => {
    const { result } = await trainTiny(join(folder, "parts"), { experiment });
    const { objective = 0, reconstruction = 0, penalty = 0, kl = 0 } = result.last?.test ?? {};
    expect(Object.keys(result.last?.test ?? {})).toEqual([
      "objective",
      "reconstruction",
      "penalty",
      "kl",
      "mse",
      "bce",
    ]);
    // Means over 12 images in float64.
    expect(Math.abs(objective - reconstruction - penalty)).toBeLessThan(1e-13 * objective);
    expect(Math.abs(penalty - 2 * kl)).toBeLessThan(1e-13 * objective);
  });
});

describe("evaluation", () => {
  it("draws each image's sample by the evaluation seed and the image's index alone", async () => {
    // The decoder gives the code itself and the encoder nothing: the reconstruction is the noise.
    const plain = readModel({
      kind: "variationalAutoencoder",
      input: [1, 1, 1],
      encoder: ["flatten"],
      decoder: [{ dense: { units: 1, bias: false } }, { unflatten: [1, 1, 1] }],
      code: 1,
    });
    const session = await (await openEngine("reference")).open(modelState(plain, 0));
    for (const { name } of plain.parameters) await session.write(name, [name.startsWith("decoder") ? 1 : 0]);
    const evaluate = evaluator({ session, model: plain, loss: readLoss("mse"), metrics: [], seed: 11, average: false });
    const noise = (image: number) => Math.fround(randomSequence(11, "latent", 0, image).normal());
    const images = (indices: readonly number[]) => ({
      count: indices.length,
      shape: [1, 1, 1],
      pixels: new Uint8Array(new SharedArrayBuffer(indices.length)),
      indices: Uint32Array.from(indices),
    });
    const found = await evaluate(images([7, 40]));
    expect(found.reconstruction).toBeCloseTo((noise(7) ** 2 + noise(40) ** 2) / 2, 14);
    expect((await evaluate(images([40]))).reconstruction).toBeCloseTo(noise(40) ** 2, 14);
  });
});

// A classifier through the training loop, and a phase that corrupts its inputs: what is learned, refused and evaluated.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { folderBytes, resumeTiny, tinyExperiment, tinySource, trainTiny } from "./testing/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-classifier-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Pictures of 1×6×6, noise with a bright third: left (class 0), middle (class 1) or right (class 2). */
function thirds(count: number, firstIndex: number): ImageSet {
  const pixels = new Uint8Array(new SharedArrayBuffer(count * 36));
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  for (let image = 0; image < count; image++) {
    const random = randomSequence(1, "sample", 0, firstIndex + image);
    for (let i = 0; i < 36; i++) {
      const isBright = Math.floor((i % 6) / 2) === labels[image];
      pixels[image * 36 + i] = random.below(100) + (isBright ? 100 : 0);
    }
  }
  const indices = Uint32Array.from({ length: count }, (_, i) => firstIndex + i);
  return { count, shape: [1, 6, 6], pixels, labels, indices };
}
const source: OpenSource = { ...tinySource, splits: { train: thirds(60, 0), test: thirds(30, 60) } };
const experiment = tinyExperiment({
  model: {
    kind: "classifier",
    input: [1, 6, 6],
    encoder: [{ conv2d: { channels: 4, kernel: 3, padding: 1 } }, "elu", "flatten", { dense: 3 }],
    decoder: [],
  },
  loss: "crossEntropy",
  phases: [{ epochs: 12, batchSize: 20, optimizer: { adam: { learningRate: 0.05 } } }],
});

describe("a classifier", () => {
  it("learns which third is bright and is measured by its accuracy", async () => {
    const { result } = await trainTiny(join(folder, "learns"), { experiment, source });
    expect(Object.keys(result.last?.test ?? {})).toEqual(["objective", "crossEntropy", "accuracy"]);
    // Guessing gives a third. The classes lie apart: twelve pixels differ by 100 on average, with a spread of 29.
    expect(result.last?.test.accuracy).toBe(1);
    expect(result.last?.test.objective).toBeLessThan(Math.log(3) / 2);
  });

  it("is stopped and taken up again without a trace, balanced samples and changed pictures included", async () => {
    const changed = tinyExperiment({
      ...experiment,
      metrics: undefined,
      phases: [
        {
          epochs: 2,
          batchSize: 16,
          sample: { balanced: true, images: 42 },
          augment: [{ flip: {} }],
          corrupt: [{ gaussianNoise: 0.1 }],
        },
        { epochs: 1, corrupt: [], sample: { images: 0.5 } },
      ],
    });
    const unbroken = await trainTiny(join(folder, "unbroken"), { experiment: changed, source });
    // Epochs of 42, 42 and 30 images: three, three and two batches.
    expect(unbroken.result.step).toBe(8);
    const stopped = await trainTiny(join(folder, "stopped"), {
      experiment: changed,
      source,
      commands: { 4: [{ kind: "stop" }] },
    });
    expect(stopped.result.reason).toBe("stopped");
    await resumeTiny(stopped.run.path, { experiment: changed, source });
    const skip = ["timing.jsonl"];
    expect(folderBytes(stopped.run.path, skip)).toEqual(folderBytes(unbroken.run.path, skip));
  });

  it("is refused data without labels, and with more classes than it has outputs", async () => {
    await expect(trainTiny(join(folder, "unlabelled"), { experiment })).rejects.toMatchObject({
      name: "UserError",
      at: "data",
      message: "the data has no labels for a model of kind classifier to learn",
    });
    const { test, train } = source.splits;
    const more = { ...source, splits: { test, train: { ...train, labels: train.labels?.map((label) => label + 1) } } };
    await expect(trainTiny(join(folder, "classes"), { experiment, source: more as OpenSource })).rejects.toMatchObject({
      name: "UserError",
      at: "model.encoder",
      message: "the encoder ends in 3 numbers, but the train images have 4 classes",
      hint: "End it with { dense: 4 }.",
    });
  });
});

describe("a phase that corrupts its inputs", () => {
  // A model that gives its input back: its error is what the corruption does to the picture.
  const identity = (changes: object) =>
    tinyExperiment({
      model: {
        kind: "autoencoder",
        input: [1, 6, 6],
        encoder: ["flatten", { dense: { units: 36, bias: false } }],
        decoder: [{ dense: { units: 36, bias: false } }, { unflatten: [1, 6, 6] }],
      },
      phases: [{ epochs: 2, batchSize: 20, optimizer: { sgd: { learningRate: 1e-18 } }, ...changes }],
    });

  it("is evaluated on inputs corrupted the same way in each epoch, and never augmented", async () => {
    const of = async (name: string, changes: object, seeds: object = {}) => {
      const { run, result } = await trainTiny(join(folder, name), {
        experiment: { ...identity(changes), ...seeds },
        source,
      });
      return { ...result.last, ...JSON.parse(folderBytes(run.path)["metrics.jsonl"]?.split("\n")[0] ?? "{}") };
    };
    const plain = await of("plain", {});
    const augmented = await of("augmented", { augment: [{ rotate: 90 }] });
    const corrupt = [{ gaussianNoise: 0.3 }];
    const noisy = await of("noisy", { corrupt });
    const other = await of("other", { corrupt }, { evaluationSeed: 1 });
    // Weights do not move, so whatever differs is in the pictures.
    expect(augmented.test).toEqual(plain.test);
    expect(augmented.train.mse).not.toBe(plain.train.mse);
    expect(noisy.test.mse).not.toBe(plain.test.mse);
    expect(other.test.mse).not.toBe(noisy.test.mse);
    expect(other.train.mse).toBe(noisy.train.mse);
  });
});

import { describe, expect, it } from "vitest";
import { referenceEngine } from "../engines/reference/index.js";
import { verify } from "../tensor/index.js";
import { readLoss } from "./losses/index.js";
import { readMetrics } from "./metrics/index.js";
import type { Model } from "./models/define.js";
import { readModel } from "./models/index.js";
import { readOptimizer } from "./optimizers/index.js";
import {
  decodeProgram,
  encodeProgram,
  evaluationProgram,
  modelState,
  reconstructProgram,
  trainingProgram,
} from "./programs.js";
import { thrownBy } from "./testing/evaluate.js";
import { mnistConv } from "./testing/networks.js";

const mse = readLoss("mse");

/** A session of the reference engine that trains the model; `step` gives the outputs. */
async function trainer(model: Model, optimizerSpec: unknown, batchSize: number) {
  const optimizer = readOptimizer(optimizerSpec);
  const session = await referenceEngine().open(modelState(model, 7, optimizer));
  const train = await session.compile(trainingProgram({ model, loss: mse, metrics: [], optimizer, batchSize }));
  let steps = 0;
  const step = async (input: readonly number[], target = input) => {
    const numbers = optimizer.optimizer.scalars(optimizer.options, ++steps, optimizer.options.learningRate);
    const scalars = Object.entries(numbers).map(
      ([name, value]) => [`optimizer.${name}`, Float64Array.of(value)] as const,
    );
    const outputs = await train.run({
      input: Float64Array.from(input),
      target: Float64Array.from(target),
      ...Object.fromEntries(scalars),
    });
    return { objective: outputs.objective?.[0] ?? Number.NaN, mse: outputs.mse?.[0] ?? Number.NaN };
  };
  return { session, step };
}

describe("trainingProgram", () => {
  it("takes one step of gradient descent, by a hand calculation", async () => {
    // Code c = a·x, reconstruction r = b·c. With x = 3, a = 2, b = 0.5, target 1: r = 3, objective (3 − 1)² = 4,
    // d/db = 2·2·6 = 24, d/da = 2·2·0.5·3 = 6.
    const one = { dense: { units: 1, bias: false } };
    const model = readModel({
      kind: "autoencoder",
      input: [1, 1, 1],
      encoder: ["flatten", one],
      decoder: [one, { unflatten: [1, 1, 1] }],
    });
    const { session, step } = await trainer(model, { sgd: { learningRate: 0.01 } }, 1);
    await session.write("encoder.1.weight", [2]);
    await session.write("decoder.0.weight", [0.5]);
    expect(await step([3], [1])).toEqual({ objective: 4, mse: 4 });
    expect((await session.read("encoder.1.weight"))[0]).toBeCloseTo(2 - 0.06, 14);
    expect((await session.read("decoder.0.weight"))[0]).toBeCloseTo(0.5 - 0.24, 14);
  });

  it("makes the objective of a dense network smaller at each of twenty small steps on one batch", async () => {
    const model = readModel({
      kind: "autoencoder",
      input: [1, 4, 4],
      encoder: ["flatten", { dense: 3 }, "elu"],
      decoder: [{ dense: 16 }, "sigmoid", { unflatten: [1, 4, 4] }],
    });
    const { step } = await trainer(model, { sgd: { learningRate: 0.05 } }, 2);
    const images = Array.from({ length: 32 }, (_, i) => ((i * 7) % 11) / 10);
    let before = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 20; i++) {
      const { objective } = await step(images);
      expect(objective).toBeLessThan(before);
      before = objective;
    }
  });

  it("keeps the running mean of the written model, bias included, and leaves alone a bias that batch norm takes away", async () => {
    const model = readModel({
      kind: "autoencoder",
      input: [1, 1, 2],
      encoder: [{ conv2d: { channels: 1, kernel: 1 } }, "batchNorm2d"],
      decoder: ["elu"],
    });
    const { session, step } = await trainer(model, "adam", 2);
    await session.write("encoder.0.weight", [2]);
    await session.write("encoder.0.bias", [5]);
    await step([1, 2, 3, 6]);
    // 2x + 5 has mean 2·3 + 5 = 11 and unbiased variance 4·14/3.
    expect((await session.read("encoder.1.running_mean"))[0]).toBeCloseTo(0.1 * 11, 13);
    expect((await session.read("encoder.1.running_var"))[0]).toBeCloseTo(0.9 + (0.1 * 56) / 3, 13);
    expect((await session.read("encoder.1.num_batches_tracked"))[0]).toBe(1);
    expect((await session.read("encoder.0.bias"))[0]).toBe(5);
  });

  it("is a valid graph for mnist-conv that changes each parameter, buffer and slot and reads no other state", () => {
    const model = readModel(mnistConv);
    const optimizer = readOptimizer("adam");
    const program = trainingProgram({
      model,
      loss: mse,
      metrics: readMetrics(["mse", "bce"]),
      optimizer,
      batchSize: 4,
    });
    verify(program);
    const names = modelState(model, 0, optimizer).map(({ name }) => name);
    expect(Object.keys(program.updates).sort()).toEqual([...names].sort());
    expect(Object.keys(program.outputs)).toEqual(["objective", "mse", "bce"]);
    const leaves = program.nodes.filter(({ op }) => op === "input" || op === "state");
    const read = leaves.map(({ attributes }) => (attributes as { name: string }).name);
    const inputs = ["input", "target", "optimizer.stepSize", "optimizer.epsilon"];
    expect(read.filter((name) => !names.includes(name)).sort()).toEqual([...inputs].sort());
    expect(new Set(read).size).toBe(read.length);
  });

  it("asks for dropout masks in training alone", () => {
    const model = readModel({
      kind: "autoencoder",
      input: [1, 2, 2],
      encoder: ["flatten", { dropout: 0.25 }],
      decoder: [{ unflatten: [1, 2, 2] }],
    });
    const parts = { model, loss: mse, metrics: [], batchSize: 3 };
    expect(trainingProgram({ ...parts, optimizer: readOptimizer("adam") }).randomInputs).toEqual([
      { distribution: "bernoulli", probability: 0.25, name: "encoder.1.mask", shape: [3, 4] },
    ]);
    expect(evaluationProgram(parts).randomInputs).toEqual([]);
  });

  it("leaves out figures that are measured in inference mode only, and says all the same what they refuse", () => {
    const optimizer = readOptimizer("adam");
    const measured = (side: number) => {
      const decoder = [{ dense: side * side }, { unflatten: [1, side, side] }];
      const model = readModel({
        kind: "autoencoder",
        input: [1, side, side],
        encoder: ["flatten", { dense: 2 }],
        decoder,
      });
      return { model, loss: mse, metrics: readMetrics(["psnr", "ssim"]), batchSize: 2, optimizer };
    };
    const train = trainingProgram(measured(12));
    expect(Object.keys(train.outputs)).toEqual(["objective", "mse", "psnr"]);
    expect(train.nodes.some(({ op }) => op === "conv2d")).toBe(false);
    expect(Object.keys(evaluationProgram(measured(12)).outputs)).toEqual(["objective", "mse", "psnr", "ssim"]);
    expect(thrownBy(() => trainingProgram(measured(8)))).toMatchObject({
      message: "ssim needs images of at least 11×11 pixels, got 1×8×8",
    });
  });

  it("refuses a batch whose batch norm has a single value per channel, and names the layer", () => {
    const model = readModel({
      kind: "autoencoder",
      input: [1, 1, 1],
      encoder: ["batchNorm2d"],
      decoder: ["elu"],
    });
    const parts = { model, loss: mse, metrics: [], batchSize: 1 };
    expect(thrownBy(() => trainingProgram({ ...parts, optimizer: readOptimizer("adam") }))).toMatchObject({
      at: "encoder[0] batchNorm2d",
      message:
        "batch norm in training needs more than one value for each channel, got a batch of 1 with images of 1×1; use a larger batch",
    });
    expect(() => evaluationProgram(parts)).not.toThrow();
  });
});

describe("inference programs", () => {
  const model = readModel({
    kind: "autoencoder",
    input: [1, 4, 4],
    encoder: [{ conv2d: { channels: 2, kernel: 3 } }, "batchNorm2d", "elu", "flatten"],
    decoder: [{ dense: 16 }, "sigmoid", { unflatten: [1, 4, 4] }],
  });
  const images = Float64Array.from({ length: 32 }, (_, i) => ((i * 5) % 9) / 8);

  it("encode, then decode, is reconstruct, and nothing changes the state", async () => {
    const session = await referenceEngine().open(modelState(model, 1));
    const encode = await session.compile(encodeProgram(model, 2));
    const decode = await session.compile(decodeProgram(model, 2));
    const both = await (await session.compile(reconstructProgram(model, 2))).run({ input: images });
    const { code } = await encode.run({ input: images });
    expect(code).toEqual(both.code);
    expect(code).toHaveLength(2 * 8);
    const { reconstruction } = await decode.run({ code: code as Float64Array });
    expect(reconstruction).toEqual(both.reconstruction);
    expect(encodeProgram(model, 2).updates).toEqual({});
  });

  it("evaluation gives the mean over the batch of what reconstruct gives", async () => {
    const session = await referenceEngine().open(modelState(model, 1));
    const metrics = readMetrics(["mse", "bce"]);
    const evaluate = await session.compile(evaluationProgram({ model, loss: readLoss("bce"), metrics, batchSize: 2 }));
    const figures = await evaluate.run({ input: images, target: images });
    const { reconstruction } = await (await session.compile(reconstructProgram(model, 2))).run({ input: images });
    let squares = 0;
    let crossEntropy = 0;
    images.forEach((target, i) => {
      const prediction = reconstruction?.[i] ?? Number.NaN;
      squares += (prediction - target) ** 2 / images.length;
      crossEntropy -= (target * Math.log(prediction) + (1 - target) * Math.log(1 - prediction)) / images.length;
    });
    expect(Object.keys(figures)).toEqual(["objective", "bce", "mse"]);
    expect(figures.mse?.[0]).toBeCloseTo(squares, 14);
    expect(figures.bce?.[0]).toBeCloseTo(crossEntropy, 14);
    expect(figures.objective).toEqual(figures.bce);
  });
});

describe("a loss of logits", () => {
  it("is measured on the pixels that the logits stand for", async () => {
    const layers = [{ dense: { units: 4, bias: false } }, { unflatten: [1, 2, 2] }];
    const figures = async (loss: string, decoder: readonly (string | object)[]) => {
      const model = readModel({ kind: "autoencoder", input: [1, 2, 2], encoder: ["flatten"], decoder });
      const session = await referenceEngine().open(modelState(model, 5));
      const program = evaluationProgram({
        model,
        loss: readLoss(loss),
        metrics: readMetrics(["mse", "mae"]),
        batchSize: 1,
      });
      const input = Float64Array.of(0.1, 0.9, 0.4, 0);
      const { mse = [], mae = [] } = await (await session.compile(program)).run({ input, target: input });
      return [mse[0], mae[0]];
    };
    expect(await figures("bceWithLogits", layers)).toEqual(await figures("bce", [...layers, "sigmoid"]));
  });
});

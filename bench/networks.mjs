// The networks that are measured, and how Isthmus is made ready to train one.
import { openEngine } from "../dist/engines/index.js";
import { readLoss, readModel, readOptimizer, reconstructProgram } from "../dist/nn/index.js";
import { openTrainer } from "../dist/training/trainer.js";

const warmUpSteps = 8;

const conv = (channels, padding = 0) => ({ conv2d: { channels, kernel: 3, padding } });
const back = (channels, padding = 0) => ({ convTranspose2d: { channels, kernel: 3, padding } });
const down = (channels) => [conv(channels, 1), "batchNorm2d", { maxPool2d: 2 }, "elu"];
const up = (channels) => [{ upsample: 2 }, back(channels, 1), "batchNorm2d", "elu"];
const dense = (units) => ({ dense: { units } });

export const networks = {
  "mnist-conv": {
    parameters: 194_499,
    loss: "mse",
    learningRate: 0.005,
    input: [1, 28, 28],
    encoder: [
      ...[conv(16, 1), "batchNorm2d", { maxPool2d: 2 }, "elu"],
      ...[conv(32), "batchNorm2d", { maxPool2d: 2 }, "elu"],
      ...[conv(64, 1), "batchNorm2d", { maxPool2d: 2 }, "elu"],
      ...[conv(128), "flatten"],
    ],
    decoder: [
      ...[{ unflatten: [128, 1, 1] }, back(64), { upsample: 2 }],
      ...[back(32, 1), "batchNorm2d", "elu", { upsample: 2 }],
      ...[back(16), "batchNorm2d", "elu", { upsample: 2 }],
      ...[back(1, 1), "batchNorm2d", "elu"],
    ],
  },
  "dense-16m": {
    parameters: 16_012_750,
    loss: "mse",
    learningRate: 0.001,
    input: [1, 100, 100],
    encoder: ["flatten", { dropout: 0.15 }, dense(750), "relu", dense(500), "relu", dense(250), "relu"],
    decoder: [dense(500), "relu", dense(750), "relu", dense(10_000), "sigmoid", { unflatten: [1, 100, 100] }],
  },
  dense: {
    loss: "bce",
    learningRate: 0.001,
    input: [1, 28, 28],
    encoder: ["flatten", dense(256), "relu", dense(128), "relu", dense(49)],
    decoder: [dense(128), "relu", dense(256), "relu", dense(784), "sigmoid", { unflatten: [1, 28, 28] }],
  },
  "fashion-conv": {
    loss: "mse",
    learningRate: 0.001,
    input: [1, 28, 28],
    encoder: [conv(64, 1), "relu", { maxPool2d: 2 }, conv(32, 1), "relu", { maxPool2d: 2 }, "flatten", dense(64)],
    decoder: [dense(784), "sigmoid", { unflatten: [1, 28, 28] }],
  },
  faces: {
    parameters: 3_082_749,
    loss: "mse",
    learningRate: 0.001,
    input: [3, 48, 48],
    encoder: [...[...down(32), ...down(64), "dropout2d", ...down(128), ...down(256)], ...[conv(500), "elu", "flatten"]],
    decoder: [
      ...[{ unflatten: [500, 1, 1] }, back(256), "elu"],
      ...[...up(128), ...up(64), "dropout2d", ...up(32), ...up(3)],
    ],
  },
};

/** @param {{ name?: string, threads?: number }} options */
export const engine = ({ name = "onednn", threads = 2 }) => openEngine(name, { threads });

/** A session that trains on a batch already in memory; a few steps are done. */
export async function prepare(engine, name, batchSize) {
  const network = networks[name];
  if (network === undefined)
    throw new Error(`no network is called ${name}; there are ${Object.keys(networks).join(", ")}`);
  const { input, encoder, decoder } = network;
  const model = readModel({ kind: "autoencoder", input, encoder, decoder });
  const count = model.rows.reduce((sum, { parameters }) => sum + parameters, 0);
  if (network.parameters !== undefined && count !== network.parameters) {
    throw new Error(`${name} has ${count} parameters, not ${network.parameters}`);
  }
  const trainer = await openTrainer({
    engine,
    model,
    loss: readLoss(network.loss),
    metrics: [],
    optimizer: readOptimizer({ adam: { learningRate: network.learningRate } }),
    batchSizes: [batchSize],
    seed: 0,
  });
  const images = new Float32Array(batchSize * input.reduce((size, length) => size * length, 1)).map(Math.random);
  // The same arrays in every step, as the product's batch slots are. Dropout's masks come with the batch, drawn by the
  // data threads ahead of time; here they are drawn once.
  const inputs = { input: images, target: images };
  for (const random of trainer.randomInputs) {
    const size = random.shape.reduce((product, length) => product * length, 1);
    inputs[random.name] = new Float32Array(size).map(() =>
      Math.random() < random.probability ? 0 : 1 / (1 - random.probability),
    );
  }
  let done = 0;
  const batch = { count: batchSize, inputs };
  const step = async () => {
    const { batches } = await trainer.step([batch], { step: ++done, learningRate: network.learningRate });
    return batches[0].figures.objective;
  };
  for (let i = 0; i < warmUpSteps; i++) await step();
  const inference = await trainer.session.compile(reconstructProgram(model, batchSize));
  const infer = async () => {
    const { reconstruction } = await inference.run({ input: images });
    return reconstruction[0];
  };
  const forward = 2 * batchSize * products(model);
  return { step, infer, operations: { training: 3 * forward, inference: forward }, dispose: () => trainer.dispose() };
}

/** Multiplications of an image's way through the layers as they are written, upsampled pixels included. */
function products({ rows, inputShape }) {
  let sum = 0;
  let before = inputShape;
  for (const { title, parameters, outputShape } of rows) {
    const [channels, height = 1, width = 1] = outputShape;
    if (title === "Conv2d") sum += (parameters - channels) * height * width;
    else if (title === "ConvTranspose2d") sum += (parameters - channels) * before[1] * before[2];
    else if (title === "Linear") sum += parameters - channels;
    before = outputShape;
  }
  return sum;
}

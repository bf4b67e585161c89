// Isthmus' side of the benchmark: a process that trains a few steps when asked and is idle otherwise. Reads one JSON request
// a line and answers with one JSON line, as pytorch.py does. A step is what the training loop does with a batch that is
// already in memory: the optimizer's scalars, the whole training program, reading the loss.
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { engineNames, openEngine } from "../dist/engines/index.js";
import { modelState, readLoss, readModel, readOptimizer, trainingProgram } from "../dist/nn/index.js";
import { graphBuilder, ops, program } from "../dist/tensor/index.js";

const { values: flags } = parseArgs({
  options: { threads: { type: "string", default: "2" }, engine: { type: "string", default: "onednn" } },
});
const warmUpSteps = 8;

const conv = (channels, padding = 0) => ({ conv2d: { channels, kernel: 3, padding } });
const back = (channels, padding = 0) => ({ convTranspose2d: { channels, kernel: 3, padding } });
const dense = (units) => ({ dense: { units } });

const networks = {
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
};

const engine = await open();
async function open() {
  try {
    if (!engineNames.includes(flags.engine)) {
      throw new Error(`no engine is called ${flags.engine}; there are ${engineNames.join(", ")}`);
    }
    return await openEngine(flags.engine, { threads: Number(flags.threads) });
  } catch (error) {
    // One line: the orchestrator repeats a side's last one.
    process.stderr.write(`${[error.message, error.hint].filter((text) => text !== undefined).join(" ")}\n`);
    process.exit(1);
  }
}
/** @type {Map<string, { step: () => Promise<number>, dispose: () => void }>} */
const prepared = new Map();

async function prepare(name, batchSize) {
  const network = networks[name];
  if (network === undefined)
    throw new Error(`no network is called ${name}; there are ${Object.keys(networks).join(", ")}`);
  const { input, encoder, decoder } = network;
  const model = readModel({ kind: "autoencoder", input, encoder, decoder });
  const count = model.rows.reduce((sum, { parameters }) => sum + parameters, 0);
  if (network.parameters !== undefined && count !== network.parameters) {
    throw new Error(`${name} has ${count} parameters, not ${network.parameters}`);
  }
  const optimizer = readOptimizer({ adam: { learningRate: network.learningRate } });
  const training = trainingProgram({ model, loss: readLoss(network.loss), metrics: [], optimizer, batchSize });
  const session = await engine.open(modelState(model, 0, optimizer));
  const executable = await session.compile(training);
  const images = new Float32Array(batchSize * input.reduce((size, length) => size * length, 1)).map(Math.random);
  // The same arrays in every step, as the product's batch slots are. Dropout's masks come with the batch, drawn by the
  // data threads ahead of time; here they are drawn once.
  const inputs = { input: images, target: images };
  for (const random of training.randomInputs) {
    const size = random.shape.reduce((product, length) => product * length, 1);
    inputs[random.name] = new Float32Array(size).map(() =>
      Math.random() < random.probability ? 0 : 1 / (1 - random.probability),
    );
  }
  let done = 0;
  const step = async () => {
    done++;
    for (const [key, value] of Object.entries(
      optimizer.optimizer.scalars(optimizer.options, done, network.learningRate),
    )) {
      inputs[`optimizer.${key}`] ??= new Float32Array(1);
      inputs[`optimizer.${key}`][0] = value;
    }
    const { objective } = await executable.run(inputs);
    return objective[0];
  };
  for (let i = 0; i < warmUpSteps; i++) await step();
  return { step, dispose: () => session.dispose() };
}

/** Float32 GFLOP/s of a square matrix product, the best of ten. */
async function peak() {
  const size = 2048;
  const shape = [size, size];
  const values = new Float32Array(size * size).map(Math.random);
  const session = await engine.open(["a", "b"].map((name) => ({ name, shape, kind: "parameter", values })));
  const graph = graphBuilder();
  const product = graph.add(ops.matmul, [graph.state("a", shape), graph.state("b", shape)], {
    transposeA: false,
    transposeB: false,
  });
  const executable = await session.compile(
    program({ name: "peak", outputs: { y: graph.add(ops.mean, [product], {}) } }),
  );
  let best = 0;
  for (let i = 0; i < 10; i++) {
    const start = performance.now();
    await executable.run({});
    best = Math.max(best, (2 * size ** 3) / (performance.now() - start) / 1e6);
  }
  session.dispose();
  return best;
}

async function answer(request) {
  if (request.describe) return { ...engine.describe(), node: process.version };
  if (request.peak) return { gigaflops: await peak() };
  if (request.forget) {
    for (const { dispose } of prepared.values()) dispose();
    prepared.clear();
    return {};
  }
  const key = `${request.network} ${request.batch}`;
  let side = prepared.get(key);
  if (side === undefined) {
    side = await prepare(request.network, request.batch);
    prepared.set(key, side);
  }
  for (let i = 0; i < (request.lead ?? 0); i++) await side.step();
  const milliseconds = [];
  let loss = 0;
  for (let i = 0; i < request.steps; i++) {
    const start = performance.now();
    loss = await side.step();
    milliseconds.push(performance.now() - start);
  }
  return { milliseconds, loss };
}

for await (const line of createInterface({ input: process.stdin })) {
  let response;
  try {
    response = await answer(JSON.parse(line));
  } catch (error) {
    response = { error: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(response)}\n`);
}

// What the data costs. The steps of an epoch in a real training over as many bare steps, for networks whose pictures are
// changed anew each time (the same measurement as epoch.mjs), wanted at most 1.25; images a second from a folder of
// pictures, read first and read again; and the memory that a folder four times as large as its bound takes.
// `npm run bench:data -- [rounds] [batches] [epochs] [folder] [memory]`: the named measurements, or all.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBatches } from "../dist/data/batches.js";
import { createImageStore } from "../dist/data/imageStore.js";
import { writePng } from "../dist/data/picture.js";
import { readSource } from "../dist/data/sources/index.js";
import { checkExperiment } from "../dist/experiment/index.js";
import { startTraining } from "../dist/training/index.js";
import { networks } from "./networks.mjs";
import { startSide } from "./side.mjs";

const rounds = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 9);
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const out = mkdtempSync(join(tmpdir(), "isthmus-data-"));
const warps = [{ randomPerspective: { distortion: 0.4, probability: 0.5 } }, { randomRotation: [-10, 10] }];
const folderImages = 10_000;

/** The pictures are noise: what is done to them costs the same as with others. */
async function noiseFolder(count, [channels, height, width]) {
  const folder = join(out, `pictures-${count}-${width}`);
  const bytes = new Uint8Array(width * height * channels);
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < bytes.length; j++) bytes[j] = (Math.imul(i * bytes.length + j, 2_654_435_761) >>> 24) & 255;
    await writePng(join(folder, `${i % 10}`, `${i}.png`), { width, height, channels, bytes });
  }
  return folder;
}

const cases = [
  {
    name: "mnist-conv, phase two",
    network: "mnist-conv",
    batch: 32,
    steps: 1875,
    data: { source: "mnist", limit: { test: 100 } },
    augment: warps,
    corrupt: [],
  },
  {
    name: "dense-16m, everything on",
    network: "dense-16m",
    batch: 64,
    steps: 141,
    data: undefined,
    augment: warps,
    corrupt: [{ gaussianNoise: 0.1 }],
  },
];

/** Images a second of the data threads with nobody else on the machine. */
async function measureBatches({ name, network, batch, augment, corrupt }) {
  const shape = networks[network].input;
  const count = 20 * batch;
  const size = shape.reduce((a, b) => a * b);
  const store = createImageStore(count, size);
  for (let i = 0; i < count; i++)
    store.write(
      i,
      Uint8Array.from({ length: size }, (_, j) => (i * 7 + j) % 256),
    );
  const set = { count, shape, pixels: store.finish(), indices: Uint32Array.from({ length: count }, (_, i) => i) };
  for (const threads of [1, 2]) {
    const stream = openBatches({
      ...{ set, batchSize: batch, seed: 0, randomInputs: [], augment, corrupt, threads },
      start: { epoch: 1, stepInEpoch: 0, step: 0 },
    });
    const turns = batch < 64 ? 2000 : 150;
    const take = (batches) => {
      for (let i = 0; i < batches; i++) stream.next().release();
    };
    take(batch < 64 ? 1500 : 100);
    const began = performance.now();
    take(turns);
    const perSecond = (turns * batch * 1000) / (performance.now() - began);
    await stream.close();
    console.log(
      `${name}: ${Math.round(perSecond)} images/s from ${threads} data thread${threads > 1 ? "s" : ""} alone`,
    );
  }
}

async function measureEpochs({ name, network, batch, steps, data, augment, corrupt }) {
  const { loss, learningRate, input, encoder, decoder } = networks[network];
  const source = data ?? { source: `folder:${await noiseFolder(steps * batch + 200, input)}` };
  const experiment = checkExperiment({
    name: network,
    data: source,
    model: { kind: "autoencoder", input, encoder, decoder },
    loss,
    phases: [{ epochs: rounds + 1, batchSize: batch, optimizer: { adam: { learningRate } }, augment, corrupt }],
    checkpointEvery: rounds + 1,
  });
  const bare = startSide({
    ...{ name: "bare steps", command: process.execPath, arguments: [at("./isthmus.mjs")], environment: {} },
    verbose: false,
  });
  const measureBare = async () => median((await bare.ask({ network, batch, steps, lead: 20 })).milliseconds);
  try {
    const ratios = [];
    const waits = [];
    let before = await measureBare();
    let turn = Promise.resolve();
    const threads = Math.min(2, availableParallelism());
    const training = startTraining(
      { kind: "new", experiment, out, date: "2000-01-01", engine: "onednn", threads },
      (event) => {
        if (event.kind !== "epoch") return;
        training.command({ kind: "pause" });
        turn = turn.then(async () => {
          const after = await measureBare();
          const { seconds, dataWaitSeconds } = event.timing;
          const done = Math.ceil(event.record.images / batch);
          // The first epoch warms up.
          if (event.record.epoch > 1) {
            ratios.push((seconds * 1000) / (done * ((before + after) / 2)));
            waits.push(dataWaitSeconds / seconds);
          }
          before = after;
          training.command({ kind: "resume" });
        });
      },
    );
    await training.finished;
    await turn;
    console.log(
      `${name}: an epoch's steps over as many bare steps, ${ratios.length} times: median ${median(ratios).toFixed(3)}×, ` +
        `from ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}; ` +
        `waiting for data ${(100 * median(waits)).toFixed(1)}% of the time`,
    );
  } finally {
    bare.stop();
  }
}

async function measureFolder() {
  const folder = await noiseFolder(folderImages, [1, 100, 100]);
  for (const time of ["first", "again"]) {
    const began = performance.now();
    const { splits } = await readSource({ source: `folder:${folder}` }, "data").open();
    const count = Object.values(splits).reduce((sum, { count }) => sum + count, 0);
    const seconds = (performance.now() - began) / 1000;
    console.log(`a folder of ${count} pictures, opened ${time}: ${Math.round(count / seconds)} images/s`);
    const stream = openBatches({
      ...{ set: splits.train, batchSize: 64, seed: 0, randomInputs: [] },
      start: { epoch: 1, stepInEpoch: 0, step: 0 },
    });
    const taken = performance.now();
    for (let i = 0; i < stream.stepsPerEpoch; i++) stream.next().release();
    const perSecond = splits.train.count / ((performance.now() - taken) / 1000);
    await stream.close();
    console.log(`an epoch of its batches: ${Math.round(perSecond)} images/s`);
  }
}

const bound = 256;

/** What opening a folder and taking an epoch of its batches adds to a process's memory: of a small one, then of one four times its bound. */
async function measureMemory() {
  const shape = [3, 256, 256];
  const imageBytes = shape.reduce((a, b) => a * b);
  const peaks = [];
  // All pictures but one in a hundred train: they are one set.
  for (const count of [40, Math.ceil((4 * bound * 1e6) / imageBytes / 0.99)]) {
    const folder = await flatFolder(count, shape);
    const code = `
      import { readFileSync } from "node:fs";
      const { readSource } = await import(${JSON.stringify(new URL("../dist/data/sources/index.js", import.meta.url).href)});
      const { openBatches } = await import(${JSON.stringify(new URL("../dist/data/batches.js", import.meta.url).href)});
      const { splits } = await readSource({ source: "folder", path: ${JSON.stringify(folder)}, split: { train: 0.99 } }, "data").open();
      const stream = openBatches({ set: splits.train, batchSize: 16, seed: 0, randomInputs: [], start: { epoch: 1, stepInEpoch: 0, step: 0 } });
      for (let i = 0; i < stream.stepsPerEpoch; i++) stream.next().release();
      await stream.close();
      console.log(splits.train.count, 1024 * Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]));
    `;
    // A file and not -e: the batch threads would inherit that.
    const script = join(out, "memory.mjs");
    writeFileSync(script, code);
    const { stdout, stderr } = spawnSync(process.execPath, [script], {
      encoding: "utf8",
      env: { ...process.env, ISTHMUS_PIXEL_MEMORY: String(bound) },
    });
    if (stdout === "") throw new Error(stderr);
    const [images, peak] = stdout.trim().split(" ").map(Number);
    peaks.push(peak);
    console.log(
      `a folder of ${Math.round((images * imageBytes) / 1e6)} MB of pixels, bound ${bound} MB: peak ${Math.round(peak / 1e6)} MB`,
    );
    rmSync(folder, { recursive: true });
  }
  console.log(`the larger folder takes ${Math.round((peaks[1] - peaks[0]) / 1e6)} MB more`);
}

/** Pictures of one colour each, which are written fast and decoded to as many bytes as others. */
async function flatFolder(count, [channels, height, width]) {
  const folder = join(out, `flat-${count}`);
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(width * height * channels).fill(i % 256);
    await writePng(join(folder, `${i}.png`), { width, height, channels, bytes });
  }
  return folder;
}

const measurements = {
  batches: async () => {
    for (const one of cases) await measureBatches(one);
  },
  epochs: async () => {
    for (const one of cases) await measureEpochs(one);
  },
  folder: measureFolder,
  memory: measureMemory,
};
const named = process.argv.slice(2).filter((word) => Object.hasOwn(measurements, word));
try {
  for (const name of named.length === 0 ? Object.keys(measurements) : named) await measurements[name]();
} finally {
  rmSync(out, { recursive: true });
}

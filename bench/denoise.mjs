// How long Isthmus takes to where PyTorch is after half an hour: the network of digits-denoise on noisy printed digits, on
// the same training pictures, with the very same noisy test pictures. PyTorch (default loop, Adam at a constant 0.001) trains
// for --minutes; Isthmus trains the same recipe until its test MSE is not above PyTorch's last, and the preset with its own
// beginning and schedule to its end. Time is the wall clock with the test after each epoch: PyTorch's from its first step on, that of
// Isthmus from the command on, reading of pictures and first weights included.
// `npm run bench:denoise -- --python venv/bin/python [--minutes 30]` writes docs/results/denoise-time.json, one entry for
// each kind of processor. Needs numpy there.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readPixels } from "../dist/data/imageStore.js";
import { sequentialBatches } from "../dist/data/sequentialBatches.js";
import { readSource } from "../dist/data/sources/index.js";
import { encodeNpy } from "../dist/formats/npy.js";
import { firstAt, pytorchFigures } from "../scripts/denoiseTime.mjs";

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: process.env.ISTHMUS_BENCH_PYTHON },
    minutes: { type: "string", default: "30" },
    most: { type: "string", default: "20" },
  },
});
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const result = at("../docs/results/denoise-time.json");
const folder = mkdtempSync(join(tmpdir(), "isthmus-denoise-"));
const threads = Math.min(2, availableParallelism());

/** The lines of JSON that a process prints, as they come. `stop` ends it. */
async function follow(command, words, take) {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) take(JSON.parse(line), () => child.kill("SIGINT"));
}

async function writeArrays() {
  const { splits } = await readSource({ source: "printed-digits", grey: true }, "data").open();
  for (const name of ["train", "test"]) {
    const { count } = splits[name];
    const data = Uint8Array.from(readPixels(splits[name], 0, count));
    writeFileSync(join(folder, `${name}.npy`), encodeNpy({ type: "uint8", shape: [count, 10_000], data }));
  }
  const { count } = splits.test;
  const batches = sequentialBatches(splits.test, count, { corrupt: [{ gaussianNoise: { sigma: 0.35 } }], seed: 0 });
  batches.fill(0);
  writeFileSync(
    join(folder, "test-input.npy"),
    encodeNpy({ type: "float32", shape: [count, 10_000], data: batches.input(count) }),
  );
}

async function pytorch() {
  const epochs = [];
  let torch;
  await follow(flags.python, [at("./denoise.py"), folder, flags.minutes, String(threads), "0"], (line) => {
    if (line.torch !== undefined) torch = line.torch;
    else epochs.push(line);
    if (line.epoch % 10 === 0) console.log(`PyTorch: ${JSON.stringify(line)}`);
  });
  return { torch, epochs };
}

/** @param target stop at the first epoch whose test MSE is not above it */
async function isthmus(words, target) {
  const epochs = [];
  const began = performance.now();
  const limit = 60_000 * Number(flags.most);
  const given = ["train", "digits-denoise", "--json", "--threads", String(threads), "--out", folder, ...words];
  await follow(process.execPath, [at("../dist/cli/main.js"), ...given], (event, stop) => {
    if (event.kind !== "epoch") return;
    const { epoch, test, train } = event.record;
    const milliseconds = performance.now() - began;
    epochs.push({ epoch, seconds: milliseconds / 1000, train: train.mse, test: test.mse });
    if (epoch % 5 === 0) console.log(`Isthmus: ${JSON.stringify(epochs.at(-1))}`);
    if (target !== undefined && (test.mse <= target || milliseconds > limit)) stop();
  });
  return { epochs };
}

/** PyTorch's recipe: drawn weights, a constant rate; like PyTorch's loop it measures nothing but the MSE and keeps no weights. */
const sameRecipe = [
  ...["--set", "metrics=[mse]"],
  ...["--set", "checkpointEvery=400"],
  ...["--set", "initialise=random"],
  ...["--set", "phases.0.optimizer.adam.learningRate=0.001"],
  ...["--set", "phases.0.schedule=constant"],
  ...["--epochs", "400"],
];

try {
  await writeArrays();
  const known = readJson();
  const processor = cpus()[0].model;
  const found = known.find((each) => each.processor === processor) ?? { processor };
  if (!known.includes(found)) known.push(found);
  // After each part, so that a later failure loses no half hour.
  const keep = (part) => {
    Object.assign(found, part);
    writeFileSync(result, `${JSON.stringify(known, null, 1)}\n`);
  };
  if (flags.python !== undefined) {
    const pytorchTime = { date: new Date().toISOString().slice(0, 10), threads, minutes: Number(flags.minutes) };
    // A note, written by hand, was about the half hour that is replaced.
    keep({ ...pytorchTime, note: undefined, pytorch: await pytorch() });
  }
  if (found.pytorch === undefined) throw new Error("name PyTorch's interpreter by --python");
  const { last: target, mean } = pytorchFigures(found.pytorch);
  keep({ preset: await isthmus([]) });
  keep({ sameRecipe: await isthmus(sameRecipe, target) });
  const minutes = (epoch) => (epoch === undefined ? "not reached" : `${(epoch.seconds / 60).toFixed(1)} minutes`);
  console.log(
    `PyTorch: test MSE ${target.toPrecision(4)} after ${found.pytorch.epochs.length} epochs, ${found.minutes} minutes`,
  );
  console.log(
    `Isthmus, same recipe: there after ${minutes(firstAt(found.sameRecipe, target))}; at the mean of PyTorch's last ten epochs, ${mean.toPrecision(4)}, after ${minutes(firstAt(found.sameRecipe, mean))}`,
  );
  console.log(
    `Isthmus, the preset: there after ${minutes(firstAt(found.preset, target))}, at its end after ${minutes(found.preset.epochs.at(-1))} ${found.preset.epochs.at(-1).test.toPrecision(4)}`,
  );
} finally {
  rmSync(folder, { recursive: true });
}

function readJson() {
  try {
    return JSON.parse(readFileSync(result, "utf8"));
  } catch {
    return [];
  }
}

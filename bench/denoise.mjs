// How long Isthmus takes to where PyTorch is after half an hour: the network of digits-denoise on noisy printed digits, on
// the same training pictures, with the very same noisy test pictures. PyTorch (default loop, Adam at a constant 0.001) trains
// for --minutes; Isthmus trains the same recipe until its test MSE is not above PyTorch's last, and the preset with its own
// beginning and schedule to its end. They train by turns, one epoch each, while the others stand still (SIGSTOP), so that a
// machine that slows down slows all alike. Time is that of a training's own turns, the test after each epoch included:
// PyTorch's from its first step on, that of Isthmus from the command on, reading of pictures and first weights included.
// `npm run bench:denoise -- --python venv/bin/python [--minutes 30]` writes docs/results/denoise-time.json, one entry for
// each kind of processor. Takes about 50 minutes. Needs numpy there.
import { spawn } from "node:child_process";
import { once } from "node:events";
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
if (flags.python === undefined) {
  console.error("error: name PyTorch's interpreter by --python, for example --python venv/bin/python");
  process.exit(2);
}
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const result = at("../docs/results/denoise-time.json");
const folder = mkdtempSync(join(tmpdir(), "isthmus-denoise-"));
const threads = Math.min(2, availableParallelism());

/** A training in a process of its own that prints lines of JSON, and stands still but for the epochs it is asked for. */
class Training {
  epochs = [];
  ended = false;
  #child;
  #lines;
  #epochOf;
  #milliseconds = 0;

  /** @param epochOf the epoch, train and test MSE that a line tells of; undefined for any other line */
  constructor(name, command, words, epochOf) {
    this.name = name;
    this.#epochOf = epochOf;
    this.#child = spawn(command, words, { stdio: ["ignore", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.kill("SIGSTOP");
  }

  /** The next line; undefined where the process has ended. */
  async #next() {
    const { value, done } = await this.#lines.next();
    return done ? undefined : JSON.parse(value);
  }

  /** The first line, whose time is not counted. */
  async begin() {
    this.#child.kill("SIGCONT");
    const line = await this.#next();
    this.#child.kill("SIGSTOP");
    return line;
  }

  /** Trains one epoch, or to the end of the process. */
  async epoch() {
    const began = performance.now();
    this.#child.kill("SIGCONT");
    for (;;) {
      const line = await this.#next();
      if (line === undefined) {
        this.ended = true;
        return;
      }
      const found = this.#epochOf(line);
      if (found === undefined) continue;
      this.#child.kill("SIGSTOP");
      this.#milliseconds += performance.now() - began;
      this.epochs.push({ epoch: found.epoch, seconds: this.seconds, train: found.train, test: found.test });
      if (found.epoch % 5 === 0) console.log(`${this.name}: ${JSON.stringify(this.epochs.at(-1))}`);
      return;
    }
  }

  /** Of its own turns. */
  get seconds() {
    return this.#milliseconds / 1000;
  }

  /** Waits until the process has gone, as it may be writing in the folder that is removed. */
  async end() {
    this.ended = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
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

function isthmus(name, words) {
  const given = ["train", "digits-denoise", "--json", "--threads", String(threads), "--out", folder, ...words];
  return new Training(name, process.execPath, [at("../dist/cli/main.js"), ...given], (event) => {
    if (event.kind !== "epoch") return undefined;
    const { epoch, train, test } = event.record;
    return { epoch, train: train.mse, test: test.mse };
  });
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

const trainings = [];
try {
  await writeArrays();
  const words = [at("./denoise.py"), folder, String(threads), "0"];
  const pytorch = new Training("PyTorch", flags.python, words, (line) => (line.epoch === undefined ? undefined : line));
  const same = isthmus("Isthmus, the same recipe", sameRecipe);
  const preset = isthmus("Isthmus, the preset", []);
  trainings.push(pytorch, same, preset);
  const first = await pytorch.begin();
  if (first === undefined) throw new Error(`${flags.python} ended before its first epoch; see its message above`);
  const isDone = () => pytorch.seconds >= 60 * Number(flags.minutes);
  while (trainings.some(({ ended }) => !ended)) {
    for (const training of trainings) if (!training.ended) await training.epoch();
    if (isDone()) await pytorch.end();
    else if (pytorch.ended) throw new Error("PyTorch's process ended before its time; see its message above");
    if (same.ended) continue;
    const isThere = isDone() && same.epochs.at(-1).test <= pytorchFigures(pytorch).last;
    if (isThere || same.seconds > 60 * Number(flags.most)) await same.end();
  }
  const known = readJson();
  const processor = cpus()[0].model;
  const entry = {
    processor,
    date: new Date().toISOString().slice(0, 10),
    threads,
    minutes: Number(flags.minutes),
    pytorch: { torch: first.torch, epochs: pytorch.epochs },
    preset: { epochs: preset.epochs },
    sameRecipe: { epochs: same.epochs },
  };
  writeFileSync(
    result,
    `${JSON.stringify([...known.filter((each) => each.processor !== processor), entry], null, 1)}\n`,
  );
  const { last: target, mean } = pytorchFigures(pytorch);
  const minutes = (epoch) => (epoch === undefined ? "not reached" : `${(epoch.seconds / 60).toFixed(1)} minutes`);
  console.log(
    `PyTorch: test MSE ${target.toPrecision(4)} after ${pytorch.epochs.length} epochs, ${minutes(pytorch.epochs.at(-1))}`,
  );
  console.log(
    `Isthmus, same recipe: there after ${minutes(firstAt(same, target))}; at the mean of PyTorch's last ten epochs, ${mean.toPrecision(4)}, after ${minutes(firstAt(same, mean))}`,
  );
  console.log(
    `Isthmus, the preset: there after ${minutes(firstAt(preset, target))}, at its end after ${minutes(preset.epochs.at(-1))} ${preset.epochs.at(-1).test.toPrecision(4)}`,
  );
} finally {
  await Promise.all(trainings.map((training) => training.end()));
  rmSync(folder, { recursive: true });
}

function readJson() {
  try {
    return JSON.parse(readFileSync(result, "utf8"));
  } catch {
    return [];
  }
}

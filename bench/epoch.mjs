// What the product adds to the bare step: the time of an epoch's steps in a real training over steps × bare step. The
// training (its own thread, data thread, events, checkpoints) pauses after each short epoch while bare steps are
// measured in another process, so that both meet the same machine. And the time from the command to its first step.
// `npm run bench:epoch`.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { loadPreset } from "../dist/tasks/presetFiles.js";
import { startTraining } from "../dist/training/index.js";
import { startSide } from "./side.mjs";

const rounds = Number(process.argv[2] ?? 15);
const batch = 32;
const steps = 300;
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const out = mkdtempSync(join(tmpdir(), "isthmus-epoch-"));

/** Seconds from starting the command to the end of its first step. */
async function firstStep() {
  const began = performance.now();
  const words = ["train", "mnist-conv", "--epochs", "1", "--json", "--out", out];
  const child = spawn(process.execPath, [at("../dist/cli/main.js"), ...words], { stdio: ["ignore", "pipe", "ignore"] });
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).kind !== "step") continue;
    const seconds = (performance.now() - began) / 1000;
    child.kill("SIGINT");
    await new Promise((done) => child.on("close", done));
    return seconds;
  }
  throw new Error("the command ended without a step");
}

const bare = startSide({
  name: "bare steps",
  command: process.execPath,
  arguments: [at("./isthmus.mjs")],
  environment: {},
  verbose: false,
});
const measureBare = async () =>
  median((await bare.ask({ network: "mnist-conv", batch, steps, lead: 20 })).milliseconds);

try {
  const starts = [];
  for (let i = 0; i < 5; i++) starts.push(await firstStep());
  console.log(
    `from the command to its first step: median ${median(starts).toFixed(2)} s of ${starts.map((s) => s.toFixed(2)).join(", ")}`,
  );

  const preset = loadPreset("mnist-conv");
  const [phase] = preset.phases;
  const experiment = {
    ...preset,
    data: { source: "mnist", limit: { train: steps * batch, test: 100 } },
    phases: [{ ...phase, epochs: rounds + 1, batchSize: batch }],
  };
  const ratios = [];
  let before = await measureBare();
  let turn = Promise.resolve();
  const training = startTraining(
    { kind: "new", experiment, out, date: "2000-01-01", engine: "onednn", threads: 2 },
    (event) => {
      if (event.kind !== "epoch") return;
      training.command({ kind: "pause" });
      turn = turn.then(async () => {
        const after = await measureBare();
        // The first epoch warms up.
        if (event.record.epoch > 1) ratios.push((event.timing.seconds * 1000) / (steps * ((before + after) / 2)));
        before = after;
        training.command({ kind: "resume" });
      });
    },
  );
  await training.finished;
  await turn;
  console.log(
    `an epoch's steps over as many bare steps, ${ratios.length} times: median ${median(ratios).toFixed(3)}×, ` +
      `from ${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)}`,
  );
} finally {
  bare.stop();
  rmSync(out, { recursive: true });
}

// Memory of training: resident size at step 200 and step 3,000 of the command, and its peak; at step 200 and step 2,000 of
// a session on each engine; and what 50 sessions opened and disposed of leave behind on each. oneDNN 3.x is among the
// engines where ISTHMUS_ONEDNN_3 names its library file. `npm run bench:memory`. Each measurement is a process of its own.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { engine, prepare } from "./networks.mjs";

const command = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const megabytes = (bytes) => Math.round(bytes / 1e6);
const resident = () => {
  globalThis.gc?.();
  return process.memoryUsage.rss();
};

/** Trains by the command and looks at its process from outside. */
async function training(batch) {
  const out = mkdtempSync(join(tmpdir(), "isthmus-memory-"));
  const steps = 60_000 / batch;
  const epochs = Math.ceil(3200 / steps);
  const words = [
    "train",
    "mnist-conv",
    "--epochs",
    `${epochs}`,
    "--set",
    `phases.0.batchSize=${batch}`,
    "--json",
    "--out",
    out,
  ];
  const child = spawn(process.execPath, [command, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const field = (name) =>
    1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]);
  const at = {};
  let peak = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line);
    if (event.kind !== "step") continue;
    for (const step of [200, 3000]) if (event.step >= step) at[step] ??= field("VmRSS");
    if (child.exitCode === null) peak = Math.max(peak, field("VmHWM"));
  }
  rmSync(out, { recursive: true });
  return `isthmus train mnist-conv (${batch}): ${megabytes(at[200])} MB at step 200, ${megabytes(at[3000])} MB at step 3,000 (${(at[3000] / at[200]).toFixed(3)}×), peak ${megabytes(peak)} MB`;
}

/** @param {string} engineName */
async function steps(engineName, name, batch) {
  const opened = await engine({ name: engineName });
  const { step, dispose } = await prepare(opened, name, batch);
  const at = {};
  for (let i = 1; i <= 2000; i++) {
    await step();
    if (i === 200 || i === 2000) at[i] = resident();
  }
  dispose();
  const { library } = opened.describe();
  return `${library}, ${name} (${batch}): ${megabytes(at[200])} MB at step 200, ${megabytes(at[2000])} MB at step 2,000 (${(at[2000] / at[200]).toFixed(3)}×), ${megabytes(resident())} MB once disposed of`;
}

/** @param {string} engineName */
async function sessions(engineName, name, batch) {
  const opened = await engine({ name: engineName });
  const after = [];
  for (let i = 0; i < 50; i++) {
    const { step, dispose } = await prepare(opened, name, batch);
    await step();
    dispose();
    after.push(resident());
  }
  return `${opened.describe().library}, ${name} (${batch}), sessions opened, used and disposed of: ${megabytes(after[0])} MB after 1, ${megabytes(after[9])} MB after 10, ${megabytes(after[49])} MB after 50`;
}

const measurements = {
  "training 32": () => training(32),
  "training 128": () => training(128),
  ...Object.fromEntries(
    ["onednn", "onednn3", "onnx"].flatMap((column) => {
      const name = column === "onednn3" ? "onednn" : column;
      return [
        [`steps ${column}`, () => steps(name, "mnist-conv", 32)],
        [`sessions ${column} mnist-conv`, () => sessions(name, "mnist-conv", 32)],
        [`sessions ${column} dense`, () => sessions(name, "dense", 128)],
      ];
    }),
  ),
};
const onednn3 = process.env.ISTHMUS_ONEDNN_3;

const [chosen] = process.argv.slice(2);
if (chosen !== undefined) console.log(await measurements[chosen]());
else {
  console.log(`${new Date().toISOString().slice(0, 10)}, node ${process.version}`);
  for (const name of Object.keys(measurements)) {
    const isThird = name.includes("onednn3");
    if (isThird && !onednn3) continue;
    const { stdout, status } = spawnSync(process.execPath, ["--expose-gc", fileURLToPath(import.meta.url), name], {
      stdio: ["ignore", "pipe", "inherit"],
      env: isThird ? { ...process.env, ISTHMUS_ONEDNN: onednn3 } : process.env,
    });
    process.stdout.write(stdout);
    if (status !== 0) process.exitCode = 1;
  }
}

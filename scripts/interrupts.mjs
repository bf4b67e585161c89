// Measures how soon each long command ends after Ctrl-C: node scripts/interrupts.mjs [--write] [NAME…], after npm run build.
// Runs every command whole once, then again and again, sends SIGINT after parts of that time, and looks at what is left.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join, resolve } from "node:path";

const command = resolve("dist/cli/main.js");
/** Parts of the whole command's time after which it is interrupted. */
const moments = [0.3, 0.45, 0.6, 0.75, 0.9];
const engines = ["onednn", "onnx"];
const limitMilliseconds = 300;

const folder = mkdtempSync(join(tmpdir(), "isthmus-interrupts-"));
const inFolder = (...names) => join(folder, ...names);
let count = 0;

/** Runs the command with a cache of its own, so that nothing is found there. @param interruptAfter milliseconds */
function isthmus(words, interruptAfter) {
  const cache = inFolder(`cache-${++count}`);
  const child = spawn(process.execPath, [command, ...words], {
    env: { ...process.env, ISTHMUS_CACHE: cache },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const begun = performance.now();
  let sent;
  let stderr = "";
  child.stderr.on("data", (bytes) => {
    stderr += bytes;
  });
  const timer =
    interruptAfter === undefined
      ? undefined
      : setTimeout(() => {
          sent = performance.now();
          child.kill("SIGINT");
        }, interruptAfter);
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      rmSync(cache, { recursive: true, force: true });
      const ended = performance.now();
      done({ code, signal, stderr, milliseconds: ended - begun, late: sent === undefined ? undefined : ended - sent });
    });
  });
}

async function prepared(words) {
  const { code, stderr } = await isthmus(words);
  if (code !== 0) throw new Error(`isthmus ${words.join(" ")} failed: ${stderr}`);
}

async function trained(preset) {
  const out = inFolder(preset);
  await prepared(["train", preset, "--quick", "--epochs", "1", "--out", out]);
  return join(out, readdirSync(out)[0]);
}

const dense = await trained("mnist-dense");
const variational = await trained("mnist-vae-20");
const codes = inFolder("codes.npy");
await prepared(["encode", variational, "--data", "mnist", "--on", "train", "--out", codes]);
const digits = inFolder("digits");
await prepared(["data", "get", "printed-digits", "--out", digits]);

/** @returns words of each command, with a folder for what it writes */
const commands = {
  evaluate: () => ["evaluate", dense],
  "evaluate, variational": () => ["evaluate", variational, "--corrupt", "gaussianNoise"],
  probe: () => ["probe", variational],
  "map, umap": (out) => ["map", variational, "--count", "4000", "--out", join(out, "map.png")],
  "map, pca": (out) => [
    "map",
    dense,
    "--method",
    "pca",
    "--on",
    "train",
    "--count",
    "60000",
    "--out",
    join(out, "map.png"),
  ],
  sample: (out) => ["sample", dense, "--count", "4096", "--from", "gaussian", "--out", join(out, "samples.png")],
  walk: (out) => ["walk", dense, "17", "class:7", "3", "--steps", "300", "--out", join(out, "walk.gif")],
  "encode, data": (out) => ["encode", dense, "--data", "mnist", "--on", "train", "--out", join(out, "codes.csv")],
  "encode, files": (out) => ["encode", dense, digits, "--out", join(out, "codes.npy")],
  decode: (out) => ["decode", variational, codes, "--out", out],
  "decode, grid": (out) => ["decode", variational, codes, "--grid", "--out", out],
  restore: (out) => ["restore", dense, join(digits, "3"), "--out", out],
  export: (out) => ["export", dense, "--out", out],
  compare: (out) => ["compare", dense, variational, "--out", out],
  "data show": (out) => ["data", "show", "mnist", "--out", join(out, "mnist.png")],
  "data show, folder": (out) => ["data", "show", `folder:${digits}`, "--out", join(out, "digits.png")],
};
const withoutEngine = ["compare", "data show", "data show, folder"];

/** Files below a folder that bear a temporary name. */
function halfWritten(below) {
  if (!existsSync(below)) return [];
  return readdirSync(below, { recursive: true }).filter((name) => /\.part$|(^|[\\/])\.[^\\/]*$/.test(name));
}

const asked = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const rows = [];
for (const [name, wordsOf] of Object.entries(commands)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const engine of withoutEngine.includes(name) ? ["–"] : engines) {
    const words = (out) => [...wordsOf(out), ...(engine === "–" ? [] : ["--engine", engine])];
    const attempt = async (interruptAfter) => {
      const out = inFolder(`out-${++count}`);
      mkdirSync(out);
      const ended = await isthmus(words(out), interruptAfter);
      const left = [out, dense, variational].flatMap(halfWritten);
      rmSync(out, { recursive: true, force: true });
      return { ...ended, left };
    };
    const whole = await attempt();
    if (whole.code !== 0) throw new Error(`isthmus ${words("OUT").join(" ")} failed: ${whole.stderr}`);
    const problems = [];
    const times = [];
    for (const moment of moments) {
      const { code, signal, stderr, late, left } = await attempt(moment * whole.milliseconds);
      // Before the command had begun to listen, nothing was done: the system ends it.
      if (signal === "SIGINT") continue;
      // It was quicker this time.
      if (code === 0 && (late === undefined || late < limitMilliseconds)) continue;
      times.push(late);
      if (code !== 130 || signal !== null) problems.push(`exit ${code ?? signal}`);
      if (!/^interrupted: [^\n]*\n$/.test(stderr)) problems.push(JSON.stringify(stderr));
      if (left.length > 0) problems.push(`left ${left.join(", ")}`);
    }
    const row = [
      name,
      engine,
      (whole.milliseconds / 1000).toFixed(1),
      times.length,
      times.length === 0 ? "–" : Math.round(Math.max(...times)),
      problems.length === 0 ? "" : [...new Set(problems)].join("; "),
    ];
    rows.push(row);
    process.stderr.write(`${row.join("  ")}\n`);
  }
}
rmSync(folder, { recursive: true, force: true });

const table = `# How soon a command ends after Ctrl-C

Measured on ${new Date().toISOString().slice(0, 10)} by \`node scripts/interrupts.mjs --write\` on ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), Node ${process.version}: each command whole, then interrupted after ${moments.map((part) => `${100 * part}%`).join(", ")} of that time. Milliseconds from the signal to the end of the process; at most ${limitMilliseconds} are wanted.

| command | engine | whole, s | interrupted | slowest, ms | |
|---|---|---|---|---|---|
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
process.stdout.write(table);
if (process.argv.includes("--write")) writeFileSync("docs/interrupts.md", table);
if (rows.some((row) => row[5] !== "" || row[4] > limitMilliseconds)) process.exitCode = 1;

// Measures how long a folder of pictures takes to open: node scripts/opening-times.mjs [--write] [--count N] [--side N], after npm run build.
// The first time, the second, after one picture has changed, by two processes at once, and from the command to a training's first
// step: beginning while the pictures are decoded (--rounds N times, the median) and when all are there.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import sharp from "sharp";

const command = resolve("dist/cli/main.js");
const option = (name, usual) => {
  const place = process.argv.indexOf(`--${name}`);
  return place < 0 ? usual : Number(process.argv[place + 1]);
};
const count = option("count", 10_000);
const side = option("side", 100);
const rounds = option("rounds", 3);
/** The second opening is to take no longer. */
const limitSeconds = 1;
const folder = mkdtempSync(join(tmpdir(), "isthmus-opening-"));
const inFolder = (...names) => join(folder, ...names);
const cache = inFolder("cache");

/** Pictures in colour with a disc in each, none like another. */
async function draw(path, number) {
  const bytes = new Uint8Array(side * side * 3);
  const [x0, y0, radius] = [(number * 37) % side, (number * 61) % side, 5 + (number % (side / 3))];
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at += 3) {
      const isInside = (x - x0) ** 2 + (y - y0) ** 2 < radius ** 2;
      bytes[at] = isInside ? 220 : x;
      bytes[at + 1] = (number * 7) % 256;
      bytes[at + 2] = isInside ? 40 : 255 - y;
    }
  }
  const drawn = sharp(bytes, { raw: { width: side, height: side, channels: 3 } });
  writeFileSync(path, await (path.endsWith(".png") ? drawn.png() : drawn.jpeg()).toBuffer());
}

const opening = `
  import { openData } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
  const before = process.cpuUsage();
  const began = performance.now();
  const { splits } = await openData("folder:" + process.argv[1]);
  const { user, system } = process.cpuUsage(before);
  const images = splits.train.count + splits.test.count;
  console.log(JSON.stringify({ seconds: (performance.now() - began) / 1000, processor: (user + system) / 1e6, images }));
`;

/** Runs Node. @param until ends it with the first text on stderr that fits */
function node(words, until) {
  const child = spawn(process.execPath, words, {
    env: { ...process.env, ISTHMUS_CACHE: cache, ISTHMUS_CACHE_SIZE: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const began = performance.now();
  return new Promise((done, failed) => {
    let [stdout, stderr] = ["", ""];
    let seconds;
    const hear = (bytes) => {
      stdout += bytes;
      if (seconds !== undefined || until === undefined || !until.test(stdout)) return;
      seconds = (performance.now() - began) / 1000;
      child.kill("SIGKILL");
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", (bytes) => {
      stderr += bytes;
    });
    child.on("error", failed);
    child.on("close", (code) => {
      if (code !== 0 && seconds === undefined) failed(new Error(`node ${words.join(" ")} failed: ${stderr}`));
      else done({ stdout, seconds });
    });
  });
}
const open = async (pictures) => JSON.parse((await node(["--input-type=module", "-e", opening, pictures])).stdout);
/**
 * Seconds from the command to the first step of a training, as it says itself.
 * @param isWhole it waits for all pictures: `shape`, which says what they are, must have them decoded
 */
const firstStep = async (pictures, isWhole = false) => {
  const experiment = inFolder("first-step.yaml");
  writeFileSync(
    experiment,
    `version: 1\nname: first-step\ndata: { source: folder, path: ${JSON.stringify(pictures)}${isWhole ? `, shape: [3, ${side}, ${side}]` : ""} }\nmodel:\n  kind: autoencoder\n  encoder: [flatten, { dense: 16 }]\n  decoder: [{ dense: ${3 * side * side} }, { unflatten: [3, ${side}, ${side}] }]\nloss: mse\nphases: [{ epochs: 1, batchSize: 64, optimizer: adam }]\n`,
  );
  const words = [command, "train", experiment, "--json", "--out", inFolder("runs")];
  return (await node(words, /"kind":"step"/)).seconds;
};

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rows = [];
const show = (name, what, seconds, processor) => {
  rows.push([name, what, seconds.toFixed(2), processor === undefined ? "–" : processor.toFixed(2)]);
  process.stderr.write(`${rows.at(-1).join("  ")}\n`);
};
let isLate = false;
for (const ending of ["jpg", "png"]) {
  const pictures = inFolder(ending);
  mkdirSync(pictures);
  for (let i = 0; i < count; i++) await draw(join(pictures, `${String(i).padStart(6, "0")}.${ending}`), i);
  // What has just been written is not yet believed to stay: see src/data/pixelCache.ts.
  await new Promise((later) => void setTimeout(later, 2500));
  const taken = { early: [], whole: [] };
  // In turns, so that other work on the machine is shared by both.
  for (let round = 0; round < rounds; round++) {
    for (const way of ["early", "whole"]) {
      rmSync(cache, { recursive: true, force: true });
      taken[way].push(await firstStep(pictures, way === "whole"));
    }
  }
  const about = `median of ${rounds}`;
  show(ending, `command to first step, nothing kept (${about})`, median(taken.early));
  show(ending, `command to first step when all are decoded, nothing kept (${about})`, median(taken.whole));
  rmSync(cache, { recursive: true, force: true });
  const first = await open(pictures);
  show(ending, "first opening", first.seconds, first.processor);
  const second = await open(pictures);
  show(ending, "second opening", second.seconds, second.processor);
  isLate ||= second.processor > limitSeconds;
  await draw(join(pictures, `000000.${ending}`), count);
  const changed = await open(pictures);
  show(ending, "one picture changed", changed.seconds, changed.processor);
  show(ending, "command to first step, all kept", await firstStep(pictures));
  rmSync(cache, { recursive: true, force: true });
  const both = await Promise.all([open(pictures), open(pictures)]);
  show(ending, "first opening, two processes at once", Math.max(...both.map(({ seconds }) => seconds)));
  const after = await open(pictures);
  show(ending, "opening after the two", after.seconds, after.processor);
  if (after.images !== count) throw new Error(`${after.images} of ${count} pictures came back`);
}
const kept = readdirSync(join(cache, "pictures")).map((name) => statSync(join(cache, "pictures", name)).size);
rmSync(folder, { recursive: true, force: true });

const table = `# How long a folder of pictures takes to open

Measured on ${new Date().toISOString().slice(0, 10)} by \`node scripts/opening-times.mjs --write\` on ${availableParallelism()} processors (${cpus()[0]?.model.trim()}), Node ${process.version}: ${count.toLocaleString("en-US")} pictures of ${side}×${side} in colour. ${loadavg()[0].toFixed(1)} programs wanted a processor at the end (more than ${availableParallelism()}: others were at work too, and only the processor's own seconds compare). A folder's decoded pictures take ${Math.round(Math.max(...kept) / 1e6)} MB in the cache.

| pictures | what | seconds | of the processor |
|---|---|--:|--:|
${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}
`;
process.stdout.write(table);
if (process.argv.includes("--write")) writeFileSync("docs/checks/opening-times.md", table);
if (isLate) process.exitCode = 1;

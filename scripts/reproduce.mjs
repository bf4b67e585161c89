// Trains presets whole, measures them, and writes the figures to docs/results/NAME.json and docs/results.md.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { ideas, reproductions } from "./reproductions.mjs";
import { resultsPage } from "./resultsPage.mjs";

const usage = `Usage: npm run reproduce -- NAME… [options]

  NAME              a preset, ideas (for better accuracy), or all: ${Object.keys(reproductions).join(", ")}
  --seeds LIST      seeds, comma-separated          (default: as docs/results.md has them)
  --threads N       threads that compute            (default all)
  --out DIR         folder for the run folders      (default runs)
  --run DIR         measure this finished run, of the one NAME and its seed, and train nothing
  --interrupt       measure nothing, but train each preset as train --quick does, once unbroken and once interrupted and resumed, and
                    compare both byte for byte
  --note TEXT       said beside the minutes, for example that the machine was busy
  --pictures        with --run: only draw and keep its pictures again
  --page            only write docs/results.md again from docs/results/
`;
const probed = { evaluations: { test: ["--pictures", "no"] }, probe: true };
const root = fileURLToPath(new URL("../", import.meta.url));
const command = join(root, "dist/cli/main.js");
const folder = join(root, "docs/results");

const { values: flags, positionals } = readFlags();
if (flags.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const names = positionals.includes("all") ? [...Object.keys(reproductions), "ideas"] : positionals;
const unknown = names.find((name) => name !== "ideas" && !Object.hasOwn(reproductions, name));
if (unknown !== undefined) fail(`there is no preset ${unknown} to reproduce\n\n${usage}`);
if (names.length === 0 && !flags.page) fail(`name a preset\n\n${usage}`);
if (flags.pictures && flags.run === undefined) fail("--pictures goes with --run");
if (flags.run !== undefined && names.length !== 1) fail("--run goes with one NAME");

mkdirSync(folder, { recursive: true });
for (const name of names) {
  if (name === "ideas") await measureIdeas();
  else if (flags.interrupt) await compareInterrupted(name);
  else await reproduce(name);
}
if (!flags.interrupt) writePage();

async function reproduce(name) {
  const plan = reproductions[name];
  const seeds = flags.seeds === undefined ? plan.seeds : flags.seeds.split(",").map(Number);
  const file = join(folder, `${name}.json`);
  const known = readJson(file) ?? { preset: name, runs: [] };
  if (flags.pictures) {
    const seed = seedOf(flags.run);
    const entry = known.runs.find((each) => each.seed === seed);
    if (entry === undefined) fail(`${file} has no figures of seed ${seed} yet`);
    entry.pictures = await keepPictures(name, plan, flags.run);
    writeFileSync(file, `${JSON.stringify(known, null, 1)}\n`);
    return;
  }
  const runs = flags.run === undefined ? seeds.map((seed) => ({ seed })) : [{ run: flags.run }];
  for (const each of runs) {
    const run = each.run ?? (await train(name, ["--seed", String(each.seed)]));
    const note = flags.note === undefined ? {} : { note: flags.note };
    const entry = { ...(await measure(plan, run)), ...note, pictures: await keepPictures(name, plan, run) };
    known.runs = [...known.runs.filter(({ seed }) => seed !== entry.seed), entry].sort((a, b) => a.seed - b.seed);
    // After every run, so that a later failure loses nothing.
    writeFileSync(file, `${JSON.stringify(known, null, 1)}\n`);
  }
}

/** Trains mnist-codes-relu with each of the ideas for better accuracy, and the classifiers on its codes. */
async function measureIdeas() {
  const file = join(folder, "ideas.json");
  const known = readJson(file) ?? { runs: [] };
  for (const seed of (flags.seeds ?? "0").split(",").map(Number)) {
    for (const { idea, settings } of ideas) {
      const set = settings.flatMap((setting) => ["--set", setting]);
      const run = await train("mnist-codes-relu", ["--seed", String(seed), ...set]);
      const entry = { idea, settings, ...(await measure(probed, run)) };
      known.runs = [...known.runs.filter((each) => each.idea !== idea || each.seed !== seed), entry];
      writeFileSync(file, `${JSON.stringify(known, null, 1)}\n`);
    }
  }
}

async function train(name, more) {
  const threads = flags.threads === undefined ? [] : ["--threads", flags.threads];
  const lines = await isthmus(["train", name, "--json", "--out", flags.out, ...threads, ...more]);
  return lines.findLast(({ kind }) => kind === "result").run;
}

function seedOf(run) {
  return Number(/^seed: (\d+)$/m.exec(readFileSync(join(run, "experiment.yaml"), "utf8"))?.[1]);
}

/** All that docs/results.md says of one run. */
async function measure(plan, run) {
  const environment = readJson(join(run, "environment.json"));
  const records = readLines(join(run, "metrics.jsonl"));
  const timing = readLines(join(run, "timing.jsonl"));
  const seed = seedOf(run);
  const last = records.at(-1);
  const phases = [...new Set(records.map(({ phase }) => phase))].map((phase) => {
    const own = records.filter((record) => record.phase === phase);
    const lowest = own.reduce((best, record) => (record.test.mse < best.test.mse ? record : best));
    const lowestTrain = own.reduce((best, record) => (record.train.mse < best.train.mse ? record : best));
    return {
      epochs: own.length,
      last: own.at(-1).test,
      lowestTestMse: { epoch: lowest.epoch, value: lowest.test.mse },
      lowestTrainMse: { epoch: lowestTrain.epoch, value: lowestTrain.train.mse },
    };
  });
  const evaluations = {};
  for (const [what, options] of Object.entries(plan.evaluations)) {
    const [found] = await isthmus(["evaluate", run, "--json", ...options]);
    const { rows, classes, sizes, severities, entropyFloor, variational, codeSize, images, corrupt } = found;
    evaluations[what] = {
      images,
      codeSize,
      entropyFloor,
      corrupt,
      rows,
      sizes,
      severities,
      variational,
      classes: classes.map(({ group, mse }) => ({ group, mse })),
    };
  }
  let probes;
  if (plan.probe) {
    const [found] = await isthmus(["probe", run, "--json"]);
    probes = found.probes.map(({ probe, title, chosen, accuracy, standardError }) => ({
      probe,
      title,
      chosen,
      accuracy,
      standardError,
    }));
  }
  return {
    seed,
    date: environment.started.slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim(),
    engine: environment.engine.name,
    library: environment.engine.library,
    instructionSet: environment.engine.instructionSet,
    threads: environment.engine.threads,
    node: environment.node,
    epochs: last.epoch,
    minutes: timing.reduce((sum, { seconds, evaluationSeconds }) => sum + seconds + evaluationSeconds, 0) / 60,
    train: last.train,
    trainEvaluated: last.trainEvaluated,
    test: last.test,
    phases,
    evaluations,
    probes,
  };
}

/** Small copies of a run's pictures in docs/results/images. Those of its last seed stay. */
async function keepPictures(name, { pictures = [] }, run) {
  const kept = [];
  for (const { name: what, caption, command: words } of pictures) {
    let from = join(run, "images", `${what}.png`);
    if (words !== undefined) {
      from = join(run, "images", `results-${what}.png`);
      const [task, ...more] = words;
      await isthmus([task, run, ...more, "--out", from, "--json"]);
    }
    mkdirSync(join(folder, "images"), { recursive: true });
    // WebP: pictures of noise are a sixth of what they are as PNG.
    const file = `${name}-${what}.webp`;
    const small = sharp(from).resize({ width: 960, withoutEnlargement: true });
    await small.webp({ quality: 70, effort: 6 }).toFile(join(folder, "images", file));
    kept.push({ file, caption });
  }
  return kept;
}

/** A quick training, once unbroken and once stopped in its middle and resumed: metrics and weights must have the same bytes. */
async function compareInterrupted(name) {
  const whole = await train(name, ["--quick"]);
  const steps = readLines(join(whole, "metrics.jsonl")).at(-1).step;
  const broken = await interrupted(name, Math.floor(steps / 2));
  await isthmus(["train", broken, "--resume", "--json"]);
  const weights = (run) => join(run, "checkpoints", String(steps), "model.safetensors");
  const pairs = [
    [join(whole, "metrics.jsonl"), join(broken, "metrics.jsonl")],
    [weights(whole), weights(broken)],
  ];
  const same = pairs.every(([a, b]) => readFileSync(a).equals(readFileSync(b)));
  process.stdout.write(`${name}: ${same ? "the same" : "NOT the same"} metrics and weights after an interruption\n`);
  if (same) for (const run of [whole, broken]) rmSync(run, { recursive: true });
  else process.exitCode = 1;
}

/** Trains until the step is reached, then presses Ctrl-C. @returns the run folder */
function interrupted(name, step) {
  const threads = flags.threads === undefined ? [] : ["--threads", flags.threads];
  const child = spawn(process.execPath, [command, "train", name, "--quick", "--json", "--out", flags.out, ...threads], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new Promise((resolve, reject) => {
    let rest = "";
    let run;
    child.stdout.setEncoding("utf8").on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const event = JSON.parse(line);
        run ??= event.run;
        if (event.kind === "step" && event.step >= step) child.kill("SIGINT");
      }
    });
    child.on("close", (code) => {
      if (code === 130) resolve(run);
      else reject(new Error(`${name} ended with ${code} and not with 130 when it was interrupted`));
    });
  });
}

/** The JSON lines that a command prints. Its progress goes to this terminal. */
function isthmus(args) {
  process.stderr.write(`\n> isthmus ${args.join(" ")}\n`);
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part) => {
      text += part;
    });
    child.on("close", (code) => {
      if (code !== 0) reject(new Error(`isthmus ${args.join(" ")} ended with ${code}`));
      else if (text.startsWith("{\n")) resolve([JSON.parse(text)]);
      else
        resolve(
          text
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line)),
        );
    });
  });
}

function writePage() {
  const results = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => readJson(join(folder, file)))
    .filter(({ preset }) => Object.hasOwn(reproductions, preset));
  const [ideasMeasured, denoiseTimes] = ["ideas", "denoise-time"].map((name) => readJson(join(folder, `${name}.json`)));
  const [uprightOracle, denoisers] = ["upright-oracle", "denoisers"].map((name) =>
    readJson(join(folder, `${name}.json`)),
  );
  const page = resultsPage(results, ideasMeasured, denoiseTimes, { uprightOracle, denoisers });
  writeFileSync(join(root, "docs/results.md"), page);
}

function readLines(file) {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

function readFlags() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        seeds: { type: "string" },
        threads: { type: "string" },
        out: { type: "string", default: "runs" },
        run: { type: "string" },
        note: { type: "string" },
        pictures: { type: "boolean", default: false },
        interrupt: { type: "boolean", default: false },
        page: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    return fail(`${error.message}\n\n${usage}`);
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

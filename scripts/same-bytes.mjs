// Trains presets for about 200 steps with two builds of this project and compares what they leave, byte by byte: weights, optimizer,
// metrics. For changes that must change no figure: node scripts/same-bytes.mjs OTHER-CHECKOUT (built, with its node_modules).
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parse } from "yaml";

const steps = 200;
const names = ["mnist-conv", "mnist-vae-20", "mnist-codes-conv", "faces", "fashion-upright-best", "digits-denoise"];
const here = dirname(dirname(fileURLToPath(import.meta.url)));
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: "string", default: "onednn" },
    threads: { type: "string", default: "2" },
    presets: { type: "string", default: names.join() },
    /** A folder that keeps the other build's runs, to compare with again. */
    keep: { type: "string" },
    out: { type: "string" },
  },
});
const [other] = positionals;
if (other === undefined) {
  console.error(
    "usage: node scripts/same-bytes.mjs OTHER-CHECKOUT [--engine E] [--threads N] [--presets A,B] [--keep DIR] [--out FILE.json]",
  );
  process.exit(2);
}

/** Data sets with fewer images than 200 batches take more epochs. */
const epochsOf = { faces: 3, "digits-denoise": 2 };

/** On so many images that the first phase has 200 steps. */
function settings(name) {
  const { phases, data } = parse(readFileSync(join(here, "presets", `${name}.yaml`), "utf8"));
  const [{ batchSize, accumulate = 1 }] = phases;
  const source = typeof data === "string" ? { source: data } : data;
  const limited = { ...source, limit: { train: steps * batchSize * accumulate, test: 500 } };
  const epochs = phases.map((_, index) => `phases.${index}.epochs=${index === 0 ? (epochsOf[name] ?? 1) : 1}`);
  return [`data=${JSON.stringify(limited)}`, "evaluateTrain=false", ...epochs].flatMap((setting) => ["--set", setting]);
}

function train(checkout, name, out) {
  mkdirSync(out, { recursive: true });
  const known = readdirSync(out).find((folder) => folder.includes(`${name}-`));
  if (known !== undefined) return join(out, known);
  const command = [join(checkout, "dist/cli/main.js"), "train", name, ...settings(name), "--json"];
  execFileSync(process.execPath, [...command, "--engine", values.engine, "--threads", values.threads, "--out", out], {
    cwd: checkout,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  return join(
    out,
    readdirSync(out).find((folder) => folder.includes(`${name}-`)),
  );
}

function left(run) {
  const { step } = JSON.parse(readFileSync(join(run, "checkpoints/last.json"), "utf8"));
  const files = ["metrics.jsonl", `checkpoints/${step}/model.safetensors`, `checkpoints/${step}/optimizer.safetensors`];
  return { step, files: files.map((file) => [file, readFileSync(join(run, file))]) };
}

const work = mkdtempSync(join(tmpdir(), "same-bytes-"));
const rows = [];
try {
  for (const name of values.presets.split(",")) {
    const before = left(train(resolve(other), name, join(values.keep ?? work, "other", values.engine, name)));
    const after = left(train(here, name, join(work, "this", values.engine, name)));
    const differing = before.files.filter(([, bytes], i) => !bytes.equals(after.files[i][1])).map(([file]) => file);
    const same = before.step === after.step && differing.length === 0;
    rows.push({ preset: name, steps: after.step, same, differing });
    console.log(
      `${same ? "same     " : "DIFFERENT"} ${name} (${after.step} steps)${same ? "" : `: ${differing.join(", ")}`}`,
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (values.out !== undefined) {
  const revision = (checkout) =>
    execFileSync("git", ["-C", checkout, "rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const report = {
    date: new Date().toISOString().slice(0, 10),
    engine: values.engine,
    threads: Number(values.threads),
    node: process.version,
    before: revision(other),
    after: revision(here),
    rows,
  };
  writeFileSync(values.out, `${JSON.stringify(report, null, 2)}\n`);
}
process.exit(rows.every(({ same }) => same) ? 0 : 1);

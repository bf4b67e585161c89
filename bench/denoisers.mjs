// The digits' denoisers beside BM3D and non-local means, which learn nothing, on the same noisy test pictures.
// `npm run build`, then `node bench/denoisers.mjs --python venv/bin/python RUN…` with finished runs of digits-denoise, digits-denoise-conv
// or others on grey printed digits. Writes docs/results/denoisers.json; `npm run reproduce -- --page` puts it into docs/results.md.
// Needs bm3d, scikit-image and numpy there. Takes about a minute for twelve pictures.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readPixels } from "../dist/data/imageStore.js";
import { sequentialBatches } from "../dist/data/sequentialBatches.js";
import { readSource } from "../dist/data/sources/index.js";
import { meanFigures } from "../dist/evaluation/figures.js";
import { measure } from "../dist/evaluation/measure.js";
import { decodeNpy, encodeNpy } from "../dist/formats/npy.js";
import { loadRun } from "../dist/index.js";

const { values: flags, positionals: runs } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", default: process.env.ISTHMUS_BENCH_PYTHON },
    images: { type: "string", default: "12" },
    sigma: { type: "string", default: "0.35" },
  },
});
if (flags.python === undefined || runs.length === 0) {
  console.error("error: name the interpreter by --python, and one finished run or more");
  process.exit(2);
}
const root = fileURLToPath(new URL("../", import.meta.url));
const count = Number(flags.images);
const sigma = Number(flags.sigma);
const seed = 0;
const corrupt = [{ gaussianNoise: { sigma } }];
const folder = mkdtempSync(join(tmpdir(), "isthmus-denoisers-"));

/** Pictures of a set, evenly spaced through it, with the places that their draws are keyed by. */
function spaced(set, count) {
  const size = set.shape.reduce((a, b) => a * b, 1);
  const places = Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * set.count) / count));
  const pixels = new Uint8Array(count * size);
  for (const [i, place] of places.entries()) pixels.set(readPixels(set, place, 1), i * size);
  return { count, shape: set.shape, pixels, indices: Uint32Array.from(places, (place) => set.indices[place]) };
}

function writePictures(set, names) {
  const batches = sequentialBatches(set, set.count, { corrupt, seed });
  batches.fill(0);
  const [, height, width] = set.shape;
  const shape = [set.count, height, width];
  for (const [name, data] of Object.entries({
    [names.noisy]: batches.input(set.count),
    [names.clean]: batches.view(set.count),
  })) {
    writeFileSync(join(folder, `${name}.npy`), encodeNpy({ type: "float32", shape, data }));
  }
}

async function figuresOf(model, set) {
  const watch = { report() {}, signal: new AbortController().signal };
  const { figures } = await measure({ model, set, corrupt, seed, what: "pictures", watch });
  const means = (of) => {
    const { mse, psnr, ssim } = meanFigures(of);
    return { mse, psnr, ssim };
  };
  return { found: means(figures.model), input: means(figures.input) };
}

try {
  const { splits } = await readSource({ source: "printed-digits", grey: true }, "data").open();
  const set = spaced(splits.test, count);
  writePictures(set, { noisy: "noisy", clean: "clean" });
  writePictures(spaced(splits.train, count), { noisy: "tune-noisy", clean: "tune-clean" });
  const text = execFileSync(flags.python, [join(root, "bench/denoisers.py"), folder, String(sigma)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  });
  const { methods, versions } = JSON.parse(text.trim().split("\n").at(-1));
  const rows = [];
  for (const [name, title] of [
    ["nlm", "non-local means (scikit-image)"],
    ["bm3d", "BM3D"],
  ]) {
    const data = Float32Array.from(decodeNpy(readFileSync(join(folder, `${name}.npy`))).data);
    const { found, input } = await figuresOf({ reconstruct: async () => data }, set);
    if (rows.length === 0) rows.push({ title: "the noisy pictures themselves", ...input });
    const { strength, secondsPerImage } = methods[name];
    rows.push({ title: `${title}, strength ${strength}`, ...found, secondsPerImage });
  }
  for (const run of runs) {
    const model = await loadRun(run, { threads: 1 });
    let seconds = Number.POSITIVE_INFINITY;
    const timed = {
      async reconstruct(inputs, options) {
        // The first time prepares programs for so many pictures.
        for (let i = 0; i < 3; i++) {
          const began = performance.now();
          await model.reconstruct(inputs, options);
          seconds = Math.min(seconds, (performance.now() - began) / 1000);
        }
        return await model.reconstruct(inputs, options);
      },
    };
    const { found } = await figuresOf(timed, set);
    const preset = /^name: (.+)$/m.exec(readFileSync(join(run, "experiment.yaml"), "utf8"))?.[1] ?? basename(run);
    rows.push({ title: preset, isModel: true, ...found, secondsPerImage: seconds / count });
    model.dispose();
  }
  const said = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const result = {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim(),
    images: count,
    sigma,
    seed,
    settings: `Strengths, in parts of σ, are the best of four on ${count} noisy training images; non-local means compares patches of 7×7 within 15 pixels. One thread each, on a machine that did other work; the networks' time is their share of a batch of ${count}.`,
    versions: said.join(", "),
    command: "npm run build && node bench/denoisers.mjs --python venv/bin/python RUN…",
    methods,
    rows,
  };
  writeFileSync(join(root, "docs/results/denoisers.json"), `${JSON.stringify(result, null, 1)}\n`);
  for (const row of rows) console.log(JSON.stringify(row));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

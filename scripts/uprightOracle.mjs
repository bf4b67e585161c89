// The oracle that fashion-upright-best is held against: each turned test image turned back by its true angle, bilinear, which no
// restoration may know. Measured by what `isthmus evaluate` measures with, beside the turned image itself and a run's restorations.
// `npm run build`, then `node scripts/uprightOracle.mjs [RUN]` prints the figures; with RUN it also writes docs/results/upright-oracle.json.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { randomSequence } from "../dist/base/random.js";
import { readSource } from "../dist/data/sources/index.js";
import { meanFigures } from "../dist/evaluation/figures.js";
import { measure } from "../dist/evaluation/measure.js";
import { affineSample } from "../dist/tensor/ops/affineSample.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const evaluationSeed = 0;
const limits = [2000, 10_000];
const ranges = [5, 15, 30];

const turned = (degrees) => [{ rotate: { degrees: [-degrees, degrees], interpolation: "bilinear" } }];
const source = (images) => ({ source: "fashion-mnist", limit: { test: images } });

/** The angle that `rotate` draws for an image of an evaluation: see `sequentialBatches` and the transform. */
function angleOf(index, degrees) {
  return -degrees + 2 * degrees * randomSequence(evaluationSeed, "corrupt", 0, index).uniform();
}

/** Turns the images of a set back in their order, chunk after chunk, as `measure` hands them over. Beyond the image are zeros. */
function oracleOf(set, degrees) {
  const [channels, height, width] = set.shape;
  if (height !== width) throw new Error("turns square images only");
  const size = channels * height * width;
  let first = 0;
  return {
    async reconstruct(inputs) {
      const count = inputs.length / size;
      const maps = Array.from({ length: count }, (_, i) => {
        const angle = (angleOf(set.indices[first + i], degrees) * Math.PI) / 180;
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        return [cos, sin, 0, -sin, cos, 0];
      }).flat();
      first += count;
      const data = new Float64Array(inputs.length);
      const shape = [count, channels, height, width];
      const theta = { shape: [count, 2, 3], data: Float64Array.from(maps) };
      const images = { shape, data: Float64Array.from(inputs) };
      affineSample.reference([images, theta], { outputSize: [height, width] }, [{ shape, data }]);
      return Float32Array.from(data);
    },
  };
}

/** Figures of the turned images, and of them turned back by the true angle. */
export async function oracleFigures(images, degrees) {
  const set = (await readSource(source(images), "data").open()).splits.test;
  const { figures } = await measure({
    model: oracleOf(set, degrees),
    set,
    corrupt: turned(degrees),
    seed: evaluationSeed,
    what: "images",
    watch: { report() {}, signal: new AbortController().signal },
  });
  return { input: meanFigures(figures.input), oracle: meanFigures(figures.model) };
}

function modelFigures(run, images, degrees) {
  const words = ["evaluate", run, "--json", "--pictures", "no"];
  const spec = (value) => JSON.stringify(value);
  const more = ["--data", spec(source(images)), "--corrupt", spec(turned(degrees)[0])];
  const text = execFileSync(process.execPath, [join(root, "dist/cli/main.js"), ...words, ...more], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const { rows } = JSON.parse(text);
  const { mse, psnr, ssim } = rows.find(({ what }) => what === "model");
  return { mse, psnr, ssim };
}

async function main(run) {
  const rows = [];
  for (const images of limits) {
    for (const degrees of ranges) {
      const found = await oracleFigures(images, degrees);
      const three = ({ mse, psnr, ssim }) => ({ mse, psnr, ssim });
      const figures = { input: three(found.input), oracle: three(found.oracle) };
      const row = {
        images,
        degrees,
        ...figures,
        ...(run === undefined ? {} : { model: modelFigures(run, images, degrees) }),
      };
      rows.push(row);
      process.stdout.write(`${JSON.stringify(row)}\n`);
    }
  }
  if (run === undefined) return;
  const environment = JSON.parse(readFileSync(join(run, "environment.json"), "utf8"));
  const result = {
    date: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim(),
    seed: Number(/^seed: (\d+)$/m.exec(readFileSync(join(run, "experiment.yaml"), "utf8"))?.[1]),
    evaluationSeed,
    library: environment.engine.library,
    node: process.version,
    rows,
  };
  writeFileSync(join(root, "docs/results/upright-oracle.json"), `${JSON.stringify(result, null, 1)}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(process.argv[2]);

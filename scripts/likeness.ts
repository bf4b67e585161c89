// How often the five nearest pictures by code are of the query's class, on Fashion-MNIST, beside the nearest by pixels and by
// principal components. Writes docs/results/likeness.json and the table of docs/anomalies.md.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { ImageSet } from "../src/data/define.js";
import { readPixels } from "../src/data/imageStore.js";
import { fitPca } from "../src/data/principalComponents/pca.js";
import { openProducts } from "../src/data/principalComponents/products.js";
import { readSource } from "../src/data/sources/index.js";
import { encodeImages } from "../src/evaluation/encodeImages.js";
import { type DistanceName, distanceNames, distanceSpace } from "../src/evaluation/likeness.js";
import { nearestRows } from "../src/evaluation/nearestRows.js";
import { unitFromPixels } from "../src/pixels/index.js";
import { readEnvironment } from "../src/runs/index.js";
import { epochsDone } from "../src/tasks/evaluate.js";
import { openRunModel } from "../src/tasks/runModel.js";
import { sizeOf } from "../src/tensor/index.js";

const usage = `Usage: node --import ./scripts/register-typescript.mjs scripts/likeness.ts [options]

  --run DIR       measure this run instead of training one
  --on SPLIT      queries: test, or validation to choose by   (default test)
  --seed N        seed of the training                        (default 0)
  --epochs N      epochs of the training                      (default 10)
  --threads N     threads that compute                        (default 1)
  --out DIR       folder for the run                          (default runs)
  --json          only print the figures, as JSON
  --table         only write the table of docs/anomalies.md again
`;
const root = fileURLToPath(new URL("../", import.meta.url));
const file = join(root, "docs/results/likeness.json");
const nearestCount = 5;

interface Row {
  readonly what: string;
  readonly distance: DistanceName;
  /** Of the five nearest, the share that has the query's class. */
  readonly sameClass: number;
  /** Of the mean over queries. */
  readonly standardError: number;
}
interface Measured {
  readonly command: string;
  readonly preset: string;
  readonly epochs: number;
  readonly seed: number;
  readonly date: string;
  readonly isthmus: string;
  readonly node: string;
  readonly library: string;
  readonly threads: number;
  readonly collection: number;
  readonly queries: number;
  readonly codeSize: number;
  readonly rows: readonly Row[];
}

const { values: flags } = parseArgs({
  options: {
    run: { type: "string" },
    on: { type: "string", default: "test" },
    seed: { type: "string", default: "0" },
    epochs: { type: "string", default: "10" },
    threads: { type: "string", default: "1" },
    out: { type: "string", default: "runs" },
    json: { type: "boolean", default: false },
    table: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (flags.help) process.stdout.write(usage);
else if (flags.table) writeTable(JSON.parse(readFileSync(file, "utf8")) as Measured);
else {
  const measured = await measure(flags.run ?? train());
  process.stdout.write(`${flags.json ? JSON.stringify(measured) : tableText(measured)}\n`);
  if (!flags.json && flags.on === "test") {
    writeFileSync(file, `${JSON.stringify(measured, null, 1)}\n`);
    writeTable(measured);
  }
}

function train(): string {
  const start = ["--import", join(root, "scripts/register-typescript.mjs"), join(root, "src/cli/main.ts")];
  const words = [
    "train",
    "mnist-codes-relu",
    "--data",
    "fashion-mnist",
    "--epochs",
    flags.epochs,
    "--seed",
    flags.seed,
  ];
  const text = execFileSync(
    process.execPath,
    [...start, ...words, "--threads", flags.threads, "--out", flags.out, "--json"],
    {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
      maxBuffer: 2 ** 30,
    },
  );
  const lines = text.trim().split("\n");
  const { run } = JSON.parse(lines.findLast((line) => line.includes('"kind":"result"')) ?? "{}") as { run: string };
  return run;
}

async function measure(run: string): Promise<Measured> {
  const model = await openRunModel(run, { threads: Number(flags.threads) });
  const watch = { report: () => {}, signal: new AbortController().signal };
  const { splits } = await readSource(model.experiment.data, "data").open();
  const collection = splits.train;
  const queries = flags.on === "validation" ? splits.validation : splits.test;
  if (queries === undefined) throw new Error("the run has no such split");
  const width = sizeOf(model.codeShape);
  const rows: Row[] = [];
  const add = async (what: string, distance: DistanceName, codes: Float32Array, asked: Float32Array, size: number) => {
    const space = distanceSpace(distance, codes, size);
    const near = await nearestRows(model.engine, space.place(asked), space.place(codes), size, { count: nearestCount });
    const shares = Array.from({ length: queries.count }, (_, query) => {
      const own = near.places.subarray(query * nearestCount, (query + 1) * nearestCount);
      return (
        own.reduce((sum, place) => sum + Number(collection.labels?.[place] === queries.labels?.[query]), 0) /
        nearestCount
      );
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const variance = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1);
    rows.push({ what, distance, sameClass: mean, standardError: Math.sqrt(variance / shares.length) });
    process.stderr.write(`${what} ${distance}: ${mean}\n`);
  };
  const codes = await encodeImages(model, collection, watch);
  const asked = await encodeImages(model, queries, watch);
  for (const distance of distanceNames) await add(`code of ${width}`, distance, codes, asked, width);
  const pca = await fitPca(model.engine, collection, width, {});
  const products = await openProducts(model.engine);
  const project = async (set: ImageSet): Promise<Float32Array> => {
    const found = new Float32Array(set.count * width);
    for (let first = 0; first < set.count; first += 1000) {
      const count = Math.min(1000, set.count - first);
      const images = unitFromPixels(readPixels(set, first, count));
      const shapes = { shapeA: [count, pca.size], shapeB: [width, pca.size], transposeB: true };
      found.set(await products.multiply(images, pca.components, shapes), first * width);
    }
    return found;
  };
  const [linear, linearAsked] = [await project(collection), await project(queries)];
  for (const distance of distanceNames) await add(`PCA, ${width} components`, distance, linear, linearAsked, width);
  products.dispose();
  const pixels = (set: ImageSet) => unitFromPixels(readPixels(set, 0, set.count));
  for (const distance of ["euclidean", "cosine"] as const) {
    await add(`pixels, ${pca.size}`, distance, pixels(collection), pixels(queries), pca.size);
  }
  const { engine, isthmus, node, started } = readEnvironment(model.run);
  const { experiment } = model;
  const epochs = epochsDone(model);
  model.dispose();
  return {
    command: "node --import ./scripts/register-typescript.mjs scripts/likeness.ts",
    preset: "mnist-codes-relu --data fashion-mnist",
    epochs,
    seed: experiment.seed,
    date: started.slice(0, 10),
    ...{ isthmus, node, library: engine.library, threads: engine.threads },
    collection: collection.count,
    queries: queries.count,
    codeSize: width,
    rows,
  };
}

function tableText({
  rows,
  command,
  preset,
  epochs,
  seed,
  date,
  node,
  library,
  threads,
  collection,
  queries,
}: Measured): string {
  return [
    "| nearest by | distance | same class among the five nearest |",
    "|---|---|--:|",
    ...rows.map(
      ({ what, distance, sameClass, standardError }) =>
        `| ${what} | ${distance} | ${(100 * sameClass).toFixed(1)} % ± ${(100 * standardError).toFixed(1)} |`,
    ),
    "",
    `${queries.toLocaleString("en-US")} queries of Fashion-MNIST's ${flags.on} split among ${collection.toLocaleString("en-US")} training pictures, ± the standard error over queries; by lot it is 10 %. The model is \`${preset}\` after ${epochs} epochs, which never saw a class. Seed ${seed}, ${threads} thread, ${library}, Node ${node.replace(/^v/, "")}, ${date}: \`${command}\``,
  ].join("\n");
}

/** Between the marks of docs/anomalies.md. */
function writeTable(measured: Measured): void {
  const page = join(root, "docs/anomalies.md");
  const [begin, end] = ["<!-- likeness -->", "<!-- /likeness -->"];
  const written = readFileSync(page, "utf8");
  const [from, to] = [written.indexOf(begin), written.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for the table`);
  writeFileSync(page, `${written.slice(0, from + begin.length)}\n${tableText(measured)}\n${written.slice(to)}`);
}

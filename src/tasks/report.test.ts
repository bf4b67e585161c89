// Reports of runs that are whole, unfinished, damaged and hostile: every section, or why it is not there; one file that asks for nothing.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HtmlValidate } from "html-validate";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pageChartSvg } from "../report/charts.js";
import { renderReport } from "../report/page/render.js";
import type { ReportData } from "../report/reportData.js";
import { htmlText } from "../report/reportFile.js";
import { diskFileSystem, openRun } from "../runs/index.js";
import { taskFunction } from "./call.js";
import { report } from "./report.js";
import { gatherReport } from "./reportParts/gather.js";
import { lineDifferences } from "./reportParts/lineDifferences.js";
import { trainedRun } from "./testing/trainedRun.js";
import { train } from "./train.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-report-"));
afterAll(() => rmSync(folder, { recursive: true }));
const watch = { report: () => {}, signal: new AbortController().signal };
const gather = async (run: string, compare: readonly string[] = []): Promise<ReportData> =>
  await gatherReport(openRun(diskFileSystem, run), watch, { compare });
/** As the file has it, but for script and style, which the build makes. */
const page = (data: ReportData): string =>
  htmlText(data.head.name, renderReport(data, pageChartSvg), {
    ...{ script: "void 0", style: "body{margin:0}", umap: "void 0" },
  });
const whyOf = (data: ReportData): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).flatMap(([name, value]) =>
      typeof value === "object" && "data" in value && value.data === null ? [[name, value.why]] : [],
    ),
  );
const validator = new HtmlValidate({ extends: ["html-validate:standard"] });
/** What the page says, without its style, its data and its tags. */
const wordsOf = (html: string): string =>
  html.replaceAll(/<(style|script)[^>]*>[\s\S]*?<\/\1>|<!--[\s\S]*?-->|<[^>]*>/g, " ").replaceAll(/\s+/g, " ");

let run = "";
let whole: ReportData;
beforeAll(async () => {
  run = await trainedRun(folder);
  whole = await gather(run);
}, 240_000);
const copyOf = (name: string): string => {
  const copy = join(folder, "copies", name);
  cpSync(run, copy, { recursive: true });
  return copy;
};

describe("the report of a small run", () => {
  it("has every section but those that nobody asked for or the run does not keep", () => {
    expect(Object.keys(whyOf(whole)).filter((name) => name !== "health")).toEqual(["comparison", "anomalies"]);
  });

  it("tells the figures of the run's own records, with units", () => {
    const [last] = readFileSync(join(run, "metrics.jsonl"), "utf8").trimEnd().split("\n").slice(-1);
    const { test } = JSON.parse(last ?? "") as { test: { mse: number } };
    const term = whole.head.objective?.terms.find(({ name }) => name === "mse");
    expect(term).toMatchObject({ test: test.mse, unit: "mean over pixels", better: "lower" });
    // All 20 test images are judged, so that the table's mse is the record's, up to the rounding of float32 sums.
    const model = whole.figures.data?.rows.find(({ name }) => name === "model");
    expect(model?.values.mse).toBeCloseTo(test.mse, 6);
    expect(whole.figures.data?.rows.map(({ name }) => name)).toEqual(["model", "pca", "meanImage"]);
    expect(whole.curves.data?.curves.map(({ name }) => name)).toEqual(["mse", "psnr", "learning rate"]);
    expect(whole.curves.data?.curves[0]?.lines.map(({ name }) => name)).toEqual(["train", "test"]);
    expect(whole.curves.data?.curves[0]?.references.map(({ name }) => name)).toEqual(["PCA, 4", "mean image"]);
  });

  it("counts the network's weights as they are: 784·4 + 4 and 4·784 + 784", () => {
    const network = whole.network.data;
    expect(network?.parameters).toBe(784 * 4 + 4 + 4 * 784 + 784);
    expect(network?.layers.map(({ shape }) => shape.join("×"))).toEqual(["784", "4", "784", "784", "1×28×28"]);
    expect(network?.layers.reduce((sum, { arithmetic }) => sum + arithmetic, 0)).toBeCloseTo(1, 12);
    // Of 784·4 weights each way, with what biases, flattening, activations and reshaping touch.
    const [, encoder, decoder] = network?.layers.map(({ arithmetic }) => arithmetic) ?? [];
    expect((encoder as number) / (decoder as number)).toBeCloseTo(1, 0);
  });

  it("puts every picture on its own sheet: each tile lies within it", () => {
    const tiles: { sheet: string; index: number }[] = [];
    const visit = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      if ("sheet" in value && "index" in value) tiles.push(value as { sheet: string; index: number });
      for (const inner of Object.values(value)) visit(inner);
    };
    visit(whole);
    expect(tiles.length).toBeGreaterThan(200);
    for (const { sheet, index } of tiles) {
      const of = whole.sheets[sheet];
      expect(of, sheet).toBeDefined();
      expect(index).toBeLessThan((of?.rows ?? 0) * (of?.columns ?? 0));
    }
  });

  it("is valid HTML that loads nothing and says its words without script", () => {
    const html = page(whole);
    const { results } = validator.validateStringSync(html);
    expect(results.flatMap(({ messages }) => messages.map(({ message, line }) => `${line}: ${message}`))).toEqual([]);
    const loads = html.match(
      /(?:src|href|action|data|poster)\s*=\s*["']?(?!#)[^"'\s>]+|url\((?!data:|#)|@import|https?:\/\/[^\s"'<]+\.(?:js|css)/gi,
    );
    expect(loads).toEqual(null);
    const words = wordsOf(html);
    for (const said of [
      "mse(reconstruction, target)",
      "PCA, 4 components",
      "Linear",
      "trained to its end, 2 epochs",
      "experiment.yaml",
    ]) {
      expect(words).toContain(said);
    }
    expect(Buffer.byteLength(html)).toBeLessThan(5_000_000);
  });

  it("is the same byte for byte of a copy of the run in another place, and names no place", async () => {
    const html = page(await gather(copyOf("elsewhere")));
    expect(html).toBe(page(whole));
    expect(html).not.toContain(folder);
  }, 60_000);

  it("differs from another training of the same experiment in its timing alone", async () => {
    const again = join(folder, "again");
    mkdirSync(again);
    const other = await gather(await trainedRun(again));
    expect({ ...other, timing: null }).toEqual({ ...whole, timing: null });
  }, 120_000);

  it("shows each kept epoch's pictures, and no more than a file has room for", async () => {
    const kept = copyOf("epochs");
    const { sharp } = await import("../data/codec.js");
    const epochs = join(kept, "images", "epochs");
    mkdirSync(epochs, { recursive: true });
    const pixels = Buffer.alloc(16 * 28 * 28, 128);
    const sheet = await sharp(pixels, { raw: { width: 8 * 28, height: 2 * 28, channels: 1 } })
      .webp({ lossless: true })
      .toBuffer();
    const all = Array.from({ length: 150 }, (_, i) => i + 1);
    for (const epoch of all) writeFileSync(join(epochs, `${String(epoch).padStart(6, "0")}.webp`), sheet);
    writeFileSync(join(epochs, "original.webp"), sheet);
    writeFileSync(
      join(epochs, "index.json"),
      JSON.stringify({ format: 1, shape: [1, 28, 28], columns: 8, count: 16, epochs: all, every: 1 }),
    );
    const { data } = (await gather(kept)).reconstructions;
    const shown = data?.epochs.map(({ epoch }) => epoch) ?? [];
    expect(shown).toHaveLength(60);
    expect([shown[0], shown.at(-1)]).toEqual([1, 150]);
    expect(data?.note).toContain("60 of the 150 epochs");
  }, 60_000);
});

describe("two runs beside each other", () => {
  it("need both to be there, or nothing is written", async () => {
    const out = join(folder, "never.html");
    const asked = taskFunction(report)({ run, compare: [join(folder, "gone")], out });
    await expect(asked).rejects.toThrow("there is no such run folder");
    const many = taskFunction(report)({ run, compare: Array.from({ length: 6 }, () => run), out });
    await expect(many).rejects.toThrow("at most 5 runs are compared with, got 6");
    expect(existsSync(out)).toBe(false);
  });

  it("share curves and pictures, and show what differs", async () => {
    const wide = join(folder, "wide");
    mkdirSync(wide);
    const other = await trainedRun(wide, "adam", 6);
    const { comparison } = await gather(run, [other]);
    expect(comparison.data?.runs.map(({ codeSize }) => codeSize)).toEqual([4, 6]);
    expect(comparison.data?.curves.map(({ name, lines }) => [name, lines.length])).toEqual([
      ["mse", 2],
      ["psnr", 2],
    ]);
    expect(comparison.data?.settings).toContainEqual({ path: "model.encoder.1", values: ["dense: 4", "dense: 6"] });
    expect(
      comparison.data?.lines[0]?.lines.filter((line) => /^[+-]/.test(line)).map((line) => line.trim()),
    ).toHaveLength(2);
    const html = page(await gather(run, [other]));
    expect(validator.validateStringSync(html).valid).toBe(true);
  }, 120_000);

  it("differ line by line", () => {
    expect(lineDifferences("a\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\ne\nF\ng\n")).toEqual([
      "…",
      " d",
      " e",
      "-f",
      "+F",
      " g",
    ]);
    expect(lineDifferences("a\n", "a\n")).toEqual([]);
  });
});

describe("runs that are not whole", () => {
  it("that were never trained have a report of what they are", async () => {
    const bare = copyOf("bare");
    rmSync(join(bare, "checkpoints"), { recursive: true });
    for (const log of ["metrics.jsonl", "timing.jsonl"]) writeFileSync(join(bare, log), "");
    const data = await gather(bare);
    expect(data.head).toMatchObject({ name: "small", isFinished: false, state: "not trained yet" });
    expect(whyOf(data)).toMatchObject({
      curves: "there is no finished epoch to draw",
      timing: "there is no finished epoch whose time was taken",
    });
    expect(data.network.data?.parameters).toBe(whole.network.data?.parameters);
    expect(data.pictures.data?.splits).toEqual([
      { name: "train", images: 40 },
      { name: "test", images: 20 },
    ]);
    const html = page(data);
    expect(html).not.toContain(folder);
    expect(validator.validateStringSync(html).valid).toBe(true);
  }, 60_000);

  it.each([
    ["metrics.jsonl", "curves"],
    ["timing.jsonl", "timing"],
    ["environment.json", "versions"],
    ["experiment.yaml", "network"],
    ["interventions.jsonl", "interventions"],
  ] as const)(
    "whose %s is no such file say so, and show the rest",
    async (name, section) => {
      const damaged = copyOf(`damaged-${name}`);
      writeFileSync(join(damaged, name), "{ \u0000 this is none\n");
      const data = await gather(damaged);
      expect(whyOf(data)[section]).toContain(name);
      expect(whyOf(data)[section]).not.toContain(folder);
      expect(data.again.data?.yaml === undefined).toBe(false);
      expect(validator.validateStringSync(page(data)).valid).toBe(true);
    },
    60_000,
  );

  it("whose last line is half written are shown up to the line before", async () => {
    const cut = copyOf("cut");
    const log = join(cut, "metrics.jsonl");
    truncateSync(log, readFileSync(log).length - 20);
    expect((await gather(cut)).curves.data?.curves[0]?.lines[1]?.points).toHaveLength(1);
  }, 60_000);

  it("whose weights are damaged keep what needs none", async () => {
    const broken = copyOf("broken");
    const { step } = JSON.parse(readFileSync(join(broken, "checkpoints", "last.json"), "utf8")) as { step: number };
    truncateSync(join(broken, "checkpoints", String(step), "model.safetensors"), 100);
    const data = await gather(broken);
    expect(Object.keys(whyOf(data)).sort()).toEqual(
      expect.arrayContaining(["decoder", "extremes", "figures", "map", "samples", "units", "walks"]),
    );
    expect(data.curves.data?.curves).toHaveLength(3);
  }, 60_000);
});

it("a classifier has its figures, its classes and a map, and says that it makes no pictures", async () => {
  const experiment = join(folder, "classes.yaml");
  writeFileSync(
    experiment,
    `name: classes
data: { source: mnist, limit: { train: 60, test: 30 } }
model: { kind: classifier, encoder: [flatten, dense: 10] }
loss: crossEntropy
phases: [{ epochs: 2, batchSize: 16 }]
`,
  );
  const { run: made } = await taskFunction(train)({ experiment, engine: "reference", out: join(folder, "runs") });
  const data = await gather(made);
  expect(whyOf(data).reconstructions).toContain("a classifier has no decoder");
  expect(data.confusion.data?.counts.flat().reduce((sum, count) => sum + count, 0)).toBe(30);
  expect(data.figures.data?.rows.map(({ name }) => name)).toEqual(["test", "train"]);
  expect(data.figures.data?.columns.map(({ name }) => name)).toContain("accuracy");
  expect(validator.validateStringSync(page(data)).valid).toBe(true);
}, 120_000);

it("a run that learned one class tells the errors of the others from it, and the area under the curve is the share of right pairs", async () => {
  const experiment = join(folder, "one.yaml");
  writeFileSync(
    experiment,
    `name: one
data: { source: mnist, limit: { train: 400, test: 80 }, classes: { train: ["1"] } }
model: { kind: autoencoder, encoder: [flatten, dense: 4], decoder: [dense: 784, unflatten: [1, 28, 28]] }
loss: mse
phases: [{ epochs: 3, batchSize: 8 }]
`,
  );
  const { run: made } = await taskFunction(train)({ experiment, engine: "reference", out: join(folder, "runs") });
  const data = await gather(made);
  const { scores = [], isAnomalous = [], normal, threshold = 0 } = data.anomalies.data ?? {};
  expect(normal).toEqual(["1"]);
  expect(scores).toHaveLength(80);
  const of = (kind: number) => scores.filter((_, i) => isAnomalous[i] === kind);
  const above = of(0).filter((score) => score > threshold).length;
  expect(above).toBe(Math.floor(0.05 * of(0).length));
  let right = 0;
  for (const strange of of(1)) for (const usual of of(0)) right += strange > usual ? 1 : strange === usual ? 0.5 : 0;
  const area = right / (of(0).length * of(1).length);
  expect(area).toBeGreaterThan(0.9);
  expect(wordsOf(page(data))).toContain(`area ${area.toFixed(4)}`);
  const { results } = validator.validateStringSync(page(data));
  expect(results.flatMap(({ messages }) => messages.map(({ message, line }) => `${line}: ${message}`))).toEqual([]);
}, 120_000);

it("words from outside are text, whatever they are", () => {
  const evil = `</script><img src=x onerror=alert(1)>"'&`;
  const { figures, map, pictures, confusion, again } = whole;
  if (
    figures.data === null ||
    map.data === null ||
    pictures.data === null ||
    confusion.data === null ||
    again.data === null
  ) {
    throw new Error("a section is missing");
  }
  const html = page({
    ...whole,
    head: { ...whole.head, name: evil, state: evil },
    figures: {
      data: { ...figures.data, classes: figures.data.classes.map((one) => ({ ...one, name: evil })).slice(0, 1) },
    },
    map: { data: { ...map.data, classes: map.data.classes.map(() => evil) } },
    pictures: { data: { ...pictures.data, title: evil, origin: evil, notes: [evil] } },
    confusion: { data: { ...confusion.data, classes: confusion.data.classes.map(() => evil) } },
    again: { data: { ...again.data, yaml: evil } },
    versions: { data: null, why: evil },
  });
  expect(html).not.toMatch(/<img/i);
  expect(html.match(/<\/script>/g)).toHaveLength(3);
  expect(validator.validateStringSync(html).valid).toBe(true);
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run as command } from "../cli/testing/terminal.js";
import { compare, evaluate, probe, probeIdeas, trainRun } from "../index.js";
import { diskFileSystem, openRun, readLog } from "../runs/index.js";
import { trainedRun } from "./testing/trainedRun.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-evaluate-"));
const cache = process.env.ISTHMUS_CACHE;
let path = "";
let other = "";
beforeAll(async () => {
  process.env.ISTHMUS_CACHE = join(folder, "cache");
  path = await trainedRun(folder);
  other = await trainedRun(folder, "{ adam: { learningRate: 0.01 } }");
}, 120_000);
afterAll(() => {
  if (cache === undefined) delete process.env.ISTHMUS_CACHE;
  else process.env.ISTHMUS_CACHE = cache;
  rmSync(folder, { recursive: true, force: true });
});

describe("evaluate", () => {
  it("gives the error that the training recorded, between the mean image and what the baselines are", async () => {
    const result = await evaluate({ run: path });
    const recorded = readLog(openRun(diskFileSystem, path), "metrics.jsonl").at(-1);
    const [model, pca, meanImage] = result.rows;
    expect(result.rows.map(({ what }) => what)).toEqual(["model", "pca", "meanImage"]);
    // Both are means of squares of float32 reconstructions.
    expect((model?.mse ?? 0) / (recorded?.test.mse ?? 0)).toBeCloseTo(1, 6);
    expect(pca?.mse).toBeLessThan(meanImage?.mse ?? 0);
    expect([result.epoch, result.images, result.codeSize, result.worst.length]).toEqual([2, 20, 4, 16]);
    // The groups are all images, so their mean is the whole's.
    const weighted = result.classes.reduce((sum, { mse, images }) => sum + mse * images, 0) / 20;
    expect(weighted).toBeCloseTo(model?.mse ?? 0, 12);
    expect(result.worst[0]?.mse).toBeGreaterThanOrEqual(result.worst[1]?.mse ?? 1);
    expect(existsSync(result.files.worst ?? "")).toBe(true);
  });

  it("corrupts the input when asked, measures it too, and goes through severities", async () => {
    const result = await evaluate({ run: path, corrupt: "gaussianNoise", severities: true, pictures: "no" });
    expect(result.corrupt).toEqual([{ gaussianNoise: { sigma: 0.1, probability: 1 } }]);
    expect(result.rows.map(({ what }) => what)).toEqual(["model", "pca", "pcaOfInput", "input", "meanImage"]);
    const psnr = result.severities.map(({ input }) => input.psnr);
    expect(psnr).toEqual([...psnr].sort((a, b) => b - a));
    expect(psnr).toHaveLength(5);
    // Noise of σ 0.04, about half of it cut off at black: between 1/σ² and twice that.
    expect(psnr[0]).toBeGreaterThan(-20 * Math.log10(0.04));
    expect(psnr[0]).toBeLessThan(-20 * Math.log10(0.04) + 3.02);
  });

  it("has no PCA beside a code that is as large as the picture", async () => {
    const result = await evaluate({ run: await trainedRun(folder, "adam", 784), pictures: "no" });
    expect(result.rows.map(({ what }) => what)).toEqual(["model", "meanImage"]);
    expect(result.notes.join()).toContain("PCA of that size would be the picture itself");
  });

  it("says in a sentence what does not fit", async () => {
    await expect(evaluate({ run: path, on: "validation" })).rejects.toMatchObject({
      message: "this source has no split validation",
      at: "--on",
    });
    await expect(evaluate({ run: path, corrupt: "gausianNoise" })).rejects.toThrow(/gaussianNoise/);
    await expect(evaluate({ run: path, severities: true })).rejects.toMatchObject({
      message: "there is no corruption with severities to measure",
    });
  });

  it("writes over no other evaluation's pictures", async () => {
    const data = "{ source: mnist, limit: { train: 20, test: 12 } }";
    const asked = [
      {},
      { on: "train" as const },
      { data },
      { corrupt: "gaussianNoise" },
      { corrupt: "{gaussianNoise: 0.3}", severities: true },
      { corrupt: "gaussianNoise", severities: true, on: "train" as const },
      { checkpoint: "best" },
    ];
    const files: string[] = [];
    for (const options of asked) files.push(...Object.values((await evaluate({ run: path, ...options })).files));
    expect(new Set(files).size).toBe(files.length);
    expect(files.map((file) => basename(file)).map((name) => name.replace(/-[0-9a-f]{6}\./, "-mark."))).toEqual([
      "worst-test.png",
      "worst-train.png",
      "worst-test-source-mnist-limit-train-20-test-12-mark.png",
      "worst-test-gaussianNoise.png",
      "worst-test-gaussianNoise-0.3-mark.png",
      "severities-gaussianNoise-0.3-mark.png",
      "worst-train-gaussianNoise.png",
      "severities-train-gaussianNoise.png",
      "worst-test-best.png",
    ]);
  });

  it("takes a wrong corruption for a wrong command", async () => {
    const { code, stdout, stderr } = await command(["evaluate", path, "--corrupt", "gausianNoise"]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("--corrupt[0]: no transform is called gausianNoise; did you mean gaussianNoise?");
  });

  it("prints a table, JSON, and CSV with a line for each row", async () => {
    const table = await command(["evaluate", path, "--pictures", "no"]);
    expect(table.stdout).toContain("PCA of the clean images, 4 components");
    const csv = await command(["evaluate", path, "--pictures", "no", "--format", "csv"]);
    expect(csv.stdout.split("\n")[0]).toBe("table,name,images,mse,mae,psnr,psnrOfMse,ssim,bce");
    expect(csv.stdout.split("\n")[1]).toMatch(/^all,model,20,0\.\d+,/);
    const json = await command(["evaluate", path, "--pictures", "no", "--json"]);
    expect(JSON.parse(json.stdout).images).toBe(20);
  });
});

describe("evaluate, of a variational model", () => {
  it("gives the BCE, KL and sum that training recorded with the same draws", async () => {
    const experiment = join(folder, "variational.yaml");
    writeFileSync(
      experiment,
      `name: variational
data: { source: mnist, limit: { train: 40, test: 20 } }
model: { kind: variationalAutoencoder, code: 3, encoder: [flatten], decoder: [dense: 784, sigmoid, unflatten: [1, 28, 28]] }
loss: bce
phases: [{ epochs: 1, batchSize: 16, optimizer: adam }]
`,
    );
    const trained = await trainRun({ experiment, engine: "reference", out: join(folder, "runs") });
    const { variational } = await evaluate({ run: trained.run, pictures: "no" });
    const test = readLog(openRun(diskFileSystem, trained.run), "metrics.jsonl").at(-1)?.test ?? {};
    // Codes and pictures are rounded to float32 on their way.
    expect((variational?.bce ?? 0) / (test.reconstruction ?? 0)).toBeCloseTo(1, 5);
    expect((variational?.kl ?? 0) / (test.kl ?? 0)).toBeCloseTo(1, 5);
    expect((variational?.sum ?? 0) / (test.objective ?? 0)).toBeCloseTo(1, 5);
  });
});

describe("probe", () => {
  it("gives four classifiers' accuracies, whose confusions add up to the test images", async () => {
    const result = await probe({ run: path, epochs: 5, hidden: 16 });
    expect(result.probes.map(({ probe: name }) => name)).toEqual([
      "twoLayer",
      "twoLayerSigmoid",
      "logisticRegression",
      "nearestNeighbours",
    ]);
    for (const { confusion, accuracy, standardError } of result.probes) {
      expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(20);
      expect(standardError).toBeCloseTo(Math.sqrt((accuracy * (1 - accuracy)) / 20), 12);
    }
    expect(result.files.every((file) => existsSync(file))).toBe(true);
  });

  it("puts several runs into a table of ideas, held against the first", async () => {
    const ideas = [
      { idea: "as it was", run: path },
      { idea: "a faster rate", run: other },
    ];
    const rows = await probeIdeas(ideas, { epochs: 2, hidden: 8, form: "logits" });
    expect(rows[0]?.gain).toBe(0);
    expect(rows[1]?.gain).toBeCloseTo((rows[1]?.accuracy.twoLayer ?? 0) - (rows[0]?.accuracy.twoLayer ?? 0), 12);
  });
});

describe("compare", () => {
  it("names the setting that differs, the figures of both, and draws curves and images", async () => {
    const result = await compare({ runs: [path, other], out: join(folder, "comparison") });
    expect(result.differences).toEqual([{ path: "phases.0.optimizer.adam.learningRate", values: [0.001, 0.01] }]);
    const recorded = readLog(openRun(diskFileSystem, other), "metrics.jsonl").at(-1);
    expect(result.runs[1]?.test).toEqual(recorded?.test);
    const psnr = readLog(openRun(diskFileSystem, other), "metrics.jsonl").map(({ test }) => test.psnr ?? 0);
    expect(result.runs[1]?.best.psnr).toMatchObject({ which: "highest", value: Math.max(...psnr) });
    expect(result.runs[1]?.best.mse?.which).toBe("lowest");
    expect(Object.values(result.files).every((file) => existsSync(file))).toBe(true);
    expect(Object.keys(result.files)).toEqual(["curves", "curvesSvg", "images"]);
  });

  it("refuses runs on other pictures", async () => {
    const environment = join(other, "environment.json");
    const text = readFileSync(environment, "utf8");
    writeFileSync(environment, text.replace('"name": "mnist"', '"name": "clothes"'));
    await expect(compare({ runs: [path, other] })).rejects.toMatchObject({
      at: other,
      message: expect.stringContaining("was measured on other pictures (clothes"),
    });
    writeFileSync(environment, text);
  });

  it("refuses one run alone", async () => {
    await expect(compare({ runs: [path] })).rejects.toThrow("expected 2 to 8 runs, got 1");
  });
});

// Models with figures of their own through the command: what training's table and evaluation show of them, and what they write.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run as command } from "../cli/testing/terminal.js";
import { evaluate, exportRun, summary } from "../index.js";
import { diskFileSystem, openRun, readLog } from "../runs/index.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-families-"));
const cache = process.env.ISTHMUS_CACHE;
beforeAll(() => {
  process.env.ISTHMUS_CACHE = join(folder, "cache");
});
afterAll(() => {
  if (cache === undefined) delete process.env.ISTHMUS_CACHE;
  else process.env.ISTHMUS_CACHE = cache;
  rmSync(folder, { recursive: true, force: true });
});

/** @returns what the command printed on stdout, and the run folder */
async function trained(name: string, kind: string): Promise<{ readonly stdout: string; readonly run: string }> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(
    file,
    `name: ${name}
data: { source: mnist, limit: { train: 40, test: 20 } }
model: { ${kind}, encoder: [flatten, dense: 6, mish], decoder: [dense: 784, sigmoid, unflatten: [1, 28, 28]] }
loss: mse
phases: [{ epochs: 1, batchSize: 16, optimizer: adam, corrupt: [{ motionBlur: 3 }] }]
`,
  );
  const { code, stdout, stderr } = await command([
    "train",
    file,
    "--engine",
    "reference",
    "--out",
    join(folder, "runs"),
  ]);
  expect(code, stderr).toBe(0);
  return { stdout, run: /^run folder +(.*)$/m.exec(stdout)?.[1] ?? "" };
}
const rowsOf = (text: string): readonly string[] => text.split("\n").map((line) => line.split(" ")[0] ?? "");

describe("a sparse autoencoder", () => {
  it("trains through the command, and its figures are told at the end, in evaluation and in their units", async () => {
    const { stdout, run } = await trained("sparse", "kind: sparseAutoencoder, sparsity: 0.01");
    expect(rowsOf(stdout).slice(1, 7)).toEqual(["objective", "reconstruction", "sparsity", "l1", "active", "mse"]);

    const record = readLog(openRun(diskFileSystem, run), "metrics.jsonl").at(-1)?.test ?? {};
    expect((record.reconstruction ?? 0) + (record.sparsity ?? 0)).toBeCloseTo(record.objective ?? Number.NaN, 12);
    const { own } = await evaluate({ run, pictures: "no" });
    expect(own.map(({ name }) => name)).toEqual(["objective", "reconstruction", "sparsity", "l1", "active"]);
    // Weights were rounded to float32 on their way.
    for (const { name, value } of own) expect(value / (record[name] ?? Number.NaN), name).toBeCloseTo(1, 5);
    const shown = await command(["evaluate", run, "--pictures", "no"]);
    expect(shown.stdout).toMatch(/^l1 +[\d.]+ +sum over units, mean over images$/m);

    const { text } = await summary({ experiment: run });
    expect(text).toContain("Mish-3");
    const { files, check } = await exportRun({ run, out: join(folder, "exports") });
    expect(files.map((file) => existsSync(file))).toEqual([true, true]);
    // Float32 against float64, through sums of 784 products of size below 1.
    for (const difference of Object.values(check?.largestDifference ?? { none: 1 }))
      expect(difference).toBeLessThan(1e-5);
  });
});

describe("a supervised autoencoder", () => {
  it("has its accuracy in both tables, without a lowest one", async () => {
    const { stdout, run } = await trained("supervised", "kind: supervisedAutoencoder, classes: 10");
    expect(stdout).toMatch(/^accuracy +0[\d.]*$/m);
    const { own } = await evaluate({ run, pictures: "no" });
    expect(own.find(({ name }) => name === "accuracy")).toMatchObject({
      unit: "share of images, 0 to 1",
      better: "higher",
    });
  });
});

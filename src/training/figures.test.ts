// The figures of a training's records: every part of every kind of model's objective, on train and test, in one order, adding up.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { resolve } from "../experiment/resolved.js";
import { figuresOf } from "../nn/index.js";
import { models } from "../nn/models/index.js";
import { readLog } from "../runs/index.js";
import { tinyExperiment, tinySource, trainTiny } from "./testing/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-figures-"));
afterAll(() => rmSync(folder, { recursive: true }));

const encoder = ["flatten", { dense: 6 }];
const decoder = [{ dense: 36 }, "sigmoid", { unflatten: [1, 6, 6] }];
/** Each with parts that differ from 0. */
const specs: Readonly<Record<string, { readonly more: object; readonly parts: readonly string[] }>> = {
  autoencoder: { more: { decoder }, parts: ["mse"] },
  sparseAutoencoder: { more: { decoder, sparsity: 0.1 }, parts: ["reconstruction", "sparsity"] },
  supervisedAutoencoder: { more: { decoder, classes: 3 }, parts: ["reconstruction", "supervision"] },
  variationalAutoencoder: { more: { decoder, code: 2, beta: 0.5 }, parts: ["reconstruction", "penalty"] },
  classifier: { more: {}, parts: ["crossEntropy"] },
};

const labelled = {
  ...tinySource,
  splits: Object.fromEntries(
    Object.entries(tinySource.splits).map(([name, set]) => [
      name,
      { ...set, labels: Uint8Array.from({ length: set?.count ?? 0 }, (_, i) => i % 3) },
    ]),
  ) as unknown as typeof tinySource.splits,
};

describe("records", () => {
  it.each(Object.keys(models))(
    "of %s have every figure that the kind tells of, and parts that add up",
    async (kind) => {
      const spec = specs[kind];
      expect(spec, `a spec for ${kind}`).toBeDefined();
      if (spec === undefined) return;
      const isClassifier = kind === "classifier";
      const experiment = tinyExperiment({
        model: { kind, input: [1, 6, 6], encoder: isClassifier ? ["flatten", { dense: 3 }] : encoder, ...spec.more },
        loss: isClassifier ? "crossEntropy" : "mse",
        phases: [{ epochs: 1, batchSize: 16 }],
      });
      const { run } = await trainTiny(join(folder, kind), { experiment, source: labelled });
      const [record] = readLog(run, "metrics.jsonl");
      const { model, loss, metrics } = resolve(experiment);
      const names = figuresOf(model, loss, metrics).map(({ name }) => name);
      const measured = metrics.filter(({ inTraining }) => inTraining === false).map(({ name }) => name);
      expect(Object.keys(record?.test ?? {}).sort()).toEqual([...names].sort());
      expect(Object.keys(record?.trainEvaluated ?? {})).toEqual(Object.keys(record?.test ?? {}));
      expect(Object.keys(record?.train ?? {}).sort()).toEqual(names.filter((name) => !measured.includes(name)).sort());
      for (const figures of [record?.train, record?.test, record?.trainEvaluated]) {
        const sum = spec.parts.reduce((total, part) => total + (figures?.[part] ?? Number.NaN), 0);
        // Float64 sums of a few hundred numbers.
        expect(sum / (figures?.objective ?? Number.NaN)).toBeCloseTo(1, 10);
      }
    },
  );
});

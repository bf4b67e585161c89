// What every entry of every collection owes to those who read it in lists, pages and editors.
import { describe, expect, it } from "vitest";
import { readSource } from "../data/sources/index.js";
import { readLayer } from "../nn/layers/index.js";
import { readLoss } from "../nn/losses/index.js";
import { readMetrics } from "../nn/metrics/index.js";
import type { LayerSpec } from "../nn/models/define.js";
import { models, readModel } from "../nn/models/index.js";
import { readOptimizer } from "../nn/optimizers/index.js";
import { readSchedule } from "../nn/schedules/index.js";
import { readTransforms, transforms } from "../pixels/transforms/index.js";
import { type CollectionName, collectionNames, describeCollection, exampleLines } from "./catalogue.js";
import { parseYaml } from "./document.js";

const all = collectionNames.flatMap((collection) =>
  describeCollection(collection).entries.map((entry) => ({ collection, entry, where: `${collection} ${entry.name}` })),
);

describe("the catalogue", () => {
  it("has all collections, and of each what its list has", () => {
    expect(collectionNames).toEqual([
      "layers",
      "losses",
      "optimizers",
      "schedules",
      "transforms",
      "sources",
      "models",
      "metrics",
    ]);
    expect(describeCollection("models").entries.map(({ name }) => name)).toEqual(Object.keys(models));
    expect(describeCollection("transforms").entries.map(({ name }) => name)).toEqual(Object.keys(transforms));
    expect(all.length).toBeGreaterThan(80);
  });

  it("has a summary in one sentence of every entry, with capital and full stop", () => {
    const wrong = all.filter(({ entry }) => !/^[^a-z].*\.$/.test(entry.summary));
    expect(wrong.map(({ where, entry }) => `${where}: ${JSON.stringify(entry.summary)}`)).toEqual([]);
  });

  it("has a sentence for every option, and for every option inside another", () => {
    const silent = all.flatMap(({ where, entry }) =>
      entry.options.filter(({ sentence }) => sentence === "").map(({ name }) => `${where}: ${name} lacks .describe()`),
    );
    expect(silent).toEqual([]);
  });

  it("knows what the value of every option is", () => {
    const vague = all.flatMap(({ where, entry }) =>
      entry.options.filter(({ type }) => /any value/.test(type)).map(({ name }) => `${where}: ${name}`),
    );
    expect(vague).toEqual([]);
  });

  it("has an example of every entry", () => {
    const without = all.filter(({ entry }) => entry.examples.length === 0);
    expect(without.map(({ where }) => `${where} needs .meta({ example }) on the options that it requires`)).toEqual([]);
  });
});

/** Reads an example as it stands in a file. */
const read: Readonly<Record<CollectionName, (written: unknown) => unknown>> = {
  layers: (written) => (written as LayerSpec[]).map((layer) => readLayer(layer, "encoder")),
  losses: (written) => readLoss((written as { loss: unknown }).loss),
  optimizers: (written) => readOptimizer((written as { optimizer: unknown }).optimizer),
  schedules: (written) => readSchedule((written as { schedule: unknown }).schedule),
  transforms: (written) =>
    Object.entries(written as Record<"augment" | "corrupt", unknown[]>).map(([use, list]) =>
      readTransforms(list, use as "augment" | "corrupt", use),
    ),
  sources: (written) => readSource((written as { data: unknown }).data, "data"),
  models: (written) => readModel((written as { model: unknown }).model),
  metrics: (written) => readMetrics((written as { metrics: unknown }).metrics),
};

describe("every example", () => {
  it.each(all)("of $where is read", ({ collection, entry }) => {
    for (const example of entry.examples) {
      const text = exampleLines(collection, entry, example).join("\n");
      expect(() => read[collection](parseYaml(text, "example")), text).not.toThrow();
    }
  });
});

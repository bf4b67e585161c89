// The collections that experiments are written from, as data: each entry's name, summary, options and examples. Lists and
// documentation pages are made of it.
import { z } from "zod";
import type { Layer } from "../nn/layers/define.js";
import { layers } from "../nn/layers/index.js";
import type { LossKind } from "../nn/losses/define.js";
import { losses } from "../nn/losses/index.js";
import type { Metric } from "../nn/metrics/define.js";
import { metrics } from "../nn/metrics/index.js";
import { optimizers } from "../nn/optimizers/index.js";
import { schedules } from "../nn/schedules/index.js";
import { type Transform, transforms } from "../pixels/transforms/index.js";
import {
  describeEntry,
  describeOptions,
  type EntryDescription,
  exampleOptions,
  type SummarisedEntry,
  valueText,
} from "../schema/describe.js";
import { type ModelEntry, modelKinds } from "./modelKinds.js";
import { type SourceEntry, sourceEntries } from "./sourceEntries.js";

export interface CatalogueEntry extends EntryDescription {
  /** Further facts in a few words, with what they are about: `["for", "augment, corrupt"]`. */
  readonly facts: readonly (readonly [about: string, fact: string])[];
}

export interface CollectionDescription {
  readonly name: CollectionName;
  /** What its entries are for, in one sentence. */
  readonly summary: string;
  readonly entries: readonly CatalogueEntry[];
}

const collections = {
  layers: {
    summary: "What encoders and decoders are made of, from input to output.",
    entries: () =>
      each<Layer>(layers, (layer) => ({ ...describeEntry(layer), facts: [["in summaries", layer.title]] })),
  },
  losses: { summary: "What training makes small.", entries: () => each<LossKind>(losses, describeLoss) },
  optimizers: { summary: "How weights follow their gradients.", entries: () => each(optimizers, describePlain) },
  schedules: { summary: "How the learning rate goes over a phase.", entries: () => each(schedules, describePlain) },
  transforms: {
    summary: "What pictures go through: augment changes input and target alike, corrupt the input alone.",
    entries: () => each<Transform>(transforms, describeTransform),
  },
  sources: { summary: "Where pictures come from.", entries: () => each(sourceEntries, describeSource) },
  models: { summary: "Kinds of model: what is trained, and for what.", entries: () => each(modelKinds, describeModel) },
  metrics: {
    summary: "Figures that are measured beside the objective.",
    entries: () => each<Metric>(metrics, describeMetric),
  },
} as const;
export type CollectionName = keyof typeof collections;
export const collectionNames = Object.keys(collections) as readonly CollectionName[];

/** A collection with all its entries, in their written order. */
export function describeCollection(name: CollectionName): CollectionDescription {
  const { summary, entries } = collections[name];
  return { name, summary, entries: entries() };
}

function each<Some>(entries: Readonly<Record<string, Some>>, describe: (entry: Some) => CatalogueEntry) {
  return Object.values(entries).map(describe);
}

function describePlain(entry: SummarisedEntry): CatalogueEntry {
  return { ...describeEntry(entry), facts: [] };
}

function describeLoss(loss: LossKind): CatalogueEntry {
  const usual = loss.options.safeParse({});
  return {
    ...describeEntry(loss),
    facts: [
      ...(usual.success ? [["formula", loss.formula(usual.data)] as const] : []),
      // A sum compares what its parts compare.
      ...(usual.success ? [["compares", loss.compares ?? "pictures"] as const] : []),
    ],
  };
}

function describeTransform({ allOptions, ...transform }: Transform): CatalogueEntry {
  return { ...describeEntry({ ...transform, options: allOptions }), facts: [["for", transform.uses.join(", ")]] };
}

function describeSource({ name, summary, options, pathOption }: SourceEntry): CatalogueEntry {
  const example = exampleOptions(options);
  const short = pathOption === undefined ? name : `${name}:${String(example[pathOption])}`;
  return {
    name,
    summary,
    options: describeOptions(options),
    examples: [short, { source: name, ...example, limit: { train: 1000, test: 200 } }],
    facts: pathOption === undefined ? [] : [["short form", `${name}:${pathOption.toUpperCase()}`]],
  };
}

function describeModel({ name, summary, options }: ModelEntry): CatalogueEntry {
  return {
    name,
    summary,
    options: describeOptions(options),
    examples: [{ kind: name, ...exampleOptions(options) }],
    facts: [],
  };
}

function describeMetric({ name, summary, better, compares = "pictures" }: Metric): CatalogueEntry {
  return {
    ...describeEntry({ name, summary, options: z.strictObject({}) }),
    facts: [
      ["better", better],
      ["compares", compares],
    ],
  };
}

/** How an example of a collection's entry stands in an experiment file, as lines of YAML. */
export function exampleLines(
  collection: CollectionName,
  { facts }: CatalogueEntry,
  example: unknown,
): readonly string[] {
  switch (collection) {
    case "layers":
      return [`- ${withoutBraces(valueText(example))}`];
    case "losses":
      return [`loss: ${valueText(example)}`];
    case "optimizers":
      return [`optimizer: ${valueText(example)}`];
    case "schedules":
      return [`schedule: ${valueText(example)}`];
    case "transforms": {
      const uses = facts.find(([about]) => about === "for")?.[1] ?? "";
      return [`${uses.startsWith("augment") ? "augment" : "corrupt"}:`, `  - ${withoutBraces(valueText(example))}`];
    }
    case "sources":
      return [`data: ${valueText(example)}`];
    case "models":
      return ["model:", ...Object.entries(example ?? {}).map(([name, value]) => `  ${name}: ${valueText(value)}`)];
    case "metrics":
      return [`metrics: [${valueText(example)}]`];
  }
}

/** `{ relu: 1 }` as an entry of a block list, where it needs no braces. */
function withoutBraces(text: string): string {
  return text.startsWith("{ ") ? text.slice(2, -2) : text;
}

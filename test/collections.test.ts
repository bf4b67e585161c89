// What is easily forgotten when an entry is added to a collection, each named by file and what to do: a line in the list, a
// test, a sentence for an option. What an entry itself must have, the compiler asks for.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { layers } from "../src/nn/layers/index.js";
import { losses } from "../src/nn/losses/index.js";
import { metrics } from "../src/nn/metrics/index.js";
import { models } from "../src/nn/models/index.js";
import { optimizers } from "../src/nn/optimizers/index.js";
import { schedules } from "../src/nn/schedules/index.js";
import { transforms } from "../src/pixels/transforms/index.js";
import { ops } from "../src/tensor/ops/index.js";

interface Entry {
  readonly name: string;
  /** Of collections whose entries have options. */
  readonly options?: object;
  readonly summary?: string;
}
interface Collection {
  readonly folder: string;
  readonly list: Readonly<Record<string, Entry>>;
  /** Whose every entry says in a sentence what it is. */
  readonly hasSummaries?: true;
  /** Folders whose tests run every entry, or may name one, beside the entry's own. */
  readonly testedIn?: readonly string[];
}
const collections: readonly Collection[] = [
  { folder: "src/tensor/ops", list: ops },
  { folder: "src/nn/layers", list: layers, hasSummaries: true, testedIn: ["test/golden", "test/golden/fixtures"] },
  { folder: "src/nn/losses", list: losses, hasSummaries: true, testedIn: ["test/golden/fixtures"] },
  { folder: "src/nn/metrics", list: metrics, hasSummaries: true },
  { folder: "src/nn/models", list: models, hasSummaries: true },
  { folder: "src/nn/optimizers", list: optimizers, hasSummaries: true, testedIn: ["test/golden/fixtures"] },
  { folder: "src/nn/schedules", list: schedules, hasSummaries: true },
  { folder: "src/pixels/transforms", list: transforms, hasSummaries: true, testedIn: ["test/golden/fixtures"] },
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const filesOf = (folder: string, ending: RegExp): readonly string[] =>
  readdirSync(join(root, folder)).flatMap((file) => (ending.test(file) ? [`${folder}/${file}`] : []));
const textOf = (path: string): string => readFileSync(join(root, path), "utf8");
/** A file that makes an entry as it is loaded: `export const mish = defineLayer(`. */
const makesEntry = /^export const \w+(?:: [^=]+)? = define[A-Z]\w*[(<]/m;

const isEntry = (value: unknown): value is Entry =>
  typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
async function entriesIn(path: string): Promise<readonly Entry[]> {
  const module: Readonly<Record<string, unknown>> = await import(pathToFileURL(join(root, path)).href);
  return Object.values(module).filter(isEntry);
}

/** An option's sentence: its own, or that of what it wraps, such as a default. */
function describedBy(option: unknown): string | undefined {
  if (typeof option !== "object" || option === null) return undefined;
  if ("description" in option && typeof option.description === "string") return option.description;
  return "unwrap" in option && typeof option.unwrap === "function" ? describedBy(option.unwrap()) : undefined;
}

/** The contract suite holds gradients to central differences of the ops that they are of. */
const testedAs = (name: string): string => name.replace(/(Input|Weight)?Gradient$/, "");

/** One sentence for everything that was forgotten. */
async function forgottenIn({ folder, list, hasSummaries, testedIn = [] }: Collection): Promise<readonly string[]> {
  const files = filesOf(folder, /^(?!define\.ts|index\.ts).*(?<!\.test)\.ts$/).filter((path) =>
    makesEntry.test(textOf(path)),
  );
  const found = (
    await Promise.all(files.map(async (path) => (await entriesIn(path)).map((entry) => ({ path, entry }))))
  ).flat();
  const listed = new Set(Object.values(list));
  const tests = [
    ...filesOf(folder, /\.test\.ts$/),
    ...testedIn.flatMap((other) => filesOf(other, /\.(test\.ts|json)$/)),
  ].map(textOf);
  return [
    ...found.flatMap(({ path, entry }) =>
      listed.has(entry) ? [] : [`${path} makes ${entry.name}, which ${folder}/index.ts does not list`],
    ),
    ...Object.entries(list).flatMap(([key, { name, options = {}, summary }]) => [
      ...(key === name ? [] : [`${folder}/index.ts lists ${name} as ${key}`]),
      ...(hasSummaries && (summary ?? "").trim() === "" ? [`${name} of ${folder} has no summary`] : []),
      ...("shape" in options && typeof options.shape === "object" && options.shape !== null
        ? Object.entries(options.shape).flatMap(([option, schema]) =>
            describedBy(schema)
              ? []
              : [`option ${option} of ${name} in ${folder} has no description: add .describe("…")`],
          )
        : []),
      ...(tests.some((text) => new RegExp(`\\b${testedAs(name)}\\b`).test(text))
        ? []
        : [`no test in ${[folder, ...testedIn].join(", ")} names ${name}: write ${folder}/${name}.test.ts`]),
    ]),
  ];
}

describe("every entry of a collection", () => {
  it.each(collections)("in $folder is listed, tested and described", async (collection) => {
    expect(Object.keys(collection.list).length).toBeGreaterThan(3);
    expect(await forgottenIn(collection)).toEqual([]);
  });
});

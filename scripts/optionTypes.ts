// Writes src/library/options.ts: the options of every entry as TypeScript, so that an editor shows each option's sentence and
// underlines what does not fit. They come from the entries' own schemas; nothing is written twice.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { experimentSchema, phaseSchema } from "../src/experiment/schema.js";
import { layers } from "../src/nn/layers/index.js";
import { losses } from "../src/nn/losses/index.js";
import { metrics } from "../src/nn/metrics/index.js";
import { optimizers } from "../src/nn/optimizers/index.js";
import { schedules } from "../src/nn/schedules/index.js";
import { transforms } from "../src/pixels/transforms/index.js";
import { findLearningRate } from "../src/tasks/findLearningRate.js";
import { tasks } from "../src/tasks/index.js";

/** The file that is written. */
export const optionTypesFile = fileURLToPath(new URL("../src/library/options.ts", import.meta.url));

interface AnyEntry {
  readonly name: string;
  readonly options: z.ZodType;
  readonly allOptions?: z.ZodType;
  readonly shorthand?: string | undefined;
  readonly summary?: string;
}

/** Options that hold entries again, whose schemas say nothing of their form. */
const entriesInside: Readonly<Record<string, string>> = {
  "sequential.layers": "readonly LayerSpec[]",
  "repeat.layers": "readonly LayerSpec[]",
  "residual.layers": "readonly LayerSpec[]",
  "warmUp.then": "ScheduleSpec",
  "sum.of.loss": "LossSpec",
  "phase.optimizer": "OptimizerSpec",
  "phase.schedule": "ScheduleSpec",
  "phase.augment": "readonly TransformSpec[]",
  "phase.corrupt": "readonly TransformSpec[]",
  "experiment.data": "DataSpec",
  "experiment.model": "ModelSpec",
  "experiment.loss": "LossSpec",
  "experiment.metrics": "readonly MetricSpec[]",
  "experiment.phases": "readonly PhaseFields[]",
};

/** What zod keeps of a schema, as far as it is read here. */
interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly out?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly items?: readonly z.ZodType[];
  readonly element?: z.ZodType;
  readonly values?: readonly unknown[];
  readonly entries?: Readonly<Record<string, string>>;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly defaultValue?: unknown;
}
const definitionOf = (schema: z.ZodType): Definition => schema._zod.def as unknown as Definition;

/** The type of what may be written for a schema. @param path for what `entriesInside` knows */
function typeText(schema: z.ZodType, path: string): string {
  const known = entriesInside[path];
  if (known !== undefined) return known;
  const definition = definitionOf(schema);
  const { innerType, options, items, element, values, entries, shape } = definition;
  switch (definition.type) {
    case "number":
    case "string":
    case "boolean":
      return definition.type;
    case "literal":
      return (values ?? []).map((value) => JSON.stringify(value)).join(" | ");
    case "enum":
      return Object.values(entries ?? {})
        .map((value) => JSON.stringify(value))
        .join(" | ");
    case "union":
      return [...new Set((options ?? []).map((option) => typeText(option, path)))].join(" | ");
    case "tuple":
      return `readonly [${(items ?? []).map((item) => typeText(item, path)).join(", ")}]`;
    case "array": {
      const inside = element === undefined ? "unknown" : typeText(element, path);
      return `readonly ${/[ |]/.test(inside) ? `(${inside})` : inside}[]`;
    }
    case "object":
      return `{ ${propertyTexts(shape ?? {}, path).join(" ")} }`;
    case "optional":
    case "default":
    case "prefault":
    case "nullable":
      if (innerType !== undefined) return typeText(innerType, path);
      break;
    case "pipe":
      // What a schema makes of its input is not what is written; a preprocessed one shows its form behind.
      if (definition.in !== undefined && definitionOf(definition.in).type !== "transform") {
        return typeText(definition.in, path);
      }
      if (definition.out !== undefined) return typeText(definition.out, path);
      break;
  }
  throw new Error(`the option ${path} is a zod ${definition.type}, which scripts/optionTypes.ts does not know`);
}

function isOptional(schema: z.ZodType): boolean {
  return schema.safeParse(undefined).success;
}

function propertyTexts(shape: Readonly<Record<string, z.ZodType>>, path: string): string[] {
  return Object.entries(shape).map(([name, schema]) => {
    const mark = isOptional(schema) ? "?" : "";
    return `${documentation(sentenceOf(schema))}readonly ${name}${mark}: ${typeText(schema, `${path}.${name}`)};`;
  });
}

/** An option's sentence, and its default. */
function sentenceOf(schema: z.ZodType): string | undefined {
  let described: string | undefined;
  let standard: unknown;
  for (let inner: z.ZodType | undefined = schema; inner !== undefined; inner = definitionOf(inner).innerType) {
    described ??= inner.description;
    standard ??= definitionOf(inner).defaultValue;
  }
  if (standard === undefined || (typeof standard === "object" && Object.keys(standard ?? {}).length === 0))
    return described;
  const shown = typeof standard === "number" ? Number(standard.toPrecision(6)) : JSON.stringify(standard);
  return `${described ?? ""} (default ${shown})`.trim();
}

function documentation(text: string | undefined, indent = ""): string {
  return text === undefined ? "" : `/** ${text.replaceAll("*/", "*∕")} */\n${indent}`;
}

/** `data list` becomes `dataList`. */
function camel(name: string): string {
  return name.replace(/[ -](\w)/g, (_, letter: string) => letter.toUpperCase());
}

function pascal(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** What stands for an entry's options in a signature or under its name. */
function argumentText({ name, options, allOptions = options, shorthand }: AnyEntry, kind: string): string {
  if (Object.keys(definitionOf(allOptions).shape ?? {}).length === 0) return "NoOptions";
  const type = `${pascal(name)}${kind}Options`;
  const shape = definitionOf(allOptions).shape ?? {};
  const value = shorthand === undefined ? undefined : shape[shorthand];
  return value === undefined ? type : `${type} | ${typeText(value, `${name}.${shorthand}`)}`;
}

function needsNoOptions({ options, allOptions = options }: AnyEntry): boolean {
  const shape = definitionOf(allOptions).shape ?? {};
  // What must be given may be a matter of several options together: the whole schema knows.
  return Object.values(shape).every(isOptional) && allOptions.safeParse({}).success;
}

function interfaceText(entry: AnyEntry, kind: string): string {
  const { name, options, allOptions = options } = entry;
  const shape = definitionOf(allOptions).shape ?? {};
  const lines = propertyTexts(shape, name).map((line) => line.replaceAll(/^/gm, "  "));
  if (lines.length === 0) return "";
  return `/** Options of \`${name}\`. */\nexport interface ${pascal(name)}${kind}Options {\n${lines.join("\n")}\n}`;
}

function fieldsText(type: string, what: string, schema: z.ZodType, path: string): string {
  const lines = propertyTexts(definitionOf(schema).shape ?? {}, path).map((line) => line.replaceAll(/^/gm, "  "));
  if (lines.length === 0) return `/** ${what} */\nexport type ${type} = NoOptions;`;
  return `/** ${what} */\nexport interface ${type} {\n${lines.join("\n")}\n}`;
}

function section(entries: readonly AnyEntry[], kind: string): string {
  const types = entries.map((entry) => interfaceText(entry, kind)).filter((text) => text !== "");
  const byName = entries.map(
    (entry) => `  ${documentation(entry.summary, "  ")}readonly ${entry.name}: ${argumentText(entry, kind)};`,
  );
  const bare = entries.filter(needsNoOptions).map(({ name }) => JSON.stringify(name));
  return [
    ...types,
    `/** Every ${kind.toLowerCase()} with what stands under its name. */\nexport interface ${kind === "Loss" ? "Losses" : `${kind}s`}ByName {\n${byName.join("\n")}\n}`,
    `/** Names that need no options. */\nexport type Bare${kind} = ${bare.length === 0 ? "never" : bare.join(" | ")};`,
  ].join("\n\n");
}

function builders(entries: readonly AnyEntry[]): string {
  const lines = entries.map((entry) => {
    const mark = needsNoOptions(entry) ? "?" : "";
    const argument = argumentText(entry, "Layer");
    const taken = argument === "NoOptions" ? "" : `options${mark}: ${argument}`;
    return `  ${documentation(entry.summary, "  ")}${entry.name}(${taken}): LayerSpec;`;
  });
  const names = entries.map(({ name }) => JSON.stringify(name)).join(", ");
  return `/** A function for each layer, that gives it as data. */
export interface LayerBuilders {
${lines.join("\n")}
}

export const layerNames: readonly (keyof LayerBuilders)[] = [${names}];`;
}

/** The whole file. */
export function optionTypesText(): string {
  const lists = { layers, losses, optimizers, schedules, transforms };
  const entriesOf = (name: keyof typeof lists): readonly AnyEntry[] =>
    Object.values(lists[name] as Readonly<Record<string, AnyEntry>>);
  const metricNames = Object.keys(metrics).map((name) => JSON.stringify(name));
  return `${[
    `// The options of layers, losses, optimizers, schedules and transforms as types. Generated from the entries' schemas by
// npm run builders; a test holds it up to date. Do not edit.
import type { DataSpec, LayerSpec, LossSpec, MetricSpec, ModelSpec, OptimizerSpec, ScheduleSpec, TransformSpec } from "./specs.js";`,
    "/** Of an entry that takes none. */\nexport type NoOptions = Readonly<Record<string, never>>;",
    section(entriesOf("layers"), "Layer"),
    builders(entriesOf("layers")),
    section(entriesOf("losses"), "Loss"),
    section(entriesOf("optimizers"), "Optimizer"),
    section(entriesOf("schedules"), "Schedule"),
    section(entriesOf("transforms"), "Transform"),
    `/** Names of metrics. */\nexport type MetricName = ${metricNames.join(" | ")};`,
    ...[...Object.values(tasks), findLearningRate].map(({ name, summary, options }) =>
      fieldsText(`${pascal(camel(name))}TaskOptions`, summary, options, `task ${name}`),
    ),
    fieldsText(
      "PhaseFields",
      "A part of a training; what it does not say is taken from the one before.",
      phaseSchema,
      "phase",
    ),
    fieldsText("ExperimentFields", "An experiment as in a file.", experimentSchema, "experiment"),
  ].join("\n\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(optionTypesFile, optionTypesText());

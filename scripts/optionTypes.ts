// Writes src/library/options.ts: the options of every entry as TypeScript, so that an editor shows each option's sentence and
// underlines what does not fit. They come from the entries' own schemas; nothing is written twice.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import { experimentSchema, phaseSchema } from "../src/experiment/schema.js";
import { layers } from "../src/nn/layers/index.js";
import { losses } from "../src/nn/losses/index.js";
import { metrics } from "../src/nn/metrics/index.js";
import { models } from "../src/nn/models/index.js";
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
  "frozen.layers": "readonly LayerSpec[]",
  "residual.layers": "readonly LayerSpec[]",
  "spatialTransformer.localisation": "readonly LayerSpec[]",
  "sum.layers": "readonly LayerSpec[]",
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

/** Each kind of model: its fields, and a function that gives it as data. */
function modelSection(): string {
  const all = Object.values<AnyEntry & { readonly decodes: boolean }>(models);
  const types = all.map(({ name, summary, options, decodes }) => {
    const lines = propertyTexts(definitionOf(options).shape ?? {}, name).map((line) => line.replaceAll(/^/gm, "  "));
    const base = decodes ? "DecoderFields" : "EncoderFields";
    const type = `${pascal(name)}Fields`;
    if (lines.length === 0) return `${documentation(summary)}export type ${type} = ${base};`;
    return `${documentation(summary)}export interface ${type} extends ${base} {\n${lines.join("\n")}\n}`;
  });
  const byKind = all.map(
    ({ name, summary }) => `  ${documentation(summary, "  ")}readonly ${name}: ${pascal(name)}Fields;`,
  );
  const functions = all.map(({ name, summary }) => {
    const fields = `${pascal(name)}Fields`;
    return `  ${documentation(summary, "  ")}${name}(fields: ${fields}): { readonly kind: ${JSON.stringify(name)} } & ${fields};`;
  });
  const names = all.map(({ name }) => JSON.stringify(name)).join(", ");
  return [
    ...types,
    `/** Every kind of model with its fields. */\nexport interface ModelsByKind {\n${byKind.join("\n")}\n}`,
    `/** A function for each kind of model, that gives it as data. */\nexport interface ModelBuilders {\n${functions.join("\n")}\n}`,
    `export const modelKinds: readonly (keyof ModelBuilders)[] = [${names}];`,
  ].join("\n\n");
}

/** What stands for an entry in code: the data that a file has. Here, since the options and it name each other. */
const specs = `/** Exactly one entry under its name: \`{ adam: { learningRate: 0.001 } }\`. */
type OneOf<ByName> = {
  readonly [Name in keyof ByName]: { readonly [Key in Name]: ByName[Name] } & {
    readonly [Other in Exclude<keyof ByName, Name>]?: never;
  };
}[keyof ByName];

declare const kindOfOwn: unique symbol;
/** An entry that \`defineLayer\` and its like have made, with its options. */
export type OwnSpec<Kind extends string> = { readonly [kindOfOwn]: Kind };

/** A layer as data; \`layers\` makes them: \`layers.conv2d({ channels: 16, kernel: 3 })\`, \`"elu"\`. */
export type LayerSpec = BareLayer | OneOf<LayersByName> | OwnSpec<"layer">;
/** What training makes small: \`"mse"\`, \`{ huber: { delta: 0.5 } }\`. */
export type LossSpec = BareLoss | OneOf<LossesByName> | OwnSpec<"loss">;
/** How the weights follow the gradients: \`"adam"\`, \`{ adam: { learningRate: 0.001 } }\`. */
export type OptimizerSpec = BareOptimizer | OneOf<OptimizersByName> | OwnSpec<"optimizer">;
/** How the learning rate changes: \`"oneCycle"\`, \`{ step: { every: 30 } }\`. */
export type ScheduleSpec = BareSchedule | OneOf<SchedulesByName> | OwnSpec<"schedule">;
/** A change of the pictures: \`"flip"\`, \`{ gaussianNoise: { sigma: 0.2 } }\`. */
export type TransformSpec = BareTransform | OneOf<TransformsByName> | OwnSpec<"transform">;
/** A figure beside the objective. */
export type MetricSpec = MetricName | OwnSpec<"metric">;
/** Where pictures come from: \`"mnist"\`, \`"folder:./digits"\`, \`{ source: "folder", path: "./digits", size: 64 }\`. */
export type DataSpec = string | Readonly<Record<string, unknown>>;

/** Fields of a kind without a decoder. */
export interface EncoderFields {
  /** [channel, height, width] of a picture (default: what the data has) */
  readonly input?: readonly [channel: number, height: number, width: number];
  /** layers from the picture to the code */
  readonly encoder: readonly LayerSpec[];
}
/** Fields of a kind with a decoder. */
export interface DecoderFields extends EncoderFields {
  /** layers from the code to the reconstruction, of the picture's shape */
  readonly decoder: readonly LayerSpec[];
}

/** A model as data: what an experiment has under \`model\`. */
export type ModelSpec =
  | { readonly [Kind in keyof ModelsByKind]: { readonly kind: Kind } & ModelsByKind[Kind] }[keyof ModelsByKind]
  | (OwnSpec<"kind of model"> & { readonly kind: string });`;

/** The whole file. */
export function optionTypesText(): string {
  const lists = { layers, losses, optimizers, schedules, transforms };
  const entriesOf = (name: keyof typeof lists): readonly AnyEntry[] =>
    Object.values(lists[name] as Readonly<Record<string, AnyEntry>>);
  const metricNames = Object.keys(metrics).map((name) => JSON.stringify(name));
  return `${[
    `// The options of layers, losses, models, optimizers, schedules and transforms as types. Generated from the entries' schemas by
// npm run builders; a test holds it up to date. Do not edit.`,
    "/** Of an entry that takes none. */\nexport type NoOptions = Readonly<Record<string, never>>;",
    specs,
    section(entriesOf("layers"), "Layer"),
    builders(entriesOf("layers")),
    section(entriesOf("losses"), "Loss"),
    modelSection(),
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

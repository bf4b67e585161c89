// The JSON Schema of experiment files, for editors and other programs: made from the schemas that the readers check with.
import { layers } from "../nn/layers/index.js";
import { losses } from "../nn/losses/index.js";
import type { Metric } from "../nn/metrics/define.js";
import { metrics } from "../nn/metrics/index.js";
import { optimizers } from "../nn/optimizers/index.js";
import { schedules } from "../nn/schedules/index.js";
import { severityOptionNames } from "../pixels/transforms/define.js";
import { type Transform, type TransformUse, transforms } from "../pixels/transforms/index.js";
import { type SummarisedEntry, standsAlone } from "../schema/describe.js";
import { type JsonSchema, jsonSchemaOf, referenceTo } from "../schema/jsonSchema.js";
import { type ModelEntry, modelKinds } from "./modelKinds.js";
import { experimentSchema, phaseSchema } from "./schema.js";
import { type SourceEntry, sourceEntries } from "./sourceEntries.js";

export interface ExperimentJsonSchema extends JsonSchema {
  readonly $schema: string;
  readonly title: string;
  readonly definitions: Readonly<Record<string, JsonSchema>>;
}

/**
 * The JSON Schema (draft-07) of a whole experiment file. It knows every name, type, range and default that the readers know
 * and refuses names that they refuse. What they check beyond single values (layers that fit together, options that exclude
 * each other) it lets pass.
 */
export function experimentJsonSchema(): ExperimentJsonSchema {
  const experiment = jsonSchemaOf(experimentSchema);
  const phase = jsonSchemaOf(phaseSchema);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "An experiment of Isthmus",
    ...withProperties(experiment, {
      data: referenceTo("source"),
      model: referenceTo("model"),
      loss: referenceTo("loss"),
      metrics: { items: referenceTo("metric") },
      phases: {
        items: referenceTo("phase"),
        // What later phases leave out they take from the one before.
        allOf: [{ items: [{ required: ["epochs"] }] }],
      },
    }),
    definitions: {
      layer: entrySchema(layers),
      loss: entrySchema(losses),
      optimizer: entrySchema(optimizers),
      schedule: entrySchema(schedules),
      plainSchedule: entrySchema(without(schedules, "warmUp")),
      augmentation: entrySchema(transformEntries("augment"), transformReference),
      corruption: entrySchema(transformEntries("corrupt"), transformReference),
      ...transformDefinitions(),
      source: sourceSchema(),
      model: modelSchema(),
      metric: { anyOf: Object.values<Metric>(metrics).map(nameSchema) },
      phase: withProperties(phase, {
        optimizer: referenceTo("optimizer"),
        schedule: referenceTo("schedule"),
        augment: { items: referenceTo("augmentation") },
        corrupt: { items: referenceTo("corruption") },
      }),
    },
  };
}

/** The schema's text as a file beside an experiment. */
export function experimentJsonSchemaText(): string {
  return `${JSON.stringify(experimentJsonSchema())}\n`;
}

function withProperties(schema: JsonSchema, more: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const changed = Object.entries(schema.properties ?? {}).map(([name, property]) => [
    name,
    { ...property, ...more[name] },
  ]);
  return { ...schema, properties: Object.fromEntries(changed) };
}

function without<Entries extends Readonly<Record<string, unknown>>, Name extends keyof Entries & string>(
  entries: Entries,
  name: Name,
): Omit<Entries, Name> {
  const { [name]: _, ...others } = entries;
  return others;
}

/** Beside `if`. By this name, since an object that has the method `then` would be taken for a promise. */
const thenKeyword = "then";

/** A name alone, with what it stands for. */
function nameSchema({ name, summary }: { readonly name: string; readonly summary: string }): JsonSchema {
  return { type: "string", const: name, description: summary };
}

/**
 * An entry of a collection as it is written: its name, `{ name: options }`, or `{ name: value }` where one option has a short
 * form. A mapping is judged by itself, so that a misspelt name in it is called that and not a wrong kind of value.
 */
function entrySchema<Some extends SummarisedEntry>(
  entries: Readonly<Record<string, Some>>,
  afterName: (entry: Some) => JsonSchema = (entry) => optionsSchema(entry, jsonSchemaOf(entry.options)),
): JsonSchema {
  const all = Object.values(entries);
  const mapping: JsonSchema = { type: "object" };
  return {
    anyOf: [...all.filter(standsAlone).map(nameSchema), mapping],
    if: mapping,
    [thenKeyword]: {
      properties: Object.fromEntries(all.map((entry) => [entry.name, afterName(entry)])),
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
    },
  };
}

/** What stands behind an entry's name. Nothing behind the colon is null in YAML, and no options. */
function optionsSchema(entry: SummarisedEntry, given: JsonSchema): JsonSchema {
  const { shorthand, summary } = entry;
  const { type: _, ...options } = given;
  const forms: JsonSchema[] = [{ type: "object" }];
  if (shorthand !== undefined && (options.required ?? []).every((name) => name === shorthand)) {
    forms.push(options.properties?.[shorthand] ?? {});
  }
  if (standsAlone(entry)) forms.push({ type: "null" });
  return { description: summary, ...options, ...(forms.length === 1 ? { type: "object" } : { anyOf: forms }) };
}

type TransformEntry = Transform & SummarisedEntry;

/** Transforms for a use, with the options that every transform has. */
function transformEntries(use?: TransformUse): Readonly<Record<string, TransformEntry>> {
  const fitting = Object.values<Transform>(transforms).filter(({ uses }) => use === undefined || uses.includes(use));
  return Object.fromEntries(
    fitting.map((transform) => [transform.name, { ...transform, options: transform.allOptions }]),
  );
}

/** Many transforms stand in both lists; their options stand once. */
function transformDefinitions(): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.values(transformEntries()).map((entry) => [
      transformDefinition(entry),
      optionsSchema(entry, unlessSeverity(jsonSchemaOf(entry.options), entry)),
    ]),
  );
}

function transformReference(entry: TransformEntry): JsonSchema {
  return { description: entry.summary, ...referenceTo(transformDefinition(entry)) };
}

function transformDefinition({ name }: TransformEntry): string {
  return `transform.${name}`;
}

/** A severity gives the options that it decides, so that they need not be given. */
function unlessSeverity(options: JsonSchema, transform: Transform): JsonSchema {
  const decided = severityOptionNames(transform);
  const { required = [], ...others } = options;
  const spared = required.filter((name) => decided.includes(name));
  if (spared.length === 0) return options;
  const needed = required.filter((name) => !decided.includes(name));
  return {
    ...others,
    ...(needed.length === 0 ? {} : { required: needed }),
    allOf: [{ anyOf: [{ required: spared }, { required: ["severity"] }] }],
  };
}

function sourceSchema(): JsonSchema {
  const all = Object.values(sourceEntries);
  const byName = all.filter(({ pathOption }) => pathOption === undefined);
  const byPath = all.filter(({ pathOption }) => pathOption !== undefined);
  return {
    anyOf: [
      ...byName.map(nameSchema),
      ...byPath.map(({ name, summary }) => ({ type: "string" as const, pattern: `^${name}:.`, description: summary })),
      ...all.flatMap(sourceForms),
    ],
  };
}

/** A source with its options: named alone, or with its path. */
function sourceForms({ name, summary, options, pathOption }: SourceEntry): readonly JsonSchema[] {
  const { properties, required = [], ...others } = jsonSchemaOf(options);
  const form = (source: JsonSchema, left: readonly string[]): JsonSchema => ({
    ...others,
    description: summary,
    properties: { source, ...properties },
    required: ["source", ...left],
  });
  const plain = form(nameSchema({ name, summary }), required);
  if (pathOption === undefined) return [plain];
  const withPath: JsonSchema = { type: "string", pattern: `^${name}:.`, description: summary };
  return [
    plain,
    form(
      withPath,
      required.filter((option) => option !== pathOption),
    ),
  ];
}

/** The kind first, then what that kind has: so an editor's finding is about the option, not about the kind. */
function modelSchema(): JsonSchema {
  const all = Object.values(modelKinds);
  return {
    type: "object",
    properties: { kind: { description: "what is trained, and for what", anyOf: all.map(nameSchema) } },
    required: ["kind"],
    allOf: all.map((entry) => ({ if: ofKind(entry), [thenKeyword]: kindSchema(entry) })),
  };
}

function ofKind({ name }: ModelEntry): JsonSchema {
  return { properties: { kind: { const: name } }, required: ["kind"] };
}

function kindSchema({ name, summary, options }: ModelEntry): JsonSchema {
  const { properties, required = [], ...others } = jsonSchemaOf(options);
  return {
    ...others,
    description: summary,
    properties: { kind: nameSchema({ name, summary }), ...properties },
    required: ["kind", ...required],
  };
}

// Entries of collections as data for people: options with types in words, defaults and sentences, and an example.
import type { z } from "zod";
import { type JsonSchema, jsonSchemaOf, referredBy } from "./jsonSchema.js";
import type { Entry } from "./read.js";

/** An entry that says what it does. */
export interface SummarisedEntry extends Entry {
  /** One sentence. */
  readonly summary: string;
}

/** An option, or one inside another: `split.train`. */
export interface OptionDescription {
  readonly name: string;
  /** In words: `positive whole number`, `one of nearest, bilinear`. */
  readonly type: string;
  /** Absent where there is none. */
  readonly default?: unknown;
  /** What it means, with its unit; a sentence without capital and full stop. */
  readonly sentence: string;
  /** It must be given. */
  readonly required: boolean;
  /** A bare value stands for it: `maxPool2d: 2`. */
  readonly shorthand: boolean;
}

export interface EntryDescription {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionDescription[];
  /** As they stand in an experiment file, as data: `relu`, `{ conv2d: { channels: 16, kernel: 3 } }`. */
  readonly examples: readonly unknown[];
}

export function describeEntry(entry: SummarisedEntry): EntryDescription {
  const { name, summary, options, shorthand } = entry;
  const example = exampleOptions(options);
  const names = Object.keys(example);
  const isShort = shorthand !== undefined && names.length === 1 && names[0] === shorthand;
  return {
    name,
    summary,
    options: describeOptions(options, shorthand),
    examples: [
      ...(standsAlone(entry) ? [name] : []),
      ...(names.length === 0 ? [] : [{ [name]: isShort ? example[shorthand] : example }]),
    ],
  };
}

/** Whether the name alone is enough. */
export function standsAlone({ options }: Pick<Entry, "options">): boolean {
  return options.safeParse({}).success;
}

/** Options in their written order, each followed by those inside it. */
export function describeOptions(options: z.ZodType, shorthand?: string): readonly OptionDescription[] {
  return propertiesOf(jsonSchemaOf(options), "", shorthand);
}

/**
 * Options for an example: those whose schema says by `.meta({ example })` what one writes, which every option that must be
 * given does; where none does, the first one with its default.
 */
export function exampleOptions(options: z.ZodType): Readonly<Record<string, unknown>> {
  const { properties = {} } = jsonSchemaOf(options);
  const all = Object.entries(properties);
  const given = all.flatMap(([name, { examples = [] }]) =>
    examples.length === 0 ? [] : [[name, examples[0]] as const],
  );
  const usual = all.flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value] as const]));
  return Object.fromEntries(given.length > 0 ? given : usual.slice(0, 1));
}

function propertiesOf(schema: JsonSchema, before: string, shorthand?: string): readonly OptionDescription[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, option]) => {
    const name = before + key;
    return [
      {
        name,
        type: typeText(option),
        // An empty mapping says no more than the defaults inside it.
        ...(option.default === undefined || isEmptyMapping(option.default) ? {} : { default: option.default }),
        sentence: option.description ?? "",
        required: schema.required?.includes(key) === true,
        shorthand: key === shorthand,
      },
      ...inside(option, name),
    ];
  });
}

function inside(option: JsonSchema, name: string): readonly OptionDescription[] {
  if (option.properties !== undefined) return propertiesOf(option, `${name}.`);
  if (option.anyOf !== undefined) return option.anyOf.flatMap((form) => inside(form, name));
  const { items } = option;
  return items === undefined || isPlaces(items) ? [] : inside(items, `${name}[].`.replace(/\.$/, ""));
}

function isSeveral(type: JsonSchema["type"]): type is Extract<JsonSchema["type"], readonly unknown[]> {
  return Array.isArray(type);
}

function isPlaces(items: JsonSchema | readonly JsonSchema[]): items is readonly JsonSchema[] {
  return Array.isArray(items);
}

function isEmptyMapping(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

/** What a value may be, in words: `positive whole number, or two of them`. */
export function typeText(schema: JsonSchema): string {
  const reference = referredBy(schema);
  if (reference !== undefined) return referenceText(reference);
  if (schema.const !== undefined) return valueText(schema.const);
  if (schema.enum !== undefined) return `one of ${schema.enum.map(valueText).join(", ")}`;
  if (schema.anyOf !== undefined) return unionText(schema.anyOf);
  const { type } = schema;
  if (isSeveral(type)) return unionText(type.map((one) => ({ type: one })));
  switch (type) {
    case "boolean":
      return "true or false";
    case "string":
      return "text";
    case "integer":
    case "number":
      return numberText(schema);
    case "array":
      return listText(schema);
    case "object":
      return `mapping with ${Object.keys(schema.properties ?? {}).join(", ")}`;
    default:
      return "any value";
  }
}

/** `plainSchedule` is read as a schedule. */
function referenceText(definition: string): string {
  const words = definition.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).split(" ");
  return `a ${words.at(-1)}`;
}

function numberText({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const number = type === "integer" ? "whole number" : "number";
  const isPositive = exclusiveMinimum === 0 || (type === "integer" && minimum === 1);
  if (maximum === undefined && exclusiveMaximum === undefined) {
    if (isPositive) return `positive ${number}`;
    if (exclusiveMinimum !== undefined) return `${number} above ${exclusiveMinimum}`;
    return minimum === undefined ? number : `${number} of at least ${minimum}`;
  }
  const high = exclusiveMaximum === undefined ? `${maximum}` : `below ${exclusiveMaximum}`;
  if (exclusiveMinimum !== undefined && exclusiveMaximum !== undefined) {
    return `${number} between ${exclusiveMinimum} and ${exclusiveMaximum}`;
  }
  if (exclusiveMinimum !== undefined) return `${number} above ${exclusiveMinimum}, to ${high}`;
  return minimum === undefined ? `${number} up to ${high}` : `${number} from ${minimum} to ${high}`;
}

const counts = ["no", "one", "two", "three", "four", "five"];

function listText({ items, minItems = 0 }: JsonSchema): string {
  if (items === undefined) return "list";
  if (!isPlaces(items)) {
    if (items.enum !== undefined) return `list with any of ${items.enum.map(valueText).join(", ")}`;
    const least = minItems > 1 ? `${counts[minItems] ?? minItems} or more ` : "";
    return `list of ${least}${plural(items)}`;
  }
  const [first] = items;
  return first === undefined ? "list" : `${counts[items.length] ?? items.length} ${plural(first)}`;
}

/** `whole numbers from 0 to 5`, `layers`, `mappings with loss, weight`. */
function plural(schema: JsonSchema): string {
  const reference = referredBy(schema);
  if (reference !== undefined) return pluralWord(referenceText(reference).slice("a ".length));
  const text = typeText(schema);
  return /^(positive |whole )*(number|mapping)\b/.test(text)
    ? text.replace(/number|mapping/, (word) => `${word}s`)
    : text;
}

function pluralWord(word: string): string {
  return word.endsWith("s") ? `${word}es` : `${word}s`;
}

/** Forms with their places: `X, or two of them` where the second form is two of the first. */
function unionText(forms: readonly JsonSchema[]): string {
  const texts: string[] = [];
  for (const form of forms) {
    const [first] = forms;
    const { items } = form;
    const repeats = items !== undefined && isPlaces(items) && items.every((place) => isSame(place, first));
    texts.push(repeats && items !== undefined ? `${counts[items.length] ?? items.length} of them` : typeText(form));
  }
  const last = texts.pop() ?? "";
  return texts.length === 0 ? last : `${texts.join(", ")}, or ${last}`;
}

function isSame(a: JsonSchema, b: JsonSchema | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A value as one writes it in an experiment file, on one line. Long fractions are shortened to four digits. */
export function valueText(value: unknown): string {
  if (typeof value === "number") {
    const text = String(value);
    return text.length > 12 ? String(Number(value.toPrecision(4))) : text;
  }
  if (typeof value === "string") return isPlainText(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const pairs = Object.entries(value).map(([key, inner]) => `${key}: ${valueText(inner)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  }
  return String(value);
}

/** Whether YAML reads it as text without quotes. */
function isPlainText(value: string): boolean {
  return (
    /^[A-Za-z./][\w./-]*(:[\w./-]+)?$/.test(value) && !/^(true|false|null|yes|no|on|off|\.nan|\.inf)$/i.test(value)
  );
}

// Through the JSON Schema of experiments with a value in the hand: what may stand at a place, for completion and for forms.
import type { JsonSchema } from "../../../schema/jsonSchema.js";

export type Path = readonly (string | number)[];
export interface RootSchema extends JsonSchema {
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

const deepest = 12;

/**
 * What a schema offers, as plain alternatives: references followed, `anyOf` and `allOf` taken apart, and of `if` … `then` what
 * belongs to the value. An `if` that only wants an object is taken as an alternative whatever the value is.
 */
export function alternativesOf(
  root: RootSchema,
  schema: JsonSchema | undefined,
  value: unknown,
  depth = 0,
): JsonSchema[] {
  if (schema === undefined || depth > deepest) return [];
  const { $ref, anyOf, allOf, if: condition, then, ...own } = schema;
  const inner: (JsonSchema | undefined)[] = [
    $ref === undefined ? undefined : root.definitions?.[$ref.replace("#/definitions/", "")],
    ...(anyOf ?? []),
    ...(allOf ?? []),
    ...(condition !== undefined && (isOnlyObject(condition) || matches(condition, value)) ? [then] : []),
  ];
  const isPlain = Object.keys(own).some((key) => key !== "description" && key !== "default");
  return [...(isPlain ? [own] : []), ...inner.flatMap((one) => alternativesOf(root, one, value, depth + 1))];
}

const isOnlyObject = (schema: JsonSchema): boolean => schema.type === "object" && schema.properties === undefined;

/** Whether a value has the constants that a condition asks for. */
function matches(condition: JsonSchema, value: unknown): boolean {
  if (condition.const !== undefined) return value === condition.const;
  if (!isObject(value)) return false;
  return Object.entries(condition.properties ?? {}).every(([key, one]) => matches(one, value[key]));
}

/**
 * The alternatives that a value may be meant as: of mappings that are told apart by a literal (`source: mnist`) those that have the one
 * that is written; all of them where none has it, for then it is half written.
 */
function fitting(alternatives: readonly JsonSchema[], value: unknown): readonly JsonSchema[] {
  if (!isObject(value)) return alternatives;
  const isMeant = ({ properties }: JsonSchema): boolean =>
    Object.entries(properties ?? {}).every(
      ([name, { const: literal, pattern }]) =>
        value[name] === undefined ||
        ((literal === undefined || value[name] === literal) &&
          (pattern === undefined || new RegExp(pattern).test(String(value[name])))),
    );
  const meant = alternatives.filter(isMeant);
  return meant.some(({ properties }) => properties !== undefined) ? meant : alternatives;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What may stand at a path, and the value that stands there. */
export function schemaAt(
  root: RootSchema,
  value: unknown,
  path: Path,
): { readonly alternatives: JsonSchema[]; readonly value: unknown } {
  let alternatives = alternativesOf(root, root, value);
  let current = value;
  for (const step of path) {
    const next = childOf(current, step);
    alternatives = alternatives.flatMap((schema) => alternativesOf(root, childSchema(schema, step), next));
    current = next;
  }
  return { alternatives, value: current };
}

export function childSchema(schema: JsonSchema, step: string | number): JsonSchema | undefined {
  if (typeof step === "string")
    return Object.hasOwn(schema.properties ?? {}, step) ? schema.properties?.[step] : undefined;
  const { items } = schema;
  return Array.isArray(items) ? (items as readonly JsonSchema[])[step] : (items as JsonSchema | undefined);
}

function childOf(value: unknown, step: string | number): unknown {
  if (Array.isArray(value)) return value[Number(step)];
  return isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** A word that may be written. */
export interface Offer {
  readonly word: string;
  readonly what: string;
  readonly kind: "name" | "option";
}

/** Keys that a mapping may have there, those that it has already left out. */
export function offeredKeys(alternatives: readonly JsonSchema[], value: unknown): Offer[] {
  const offers = new Map<string, Offer>();
  const has = isObject(value) ? value : {};
  for (const { properties } of fitting(alternatives, value)) {
    for (const [word, schema] of Object.entries(properties ?? {})) {
      if (has[word] === undefined) offers.set(word, { word, what: sentence(schema), kind: "option" });
    }
  }
  return [...offers.values()];
}

/** Values that may be written there in full: names, choices, yes and no, the default. */
export function offeredValues(alternatives: readonly JsonSchema[]): Offer[] {
  const offers = new Map<string, Offer>();
  const add = (value: unknown, what: string): void => {
    if (["string", "number", "boolean"].includes(typeof value))
      offers.set(String(value), { word: String(value), what, kind: "name" });
  };
  for (const schema of alternatives) {
    if (schema.const !== undefined) add(schema.const, sentence(schema));
    for (const one of schema.enum ?? []) add(one, sentence(schema));
    if (schema.type === "boolean") for (const one of [true, false]) add(one, sentence(schema));
    if (schema.default !== undefined) add(schema.default, "the default");
    for (const one of schema.examples ?? []) add(one, "an example");
  }
  return [...offers.values()];
}

function sentence({ description, default: value }: JsonSchema): string {
  const defaults =
    value === undefined || typeof value === "object" ? "" : ` (${String(value)} where it is not written)`;
  return `${description ?? ""}${defaults}`;
}

/** How a value is asked for in a form. */
export type Field =
  /** One of several names, most with options of their own: `mse`, `{ adam: { … } }`. */
  | {
      readonly kind: "entry";
      readonly names: readonly Offer[];
      readonly chosen: string | undefined;
      readonly options: readonly JsonSchema[];
      readonly inner: unknown;
    }
  | {
      readonly kind: "group";
      readonly properties: readonly (readonly [name: string, schema: JsonSchema, isRequired: boolean])[];
    }
  | { readonly kind: "list"; readonly item: JsonSchema }
  | { readonly kind: "choice"; readonly choices: readonly Offer[] }
  | { readonly kind: "switch" }
  | { readonly kind: "number"; readonly schema: JsonSchema }
  | { readonly kind: "words"; readonly schema: JsonSchema }
  /** Written as YAML: what no other field is right for. */
  | { readonly kind: "text" };

/** Which field suits what may stand there, by the value that does. */
export function fieldOf(root: RootSchema, alternatives: readonly JsonSchema[], value: unknown): Field {
  const names = offeredValues(alternatives.filter((schema) => schema.const !== undefined || schema.enum !== undefined));
  const objects = alternatives.filter((schema) => schema.properties !== undefined);
  const entries = objects.filter((schema) => schema.maxProperties === 1 || isEntry(schema));
  if (entries.length > 0 && names.length + entries.length > 1) {
    const keyed = entries.flatMap(({ properties }) => Object.entries(properties ?? {}));
    const all = new Map(names.map((offer) => [offer.word, offer]));
    for (const [word, schema] of keyed)
      if (!all.has(word)) all.set(word, { word, what: sentence(schema), kind: "name" });
    const chosen = typeof value === "string" ? value : isObject(value) ? Object.keys(value)[0] : undefined;
    const inner = isObject(value) && chosen !== undefined ? value[chosen] : undefined;
    const options = keyed
      .filter(([word]) => word === chosen)
      .flatMap(([, schema]) => alternativesOf(root, schema, inner));
    return { kind: "entry", names: [...all.values()], chosen, options, inner };
  }
  if (objects.length > 0 && (isObject(value) || names.length === 0)) {
    const meant = new Set(fitting(objects, value));
    const properties = new Map<string, readonly [string, JsonSchema, boolean]>();
    for (const one of objects) {
      for (const [name, schema] of Object.entries(one.properties ?? {})) {
        // What is written and belongs to another alternative is shown too: else nobody could take it out.
        const before = properties.get(name);
        if (!meant.has(one) && (before !== undefined || !isObject(value) || value[name] === undefined)) continue;
        const isRequired = meant.has(one) && one.required?.includes(name) === true;
        properties.set(name, [name, schema, isRequired || before?.[2] === true]);
      }
    }
    // The literal that tells them apart may become that of any other.
    for (const [name, schema, isRequired] of properties.values()) {
      const literals = objects.flatMap(({ properties: own }) => (own?.[name]?.const === undefined ? [] : [own[name]]));
      if (schema.const === undefined || literals.length < 2) continue;
      const { description } = schema;
      const any = { ...(description === undefined ? {} : { description }), anyOf: literals };
      properties.set(name, [name, any, isRequired]);
    }
    return { kind: "group", properties: [...properties.values()] };
  }
  const list = alternatives.find((schema) => schema.items !== undefined && !Array.isArray(schema.items));
  if (list !== undefined && (Array.isArray(value) || value === undefined))
    return { kind: "list", item: list.items as JsonSchema };
  if (names.length > 0 && alternatives.every((schema) => schema.const !== undefined || schema.enum !== undefined)) {
    return { kind: "choice", choices: names };
  }
  if (alternatives.some(({ type }) => type === "boolean") && alternatives.length === 1) return { kind: "switch" };
  const number = alternatives.find(({ type }) => type === "number" || type === "integer");
  if (number !== undefined && (typeof value === "number" || value === undefined))
    return { kind: "number", schema: number };
  const words = alternatives.find(({ type, const: one }) => type === "string" && one === undefined);
  if ((words !== undefined || names.length > 0) && (typeof value === "string" || value === undefined)) {
    return { kind: "words", schema: words ?? {} };
  }
  return { kind: "text" };
}

/** `{ adam: { … } }`: one name, whose options stand behind it. */
function isEntry({ required, properties, additionalProperties }: JsonSchema): boolean {
  const names = Object.keys(properties ?? {});
  return additionalProperties === false && names.length === 1 && required?.length === 1 && required[0] === names[0];
}

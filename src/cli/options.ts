// Turns a task's schema into flags and arguments, and what was typed back into checked options.
import { Option } from "commander";
import { z } from "zod";
import { InternalError } from "../base/errors.js";
import { readOptions } from "../schema/read.js";

/** An option as the schema's JSON form tells it. */
export interface Field {
  readonly name: string;
  readonly kind: "text" | "number" | "whole number" | "boolean" | "list";
  readonly description: string;
  /** Stands for the value in help: `N`, `FOLDER`. */
  readonly placeholder: string;
  readonly choices?: readonly string[];
  readonly default?: unknown;
  readonly isRequired: boolean;
}

interface JsonField {
  readonly type?: string;
  readonly anyOf?: readonly { readonly type?: string }[];
  readonly description?: string;
  readonly placeholder?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
}

/** The schema's fields, in their written order. A field's `.meta({ placeholder: "N" })` names its value in help. */
export function fieldsOf(schema: z.ZodType): readonly Field[] {
  const json = z.toJSONSchema(schema, { io: "input" }) as {
    readonly properties?: Readonly<Record<string, JsonField>>;
    readonly required?: readonly string[];
  };
  return Object.entries(json.properties ?? {}).map(([name, field]) => ({
    name,
    // A number or a word, such as auto: text that reads as a number is one.
    kind: kindOf(name, field.type ?? field.anyOf?.find(({ type }) => type !== "string")?.type),
    description: field.description ?? "",
    placeholder: field.placeholder ?? name.toUpperCase(),
    ...(field.enum === undefined ? {} : { choices: field.enum }),
    default: field.default,
    isRequired: json.required?.includes(name) ?? false,
  }));
}

function kindOf(name: string, type: string | undefined): Field["kind"] {
  if (type === "boolean") return "boolean";
  if (type === "integer") return "whole number";
  if (type === "number") return "number";
  if (type === "array") return "list";
  if (type === "string") return "text";
  throw new InternalError(`the option ${name} of type ${type} has no form as a flag`);
}

/** `batchSize` becomes `--batch-size`. */
export function flagName(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A flag for a field. Values stay text: checking them is the schema's part. What is true where nothing is said has `--no-…`. */
export function flagFor(field: Field): Option {
  const isNegated = field.kind === "boolean" && field.default === true;
  const flag = isNegated ? flagName(field.name).replace("--", "--no-") : flagName(field.name);
  const choices = field.choices === undefined ? "" : `: ${field.choices.join(", ")}`;
  const standard =
    field.default === undefined ||
    field.kind === "boolean" ||
    (Array.isArray(field.default) && field.default.length === 0)
      ? ""
      : ` (default: ${String(field.default)})`;
  const option = new Option(
    field.kind === "boolean" ? flag : `${flag} <${field.placeholder}>`,
    field.description + choices + standard,
  );
  if (field.kind === "list")
    option.argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value]);
  return option;
}

/**
 * Checks what was typed against the schema.
 * @param typed by field name: text, lists of text, or booleans; fields that were not typed are absent
 * @param place how a field is named to the person who typed it: its flag, or an argument's name
 * @throws UserError that names the flag, says what was expected and what came
 */
export function readTyped<Schema extends z.ZodType>(
  schema: Schema,
  typed: Readonly<Record<string, unknown>>,
  place: (field: string) => string = flagName,
): z.output<Schema> {
  const numbers = new Set(fieldsOf(schema).flatMap(({ name, kind }) => (kind.endsWith("number") ? [name] : [])));
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(typed)) {
    if (value === undefined) continue;
    const isNumber = numbers.has(name) && typeof value === "string" && value.trim() !== "";
    values[name] = isNumber && Number.isFinite(Number(value)) ? Number(value) : value;
  }
  const nameOf = ([name = ""]: readonly PropertyKey[]): string => String(name);
  return readOptions(
    schema,
    values,
    {
      place: (path) => place(nameOf(path)),
      shown: (value) => (value === undefined ? "nothing" : `“${String(value)}”`),
      kind: (path) => fieldsOf(schema).find(({ name }) => name === nameOf(path))?.kind,
    },
    "the command",
  );
}

// Option schemas as JSON Schema: what lists, documentation and editors are told, from the same zod schemas that readers check with.
import { z } from "zod";

type JsonType = "object" | "array" | "string" | "number" | "integer" | "boolean" | "null";

/**
 * JSON Schema draft-07, as far as option schemas need it. Draft 7 is what the YAML language server of editors supports
 * ("JSON Schema 7 and below").
 */
export interface JsonSchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  /** Several where a value may be of any of them. */
  readonly type?: JsonType | readonly JsonType[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  /** Of every entry of a list, or of each place where a list has so many. */
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly additionalItems?: boolean;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly if?: JsonSchema;
  readonly then?: JsonSchema;
}

/** Where definitions stand in a draft-07 document. */
const definitions = "#/definitions/";

/** A reference to a definition: `layer`. */
export function referenceTo(definition: string): JsonSchema {
  return { $ref: `${definitions}${definition}` };
}

/** The definition that a schema refers to. */
export function referredBy({ $ref }: JsonSchema): string | undefined {
  return $ref?.startsWith(definitions) === true ? $ref.slice(definitions.length) : undefined;
}

/**
 * What may be written for `schema`, before defaults are filled in. A value that an entry of another collection is read
 * from says so by `.meta({ entry: "layer" })` and becomes a reference to that definition; `.meta({ example })` says what one
 * writes, for instance. Checks of a schema's own (`refine`) have no form here: the reader makes them.
 */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...plain } = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-7",
    unrepresentable: "any",
    override: ({ jsonSchema }) => simplify(jsonSchema as Record<string, unknown>),
  });
  return plain as JsonSchema;
}

/** In place: references to definitions, examples, and the bounds of whole numbers as people write them. */
function simplify(written: Record<string, unknown>): void {
  if (typeof written.entry === "string") {
    Object.assign(written, referenceTo(written.entry));
    delete written.entry;
  }
  // Zod leaves `examples` out where what is written is transformed.
  if (written.example !== undefined) {
    written.examples = [written.example];
    delete written.example;
  }
  if (written.type !== "integer") return;
  if (written.maximum === Number.MAX_SAFE_INTEGER) delete written.maximum;
  if (written.minimum === Number.MIN_SAFE_INTEGER) delete written.minimum;
  if (written.exclusiveMinimum === 0) {
    delete written.exclusiveMinimum;
    written.minimum = 1;
  }
}

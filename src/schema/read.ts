// Reads an entry of a collection from data: `elu`, `{ conv2d: { … } }`, `{ maxPool2d: 2 }`; says what is wrong and where.
import type { z } from "zod";
import { UserError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import { definedElsewhere, definedNames, definition } from "./defined.js";

/** What layers, optimizers and schedules have in common. */
export interface Entry {
  readonly name: string;
  readonly options: z.ZodType;
  /** `options` with those that all entries of the collection have; what is read where it is there. */
  readonly allOptions?: z.ZodType;
  /** The option that a bare value stands for. */
  readonly shorthand?: string;
}
export type Collection<Some extends Entry> = Readonly<Record<string, Some>>;

/**
 * Finds the entry that `spec` names and fills in its options.
 * @param what the word for an entry in errors: `layer`
 * @param at the path of `spec` in what the user wrote: `model.encoder[4]`
 * @throws UserError for an unknown name (with the nearest one) and for options that do not fit (with their path)
 */
export function readEntry<Some extends Entry>(
  collection: Collection<Some>,
  what: string,
  spec: unknown,
  at: string,
): { readonly entry: Some; readonly options: unknown } {
  const { name, given } = splitSpec(what, spec, at);
  const entry = find(collection, what, name, at);
  const path = `${at}.${entry.name}`;
  const schema = entry.allOptions ?? entry.options;
  return { entry, options: readOptions(schema, optionsFrom(entry, given, path), path, entry.name) };
}

/** The entry of that name, built-in or one's own. @throws UserError with the nearest name */
export function find<Some>(collection: Readonly<Record<string, Some>>, what: string, name: string, at: string): Some {
  const entry = Object.hasOwn(collection, name) ? collection[name] : (definition(what, name) as Some | undefined);
  if (entry === undefined) {
    const elsewhere = definedElsewhere(what, name, at);
    if (elsewhere !== undefined) throw elsewhere;
    const names = [...Object.keys(collection), ...definedNames(what)];
    throw new UserError(`no ${what} is called ${name}${suggestion(name, names)}`, {
      at,
      hint: `There are: ${names.join(", ")}.`,
    });
  }
  return entry;
}

/** How a mistake in options is told where the options were not written as data: typed as flags, for example. */
export interface OptionWords {
  /** Where an option stands, by its path from the options. */
  place(path: readonly PropertyKey[]): string;
  /** A value as it came. */
  shown(value: unknown): string;
  /** What an option is: `whole number`; undefined where its schema says it. */
  kind(path: readonly PropertyKey[]): string | undefined;
}

/**
 * Checks options against their schema.
 * @param at where they stand: a path, or how each of them is named
 * @param of whose options they are, for the hint
 */
export function readOptions<Options extends z.ZodType>(
  schema: Options,
  given: unknown,
  at: string | OptionWords,
  of: string,
): z.output<Options> {
  const read = schema.safeParse(given, { reportInput: true });
  if (read.success) return read.data;
  const words =
    typeof at === "string"
      ? { place: (path: readonly PropertyKey[]) => `${at}${pathText(path)}`, shown, kind: () => undefined }
      : at;
  throw optionError(read.error.issues, given, words, of, optionNames(schema));
}

/** The names of an object schema's options, in their written order. */
export function optionNames(schema: z.ZodType): readonly string[] {
  return "shape" in schema && typeof schema.shape === "object" && schema.shape !== null
    ? Object.keys(schema.shape)
    : [];
}

function splitSpec(what: string, spec: unknown, at: string): { readonly name: string; readonly given: unknown } {
  if (typeof spec === "string") return { name: spec, given: undefined };
  if (isMapping(spec)) {
    const entries = Object.entries(spec);
    const [only] = entries;
    if (only !== undefined && entries.length === 1) return { name: only[0], given: only[1] };
    if (entries.length > 1) {
      throw new UserError(`expected one ${what}, got ${entries.length}: ${entries.map(([name]) => name).join(", ")}`, {
        at,
        hint: `Options belong under the ${what}'s name, one level deeper: { name: { option: value } }.`,
      });
    }
  }
  throw new UserError(`expected the name of a ${what}, or its name with its options, got ${shown(spec)}`, { at });
}

function optionsFrom(entry: Entry, given: unknown, at: string): unknown {
  // YAML reads `- batchNorm2d:` as null: no options given.
  if (given === undefined || given === null) return {};
  if (isMapping(given)) return given;
  if (entry.shorthand !== undefined) return { [entry.shorthand]: given };
  const names = optionNames(entry.allOptions ?? entry.options);
  throw new UserError(`expected options by name, got ${shown(given)}`, {
    at,
    hint: names.length === 0 ? `${entry.name} takes no options.` : `${entry.name} takes ${names.join(", ")}.`,
  });
}

/** What can be wrong with options; zod's issues have this form. */
interface Issue {
  readonly code: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  /** Values that it may have. */
  readonly values?: readonly unknown[];
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly inclusive?: boolean;
}

function optionError(
  issues: readonly Issue[],
  given: unknown,
  words: OptionWords,
  of: string,
  names: readonly string[],
): UserError {
  // A misspelt option is also a missing one: the spelling is the mistake to name first.
  const unknownFirst = [...issues].sort((a, b) => Number(b.code === unknown) - Number(a.code === unknown));
  const [first, ...others] = unknownFirst.map((issue) => ({
    at: words.place(issue.path),
    message: issueText(issue, given, words, of, names),
    near: nearestChoice(issue, given),
  }));
  const near = first?.near === undefined ? [] : [`Did you mean ${first.near}?`];
  const also = others.map((other) => `${other.at}: ${other.message}`);
  const takes =
    issues.some(({ code }) => code === unknown) && names.length > 0 ? [`${of} takes ${names.join(", ")}.`] : [];
  const hint = [...near, ...takes, ...also.map((text) => `Also ${text}.`)].join(" ");
  return new UserError(first?.message ?? "expected other options", {
    at: first?.at ?? words.place([]),
    ...(hint === "" ? {} : { hint }),
  });
}
const unknown = "unrecognized_keys";

function issueText(
  issue: Issue,
  given: unknown,
  { shown: shownIn, kind }: OptionWords,
  of: string,
  names: readonly string[],
): string {
  if (issue.code === unknown) {
    const [key = ""] = issue.keys ?? [];
    if (names.length === 0) return `${of} takes no options, got ${key}`;
    return `no option is called ${key}${suggestion(key, names)}`;
  }
  // What a schema checks beyond single values, it says in a whole sentence.
  if (issue.code === "custom") return issue.message;
  return `${expectedText(issue, kind(issue.path))}, got ${shownIn(valueAt(given, issue.path))}`;
}

/** The value nearest to what came, where there is a list of them. */
function nearestChoice({ values, path }: Issue, given: unknown): string | undefined {
  const came = valueAt(given, path);
  return values === undefined || typeof came !== "string" ? undefined : nearest(came, values.map(String));
}

/** The schema's own words where they say what is expected; else what the issue tells, and zod's words without their preamble. */
function expectedText(issue: Issue, kind: string | undefined): string {
  const { message, code, values, inclusive, minimum, maximum } = issue;
  if (message.startsWith("expected")) return message;
  if (values !== undefined) return `expected one of ${values.join(", ")}`;
  if (code === "too_small") return `expected ${inclusive === false ? "more than" : "at least"} ${minimum}`;
  if (code === "too_big") return `expected ${inclusive === false ? "less than" : "at most"} ${maximum}`;
  if (code === "invalid_type" && kind !== undefined) return `expected a ${kind}`;
  const plain = message.replace(/^[^:]*: /, "").replace(/, received.*$/, "");
  return plain.startsWith("expected") ? plain : `expected another value (${message})`;
}

function suggestion(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== "object" || inner === null) return undefined;
    inner = Reflect.get(inner, key);
  }
  return inner;
}

/** A value as it came, short. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

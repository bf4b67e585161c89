// Entries that are defined outside of the package (own layers, losses, transforms), beside the built-in ones: what this
// thread knows of them. The one thing here that is global, and global to a thread: reading an experiment finds them by name
// as it finds the built-in ones, and a thread that another starts is told which modules to load. It hangs on globalThis, so that
// a module that finds another copy of this package defines its entries for the copy that runs.
import { UserError } from "../base/errors.js";

/** What one thread knows. */
export interface Definitions {
  /** By the word for an entry (`layer`), then by name. */
  readonly entries: Map<string, Map<string, unknown>>;
  /** URLs of the modules that experiments have named, in the order they were loaded. */
  readonly modules: Set<string>;
  /** `layer double`: defined in the thread that started this one. */
  readonly elsewhere: Set<string>;
  /** Whether modules that a run folder from elsewhere names may be loaded. */
  allowsCode: boolean;
  /** Whether files may be read that a run folder from elsewhere names. */
  allowsPaths?: boolean;
}

const key = Symbol.for("isthmus.definitions");

export function definitions(): Definitions {
  const known = Reflect.get(globalThis, key) as Definitions | undefined;
  if (known !== undefined) return known;
  const fresh: Definitions = { entries: new Map(), modules: new Set(), elsewhere: new Set(), allowsCode: false };
  Reflect.set(globalThis, key, fresh);
  return fresh;
}

const nameForm = /^[A-Za-z][A-Za-z0-9]*$/;

/**
 * Adds an entry in this thread.
 * @param what the word for an entry in errors: `layer`
 * @param builtIn the package's own entries
 * @throws UserError for a name that is taken, or is none
 */
export function addDefinition(what: string, entry: { readonly name: string }, builtIn: object): void {
  const { name } = entry;
  if (typeof name !== "string" || !nameForm.test(name)) {
    throw new UserError(`expected a name of letters and digits, got ${JSON.stringify(name) ?? "nothing"}`, {
      at: `name of the ${what}`,
    });
  }
  const { entries } = definitions();
  const own = entries.get(what) ?? new Map<string, unknown>();
  const isBuiltIn = Object.hasOwn(builtIn, name);
  if (isBuiltIn || own.has(name)) {
    throw new UserError(`${isBuiltIn ? "the package has" : "there is already"} a ${what} called ${name}`, {
      hint: "Choose another name.",
    });
  }
  own.set(name, entry);
  entries.set(what, own);
}

/** The own entry of that name, undefined where there is none. */
export function definition(what: string, name: string): unknown {
  return definitions().entries.get(what)?.get(name);
}

/** Names of own entries. */
export function definedNames(what: string): readonly string[] {
  return [...(definitions().entries.get(what)?.keys() ?? [])];
}

/** All own entries of this thread as `layer double`: what a thread that it starts compares with. */
export function definedHere(): readonly string[] {
  return [...definitions().entries].flatMap(([what, own]) => [...own.keys()].map((name) => `${what} ${name}`));
}

/** Why an entry that another thread has is not known in this one; undefined where none has it. */
export function definedElsewhere(what: string, name: string, at: string): UserError | undefined {
  if (!definitions().elsewhere.has(`${what} ${name}`)) return undefined;
  return new UserError(`the ${what} ${name} is defined in code that the training's thread does not load`, {
    at,
    hint: `Put it into a module of its own and name that: use: ["./my-${what.replaceAll(" ", "-")}s.mjs"].`,
  });
}

// Modules of a person's own that an experiment names (`use: [./my-layers.mjs]`): where they lie, whether they may be loaded,
// and that every thread of a training loads the same. A module defines entries (`defineLayer` …) while it is loaded.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { UserError } from "../base/errors.js";
import { definedHere, definitions } from "../schema/defined.js";
import { cacheFolder, isCacheOff } from "./cacheFolder.js";
import { readRegularFile } from "./regularFile.js";

const largestModule = { bytes: 2 ** 24, of: "a module named by use" };

/** Where an experiment's `use` stands, and how far it is trusted. */
export interface UseOptions {
  /** The experiment file: paths are relative to its folder, packages are looked for from there. */
  readonly file: string;
  /** A person's own experiment, whose modules are loaded and remembered; that of a run folder may come from elsewhere. */
  readonly isOwn: boolean;
}

/**
 * Loads the modules that an experiment names.
 *
 * The experiment of a run folder is data, and data must not run code: its modules are loaded where the same file with the same
 * bytes was loaded before for an experiment of this person's own, or where code was allowed (`--allow-code`). What a module
 * imports in turn is not looked at; it lies beside a file that this person has used.
 * @param names paths (relative to the experiment file, or absolute), `file:` URLs, or packages
 * @returns the modules' absolute paths
 * @throws UserError where a module is not there, is not allowed, or fails while it is loaded
 */
export function useModules(names: readonly string[], { file, isOwn }: UseOptions): readonly string[] {
  const known = definitions();
  const paths = names.map((name, i) => locate(name, file, `${file}: use[${i}]`));
  const prints = paths.map(
    (path) =>
      `${createHash("sha256")
        .update(readRegularFile(path, { bound: largestModule }))
        .digest("hex")}  ${path}`,
  );
  if (isOwn) remember(prints);
  else if (!known.allowsCode) {
    const allowed = remembered();
    const refused = paths.find((_, i) => !allowed.has(prints[i] ?? ""));
    if (refused !== undefined) {
      throw new UserError(`names code to be run that was not used on this machine before: ${refused}`, {
        at: `${file}: use`,
        hint: "Read it first. If you trust it, say so: --allow-code (in code: allowCode: true).",
      });
    }
  }
  for (const path of paths) load(pathToFileURL(path).href);
  return paths;
}

/** Loads what the experiment of a run folder names, which may come from elsewhere. @param file its experiment.yaml */
export function runModules(file: string): (names: readonly string[]) => readonly string[] {
  return (names) => useModules(names, { file, isOwn: false });
}

/** What a thread is told of own entries by the thread that starts it. Plain data. */
export interface ThreadDefinitions {
  readonly modules: readonly string[];
  readonly names: readonly string[];
  readonly allowsCode: boolean;
  readonly allowsPaths?: boolean;
}

export function definitionsForThread(): ThreadDefinitions {
  const { modules, allowsCode, allowsPaths = false } = definitions();
  return { modules: [...modules], names: definedHere(), allowsCode, allowsPaths };
}

/** Loads in this thread what the thread that started it has loaded. What that one has beyond is known to be missing. */
export function takeDefinitions({ modules, names, allowsCode, allowsPaths = false }: ThreadDefinitions): void {
  definitions().allowsCode = allowsCode;
  definitions().allowsPaths = allowsPaths;
  for (const url of modules) load(url);
  const here = new Set(definedHere());
  for (const name of names) if (!here.has(name)) definitions().elsewhere.add(name);
}

function locate(name: string, file: string, at: string): string {
  try {
    if (name.startsWith("file:")) return realpathSync(fileURLToPath(name));
    if (/^(\.{0,2}[/\\]|[A-Za-z]:[/\\])/.test(name)) return realpathSync(resolve(dirname(file), name));
    return realpathSync(createRequire(resolve(file)).resolve(name));
  } catch (cause) {
    const isPath = /^(file:|\.|\/)/.test(name);
    throw new UserError(`there is no ${isPath ? "module" : "package"} ${name}`, {
      at,
      hint: isPath
        ? "A path is relative to the experiment file."
        : `Install it, or write a path: ./${name}${/\.\w+$/.test(name) ? "" : ".mjs"}.`,
      cause,
    });
  }
}

/** At once and not by import(): an experiment is read without waiting. Both share one list of loaded modules. */
function load(url: string): void {
  const { modules } = definitions();
  if (modules.has(url)) return;
  const path = fileURLToPath(url);
  try {
    createRequire(url)(path);
  } catch (error) {
    // Of another copy of this package too.
    if (error instanceof Error && error.name === "UserError") {
      const { hint } = error as UserError;
      throw new UserError(error.message, { at: path, ...(hint === undefined ? {} : { hint }), cause: error });
    }
    const isAsync = error instanceof Error && "code" in error && error.code === "ERR_REQUIRE_ASYNC_MODULE";
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      isAsync ? "waits at its top level (await), which a module named by use may not" : `can't be loaded: ${reason}`,
      {
        at: path,
        cause: error,
      },
    );
  }
  modules.add(url);
}

const listOf = (): string => join(cacheFolder(), "used-modules.txt");

/** Lines `SHA-256  path`, as sha256sum writes them. */
function remembered(): Set<string> {
  try {
    return new Set(readFileSync(listOf(), "utf8").split("\n"));
  } catch {
    return new Set();
  }
}

function remember(prints: readonly string[]): void {
  if (isCacheOff()) return;
  const known = remembered();
  const fresh = prints.filter((print) => !known.has(print));
  if (fresh.length === 0) return;
  try {
    mkdirSync(dirname(listOf()), { recursive: true });
    writeFileSync(listOf(), fresh.map((print) => `${print}\n`).join(""), { flag: "a" });
  } catch {
    // Where nothing can be kept, the run folder asks for --allow-code later.
  }
}

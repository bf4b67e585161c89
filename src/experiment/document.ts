// Experiment files as text: reading YAML, changing single settings before anything is filled in, writing YAML.
import { parseDocument, stringify } from "yaml";
import { UserError } from "../base/errors.js";
import { nearest, withThousands } from "../base/text.js";
import { isMapping, shown } from "../schema/read.js";
import { checkExperiment, type LoadModules, type ReadExperiment, readDocument } from "./resolved.js";
import type { Experiment } from "./schema.js";

/** One setting to change, and the flag that asks for it (`--set phases.0.batchSize=128`), which errors name. */
export interface Change {
  readonly flag: string;
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/**
 * Reads an experiment file.
 * @param file its name, for errors
 * @param changes settings to change before defaults and inheritance between phases apply
 * @throws UserError with file, and line or path, for YAML that can't be read and for settings that don't fit
 */
export function parseExperiment(text: string, file: string, changes: readonly Change[] = []): Experiment {
  return readExperiment(text, file, changes).experiment;
}

/**
 * `parseExperiment`, with everything that the file names.
 * @param load see `readDocument`
 */
export function readExperiment(
  text: string,
  file: string,
  changes: readonly Change[] = [],
  load?: LoadModules,
): ReadExperiment {
  const document = parseYaml(text, file);
  try {
    return readDocument(applyChanges(document, changes), (path) => (path === "" ? file : `${file}: ${path}`), load);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const flag = changes.find((change) => isDueTo(error, document, changes, change))?.flag;
    if (flag === undefined || error.at === flag) throw error;
    throw new UserError(error.message, {
      at: flag,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

/** A mistake is due to the change without which it is not made. */
function isDueTo(mistake: UserError, document: unknown, changes: readonly Change[], change: Change): boolean {
  try {
    checkExperiment(
      applyChanges(
        document,
        changes.filter((other) => other !== change),
      ),
    );
    return true;
  } catch (error) {
    return !(error instanceof UserError) || error.message !== mistake.message;
  }
}

/** A file of experiments has at most so many bytes: ten thousand lines, far more than a network has layers. */
export const largestDocument = 2 ** 18;
/** Lists and mappings inside one another; blocks of layers within blocks take four for each. */
const deepest = 100;
/** Values after all aliases are followed. */
const mostValues = 200_000;

/**
 * YAML to plain data, which is a tree: aliases are followed.
 * @throws UserError with file, line and column; and for what is larger than `largestDocument`, nested deeper than 100, or
 *   grows beyond 200,000 values by its aliases
 */
export function parseYaml(text: string, file: string): unknown {
  if (text.length > largestDocument) {
    throw new UserError(
      `has ${withThousands(text.length)} characters; an experiment may have at most ${withThousands(largestDocument)}`,
      { at: file, hint: "Is it the right file? Blocks of layers that return can be written once, with repeat." },
    );
  }
  checkNesting(text, file);
  let value: unknown;
  try {
    // Pretty errors cost time for each of them, and only the first is shown.
    const document = parseDocument(text, { prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) {
      const before = text.slice(0, error.pos[0]).split("\n");
      throw new UserError(`is not valid YAML: ${error.message}`, {
        at: `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`,
        hint: "Look at the indentation and the punctuation of this line and the one before.",
        cause: error,
      });
    }
    value = document.toJS();
  } catch (error) {
    if (error instanceof UserError) throw error;
    // An alias without its anchor, or too many of them: what the parser throws apart from its list of errors.
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    const isAlias = error instanceof ReferenceError;
    throw new UserError(`is not valid YAML: ${isAlias ? sentence : "it is nested too deeply"}`, {
      at: file,
      hint: isAlias ? "Look at its aliases (*name), and whether each has its anchor (&name) before it." : nestingHint,
      cause: error,
    });
  }
  checkTree(value, file);
  return value;
}

const nestingHint = "Is it the right file? An experiment's lists and mappings are a few levels deep.";

/** Before the parser, whose memory grows with the square of the depth. Brackets within quotes are counted too. */
function checkNesting(text: string, file: string): void {
  let brackets = 0;
  for (const [i, line] of text.split("\n").entries()) {
    const dashes = line.match(/[-?](?=\s)/g)?.length ?? 0;
    for (const [bracket] of line.matchAll(/[[\]{}]/g)) {
      brackets = Math.max(0, brackets + (bracket === "[" || bracket === "{" ? 1 : -1));
      if (brackets > deepest) break;
    }
    if (brackets <= deepest && dashes <= deepest && line.search(/[^ \t]/) <= 10 * deepest) continue;
    throw new UserError(`is nested deeper than ${deepest} lists and mappings`, {
      at: `${file}:${i + 1}`,
      hint: nestingHint,
    });
  }
}

/** @throws UserError where aliases make a circle, or make much of little */
function checkTree(value: unknown, file: string): void {
  let left = mostValues;
  const visit = (inside: unknown, depth: number): void => {
    if (depth > deepest) {
      throw new UserError(`is nested deeper than ${deepest} lists and mappings`, {
        at: file,
        hint: "An alias (*name) may not stand within what it stands for. An experiment's own levels are few.",
      });
    }
    if (--left < 0) {
      throw new UserError(`grows beyond ${withThousands(mostValues)} values by its aliases`, {
        at: file,
        hint: "Write blocks of layers that return once, with repeat.",
      });
    }
    if (typeof inside !== "object" || inside === null) return;
    for (const part of Array.isArray(inside) ? inside : Object.values(inside)) visit(part, depth + 1);
  };
  visit(value, 0);
}

/** The JSON Schema that lies beside a written experiment. */
export const schemaFileName = "experiment.schema.json";

/**
 * The line by which editors find the schema that completes and checks a file of experiments (those with the YAML language
 * server: it must stand before everything but comments). To YAML it is a comment.
 * @param address a path from the file's folder, or a URL
 */
export function schemaLine(address: string): string {
  return `# yaml-language-server: $schema=${address}`;
}

/**
 * The YAML of a complete experiment; reading it again gives the same experiment. Its schema is a file beside it: a path into
 * the installed package would differ from machine to machine, and lead nowhere once the folder is sent to another.
 */
export function experimentText(experiment: Experiment): string {
  return `${schemaLine(`./${schemaFileName}`)}\n${stringify(experiment, { lineWidth: 0 })}`;
}

/**
 * Changes settings in a document: `applySettings(document, ["phases.0.batchSize=128"])`.
 * @throws UserError that names the flag
 */
export function applySettings(document: unknown, settings: readonly string[]): unknown {
  return applyChanges(document, settings.map(settingChange));
}

/**
 * `phases.0.batchSize=128` as a change. The path's parts are parted by dots; entries of lists count from 0, also as
 * `phases[0]`. The value is YAML, so `[1, 2]` and `{ adam: { learningRate: 0.01 } }` are values too.
 */
export function settingChange(setting: string): Change {
  const flag = `--set ${setting}`;
  const equals = setting.indexOf("=");
  if (equals < 1) {
    throw new UserError("expected PATH=VALUE", { at: flag, hint: "For example: --set phases.0.batchSize=128" });
  }
  const path = readPath(setting.slice(0, equals));
  if (path.length === 0 || path.includes("")) {
    throw new UserError("expected a path before the =", {
      at: flag,
      hint: "For example: --set phases.0.batchSize=128",
    });
  }
  return { flag, path, value: parseYaml(setting.slice(equals + 1), flag) };
}

function readPath(text: string): (string | number)[] {
  return text
    .replace(/\[(\d+)\]/g, ".$1")
    .split(".")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

/** The document with the changes made; the one given stays as it is. */
export function applyChanges(document: unknown, changes: readonly Change[]): unknown {
  let changed = document;
  for (const change of changes) changed = setAt(changed, change, 0);
  return changed;
}

function setAt(value: unknown, change: Change, depth: number): unknown {
  if (depth === change.path.length) return change.value;
  const key = change.path[depth] as string | number;
  const here = change.path.slice(0, depth).join(".");
  if (Array.isArray(value)) {
    if (typeof key !== "number" || key >= value.length) {
      const entries = value.length === 1 ? "entry" : "entries";
      throw new UserError(
        `${here || "the file"} is a list of ${value.length} ${entries}, counted from 0; ${shown(key)} is none of them`,
        { at: change.flag },
      );
    }
    return value.map((entry, index) => (index === key ? setAt(entry, change, depth + 1) : entry));
  }
  if (isMapping(value)) {
    const name = String(key);
    const inside = depth + 1 < change.path.length;
    if (inside && depth === 0 && !Object.hasOwn(value, name)) {
      const near = nearest(name, Object.keys(value));
      throw new UserError(`there is no ${name}${near === undefined ? "" : `; did you mean ${near}?`}`, {
        at: change.flag,
      });
    }
    return { ...value, [name]: setAt(Object.hasOwn(value, name) ? value[name] : undefined, change, depth + 1) };
  }
  // A bare name stands for itself with no options: `elu` becomes { elu: { alpha: … } }.
  if (typeof value === "string" && value === key) return { [key]: setAt({}, change, depth + 1) };
  // So does a source, under `source`: `data: lfw` is `data: { source: lfw }`.
  if (typeof value === "string" && here === "data") return setAt({ source: value }, change, depth);
  if (value === undefined || value === null) return { [key]: setAt(undefined, change, depth + 1) };
  throw new UserError(`${here} is ${shown(value)} and has nothing inside`, { at: change.flag });
}

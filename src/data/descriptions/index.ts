// Every source by its description, by hand, and how an experiment's `data:` becomes one with its options.
import type { z } from "zod";
import { UserError } from "../../base/errors.js";
import { find, readOptions, shown } from "../../schema/read.js";
import { arrays } from "./arrays.js";
import { type CommonOptions, commonOptions, type KeptClasses, type Limit } from "./common.js";
import type { SourceDescription } from "./define.js";
import { fashionMnist } from "./fashionMnist.js";
import { folder } from "./folder.js";
import { idx } from "./idx.js";
import { lfw } from "./lfw.js";
import { mnist } from "./mnist.js";
import { npy } from "./npy.js";
import { printedDigits } from "./printedDigits.js";

export const descriptions = {
  mnist,
  "fashion-mnist": fashionMnist,
  lfw,
  "printed-digits": printedDigits,
  folder,
  idx,
  npy,
} as const;
/** What is not to be chosen, and so in no list: only runs say it. */
const unlisted = { arrays } as const;
export type SourceName = keyof typeof descriptions | keyof typeof unlisted;

/** A source with its options filled in. Nothing of it has been looked at. */
export interface SourceSpec {
  readonly name: SourceName;
  /** The source's own. */
  readonly options: z.output<SourceDescription["options"]>;
  readonly classes?: KeptClasses | undefined;
  readonly validation?: number | undefined;
  readonly limit?: Limit | undefined;
  /** [channel, height, width] that opened pictures are brought to. */
  readonly shape?: readonly number[] | undefined;
  /** Where it was written, for errors: `data` in an experiment, `--data` on the command line. */
  readonly at: string;
}

/**
 * The source that `spec` describes: a name (`"mnist"`), a name with a path (`"folder:./digits"`), or an object with `source`
 * and that source's options (`{ source: "folder", path: "./digits", size: 64 }`). Every source has the options `classes`
 * (those that stay in a split), `validation` (a share or a number of its training images becomes the validation split), then
 * `limit` (the most images of each split) and then `shape` (what pictures are brought to).
 * @param at where `spec` stands, for errors: `data` in an experiment, `--data` on the command line
 * @throws UserError for an unknown source (with the nearest name) and for options that it does not have
 */
export function readSourceSpec(spec: unknown, at: string): SourceSpec {
  const { description, given } = asWritten(spec, at);
  const { name } = description;
  const read = readOptions(description.options.extend(commonOptions), given, at, name);
  // The schemas of the sources are many; these options are in each.
  const { classes, validation, limit, shape, ...options } = read as typeof read & CommonOptions;
  return { name, options, classes, validation, limit, shape, at };
}

/**
 * What `spec` describes, with pictures of another shape: by the source's own options where it resizes as it reads, else by
 * `shape`.
 * @param shape [channel, height, width], one channel or three
 * @throws UserError as `readSourceSpec`
 */
export function sourceSpecFor(spec: unknown, shape: readonly number[], at: string): Readonly<Record<string, unknown>> {
  const { description, given } = asWritten(spec, at);
  const { name } = description;
  const { shape: _, ...kept } = given;
  return { source: name, ...kept, ...optionsFor(name, shape) };
}

/** The options by which the source of that name gives pictures of a shape [channel, height, width]. */
export function optionsFor(name: SourceName, shape: readonly number[]): Readonly<Record<string, unknown>> {
  const all: Readonly<Record<SourceName, SourceDescription>> = { ...descriptions, ...unlisted };
  return all[name].optionsFor?.(shape) ?? { shape: [...shape] };
}

/** The source that is meant and what is said of it, the path after its name among it. */
function asWritten(spec: unknown, at: string) {
  const { source: named, ...given } = typeof spec === "string" ? { source: spec } : asRecord(spec, at);
  if (typeof named !== "string") throw new UserError("the source of the data has no name", { at, hint: known() });
  const colon = named.indexOf(":");
  const description = findDescription(colon < 0 ? named : named.slice(0, colon), at);
  const { name, pathOption } = description;
  if (colon >= 0) {
    if (pathOption === undefined) {
      throw new UserError(`the source ${name} takes no path`, { at, hint: `Write ${name} alone.` });
    }
    given[pathOption] = named.slice(colon + 1);
  }
  if (pathOption !== undefined && (given[pathOption] === undefined || given[pathOption] === "")) {
    throw new UserError(`the source ${name} needs a path`, { at, hint: `For example ${name}:./pictures.` });
  }
  return { description, given };
}

/** The description of that name. @throws UserError with the nearest name where there is none */
export function findDescription(name: string, at: string): SourceDescription<SourceName> {
  const known: Readonly<Record<string, SourceDescription<SourceName>>> = unlisted;
  return (
    (Object.hasOwn(known, name) ? known[name] : undefined) ??
    find<SourceDescription<SourceName>>(descriptions, "data source", name, at)
  );
}

function known(): string {
  return `There are: ${Object.keys(descriptions).join(", ")}.`;
}

function asRecord(spec: unknown, at: string): Record<string, unknown> {
  if (typeof spec === "object" && spec !== null && !Array.isArray(spec)) return spec as Record<string, unknown>;
  throw new UserError(`expected the name of a data source, or an object with "source", got ${shown(spec)}`, {
    at,
    hint: known(),
  });
}

// Every source of pictures, by hand, and how an experiment's `data:` becomes one.
import type { z } from "zod";
import { UserError } from "../../base/errors.js";
import { nearest } from "../../base/text.js";
import type { OpenContext, OpenSource, Source, SourceKind } from "../define.js";
import { limited, limitOptions } from "../limit.js";
import { validationOptions, withValidation } from "../split.js";
import { arrays } from "./arrays.js";
import { fashionMnist } from "./fashionMnist.js";
import { folder } from "./folder.js";
import { idx } from "./idx.js";
import { lfw } from "./lfw.js";
import { mnist } from "./mnist.js";
import { npy } from "./npy.js";
import { printedDigits } from "./printedDigits.js";

export const sources = {
  mnist,
  "fashion-mnist": fashionMnist,
  lfw,
  "printed-digits": printedDigits,
  folder,
  idx,
  npy,
} as const;
export type SourceName = keyof typeof sources;

/**
 * The source that `spec` describes: a name (`"mnist"`), a name with a path (`"folder:./digits"`), or an object with `source`
 * and that source's options (`{ source: "folder", path: "./digits", size: 64 }`). Every source has the options `validation`
 * (a share or a number of its training images becomes the validation split) and then `limit` (the most images of each
 * split). Nothing is read before `open()`.
 * @param at where `spec` stands, for errors: `data` in an experiment, `--data` on the command line
 * @throws UserError for an unknown source (with the nearest name) and for options that it does not have
 */
export function readSource(spec: unknown, at: string): Source {
  const {
    source: named,
    limit,
    validation,
    ...given
  } = typeof spec === "string" ? { source: spec } : asRecord(spec, at);
  if (typeof named !== "string") throw new UserError("the source of the data has no name", { at, hint: known() });
  const colon = named.indexOf(":");
  const name = colon < 0 ? named : named.slice(0, colon);
  const kind = findKind(name, at);
  const path = colon < 0 ? undefined : named.slice(colon + 1);
  if (path !== undefined) {
    if (kind.pathOption === undefined) {
      throw new UserError(`the source ${name} takes no path`, { at, hint: `Write ${name} alone.` });
    }
    given[kind.pathOption] = path;
  }
  if (kind.pathOption !== undefined && (given[kind.pathOption] === undefined || given[kind.pathOption] === "")) {
    throw new UserError(`the source ${name} needs a path`, { at, hint: `For example ${name}:./pictures.` });
  }
  const options = kind.options.safeParse(given);
  if (!options.success) {
    const [issue] = options.error.issues;
    const place = issue === undefined || issue.path.length === 0 ? "" : `.${issue.path.join(".")}`;
    throw new UserError(issue?.message ?? "these options do not fit the source", {
      at: `${at}${place}`,
      hint: `Options of ${name}: ${[...Object.keys(kind.options.shape), "validation", "limit"].join(", ")}.`,
    });
  }
  const limits = readCommon(limitOptions.optional(), limit, `${at}.limit`);
  const held = readCommon(validationOptions.optional(), validation, `${at}.validation`);
  return {
    name: kind.name,
    summary: kind.summary,
    async open(context: OpenContext = {}): Promise<OpenSource> {
      const opened = await kind.open(options.data, context);
      const parted = held === undefined ? opened : withValidation(opened, held, `${at}.validation`);
      return limits === undefined ? parted : limited(parted, limits);
    },
  };
}

/** The source of that name. @throws UserError with the nearest name where there is none */
export function findKind(name: string, at: string): SourceKind {
  const names = Object.keys(sources);
  // What a run that a program trained on its own arrays says; not to be chosen, so it is in no list.
  const kinds: Readonly<Record<string, SourceKind>> = { ...sources, arrays };
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind !== undefined) return kind;
  const near = nearest(name, names);
  throw new UserError(`there is no data source "${name}"`, {
    at,
    hint: near === undefined ? known() : `Did you mean ${near}? ${known()}`,
  });
}

function readCommon<Schema extends z.ZodType>(schema: Schema, value: unknown, at: string): z.output<Schema> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new UserError(issue?.message ?? "is not understood", { at: [at, ...(issue?.path ?? [])].join(".") });
}

function known(): string {
  return `Known sources: ${Object.keys(sources).join(", ")}.`;
}

function asRecord(spec: unknown, at: string): Record<string, unknown> {
  if (typeof spec === "object" && spec !== null && !Array.isArray(spec)) return spec as Record<string, unknown>;
  throw new UserError(`data must be a source's name or an object with "source", not ${JSON.stringify(spec)}`, {
    at,
    hint: known(),
  });
}

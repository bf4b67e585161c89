// Every source of pictures, by hand, and how an experiment's `data:` becomes one.
import { UserError } from "../../base/errors.js";
import { nearest } from "../../base/text.js";
import type { Source } from "../define.js";
import { limited, limitOptions } from "../limit.js";
import { mnist } from "./mnist.js";

export const sources = { mnist } as const;
export type SourceName = keyof typeof sources;

/**
 * The source that `spec` describes: a name (`"mnist"`) or an object with `source` and that source's options
 * (`{ source: "mnist", folder: "./digits" }`). Every source has the option `limit`, the most images of each split. Nothing is read before `open()`.
 * @param at where `spec` stands, for errors: `data` in an experiment, `--data` on the command line
 * @throws UserError for an unknown source (with the nearest name) and for options that it does not have
 */
export function readSource(spec: unknown, at: string): Source {
  const { source: name, limit, ...given } = typeof spec === "string" ? { source: spec } : asRecord(spec, at);
  const names = Object.keys(sources);
  if (typeof name !== "string") throw new UserError("the source of the data has no name", { at, hint: known(names) });
  if (!Object.hasOwn(sources, name)) {
    const near = nearest(name, names);
    throw new UserError(`there is no data source "${name}"`, {
      at,
      hint: near === undefined ? known(names) : `Did you mean ${near}? ${known(names)}`,
    });
  }
  const kind = sources[name as SourceName];
  const options = kind.options.safeParse(given);
  if (!options.success) {
    const [issue] = options.error.issues;
    const path = issue === undefined || issue.path.length === 0 ? "" : `.${issue.path.join(".")}`;
    throw new UserError(issue?.message ?? "these options do not fit the source", {
      at: `${at}${path}`,
      hint: `Options of ${name}: ${[...Object.keys(kind.options.shape), "limit"].join(", ")}.`,
    });
  }
  const limits = limitOptions.optional().safeParse(limit);
  if (!limits.success) {
    const [issue] = limits.error.issues;
    throw new UserError(issue?.message ?? "is not a limit", { at: [`${at}.limit`, ...(issue?.path ?? [])].join(".") });
  }
  return {
    name: kind.name,
    summary: kind.summary,
    async open() {
      const opened = await kind.open(options.data);
      return limits.data === undefined ? opened : limited(opened, limits.data);
    },
  };
}

function known(names: readonly string[]): string {
  return `Known sources: ${names.join(", ")}.`;
}

function asRecord(spec: unknown, at: string): Record<string, unknown> {
  if (typeof spec === "object" && spec !== null && !Array.isArray(spec)) return spec as Record<string, unknown>;
  throw new UserError(`data must be a source's name or an object with "source", not ${JSON.stringify(spec)}`, {
    at,
    hint: known(Object.keys(sources)),
  });
}

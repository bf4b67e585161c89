// The sources of pictures as entries: with the options that every source has.
import type { z } from "zod";
import type { SourceKind } from "../data/define.js";
import { limitOptions } from "../data/limit.js";
import { sources } from "../data/sources/index.js";
import { validationOptions } from "../data/split.js";

export interface SourceEntry {
  readonly name: string;
  readonly summary: string;
  readonly options: z.ZodObject;
  /** The option that a path after the name gives: `folder:./digits`. */
  readonly pathOption?: string;
}

export const sourceEntries: Readonly<Record<string, SourceEntry>> = Object.fromEntries(
  Object.values<SourceKind>(sources).map(({ name, summary, options, pathOption }) => [
    name,
    {
      name,
      summary,
      options: options.extend({
        validation: validationOptions.optional(),
        limit: limitOptions.optional().describe("the most images of each split, for a first look"),
      }),
      ...(pathOption === undefined ? {} : { pathOption }),
    },
  ]),
);

// The sources of pictures as entries: with the options that every source has.
import type { z } from "zod";
import { commonOptions } from "../data/descriptions/common.js";
import type { SourceDescription } from "../data/descriptions/define.js";
import { descriptions } from "../data/descriptions/index.js";

export interface SourceEntry {
  readonly name: string;
  readonly summary: string;
  readonly options: z.ZodObject;
  /** The option that a path after the name gives: `folder:./digits`. */
  readonly pathOption?: string;
}

export const sourceEntries: Readonly<Record<string, SourceEntry>> = Object.fromEntries(
  Object.values<SourceDescription>(descriptions).map((description) => [
    description.name,
    { ...description, options: description.options.extend(commonOptions) },
  ]),
);

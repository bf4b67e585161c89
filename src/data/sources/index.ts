// How every source is opened, by hand: the compiler names a described one that is missing.
import { UserError } from "../../base/errors.js";
import type { OpenContext, OpenSource, Source, SourceKind } from "../define.js";
import { findDescription, readSourceSpec, type SourceName, type SourceSpec } from "../descriptions/index.js";
import { fitted } from "../fitted.js";
import { withClasses } from "../keptClasses.js";
import { limited } from "../limit.js";
import { withValidation } from "../split.js";
import { arrays } from "./arrays.js";
import { fashionMnist } from "./fashionMnist.js";
import { folder } from "./folder.js";
import { idx } from "./idx.js";
import { lfw } from "./lfw.js";
import { mnist } from "./mnist.js";
import { npy } from "./npy.js";
import { printedDigits } from "./printedDigits.js";

/** Those that a person can choose. */
export const sources = {
  mnist,
  "fashion-mnist": fashionMnist,
  lfw,
  "printed-digits": printedDigits,
  folder,
  idx,
  npy,
} as const;

const all: { readonly [Name in SourceName]: SourceKind & { readonly name: Name } } = { ...sources, arrays };

/** The source that `spec` describes, as `readSourceSpec` reads it. Nothing is looked at before `look()` or `open()`. */
export function readSource(spec: unknown, at: string): Source {
  return sourceOf(readSourceSpec(spec, at));
}

/** A source that has been read, to be opened. */
export function sourceOf({ name, options, classes, validation, limit, shape, at }: SourceSpec): Source {
  const kind: SourceKind = all[name];
  return {
    name,
    summary: kind.summary,
    async look() {
      if (shape !== undefined) return [shape];
      try {
        return await kind.look(options);
      } catch (error) {
        // Opening says what is wrong with the data.
        if (error instanceof UserError) return [];
        throw error;
      }
    },
    async open(context: OpenContext = {}): Promise<OpenSource> {
      // What is brought to another shape must be decoded.
      const opened = await kind.open(options, shape === undefined ? context : { ...context, early: undefined });
      const chosen = classes === undefined ? opened : withClasses(opened, classes, `${at}.classes`);
      const parted = validation === undefined ? chosen : withValidation(chosen, validation, `${at}.validation`);
      const limitedTo = limit === undefined ? parted : limited(parted, limit);
      return shape === undefined ? limitedTo : await fitted(limitedTo, shape, context);
    },
  };
}

/** The source of that name. @throws UserError with the nearest name where there is none */
export function findKind(name: string, at: string): SourceKind {
  return all[findDescription(name, at).name];
}

// What a description of a source is: its name, one sentence, and its options. Opening it is sources/NAME.ts.
import type { z } from "zod";

export interface SourceDescription<Name extends string = string, Options extends z.ZodObject = z.ZodObject> {
  readonly name: Name;
  readonly summary: string;
  readonly options: Options;
  /** The option that a path after the name gives: `folder:./digits` is `{ source: folder, path: ./digits }`. */
  readonly pathOption?: string & keyof z.output<Options>;
  /**
   * The options by which it gives pictures of a shape [channel, height, width] by itself, common ones among them: for sources
   * that resize as they read. The others have the common option `shape`.
   */
  readonly optionsFor?: (shape: readonly number[]) => Readonly<Record<string, unknown>>;
}

export function describeSource<const Name extends string, Options extends z.ZodObject>(
  description: SourceDescription<Name, Options>,
): SourceDescription<Name, Options> {
  return description;
}

// What a source of pictures is.
import type { z } from "zod";
import type { Shape } from "../tensor/index.js";

export interface SourceCard {
  readonly name: string;
  readonly title: string;
  readonly origin: string;
  readonly licence: string;
  /** SHA-256 of each file, by file name. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Pictures of one split, in shared memory so that data threads read them without a copy. */
export interface ImageSet {
  readonly count: number;
  /** [channel, height, width] */
  readonly shape: Shape;
  /** [image, channel, height, width], 0 to 255, a view on a SharedArrayBuffer. */
  readonly pixels: Uint8Array;
  readonly labels?: Uint8Array;
  /** Index of each image in the unsplit source: the key of its random draws. */
  readonly indices: Uint32Array;
}
export type SplitName = "train" | "validation" | "test";

export interface OpenSource {
  readonly card: SourceCard;
  readonly classes?: readonly string[];
  readonly splits: Readonly<Partial<Record<SplitName, ImageSet>>> & {
    readonly train: ImageSet;
    readonly test: ImageSet;
  };
}

export interface Source<Name extends string = string> {
  readonly name: Name;
  readonly summary: string;
  open(): Promise<OpenSource>;
}

export function defineSource<const Name extends string>(source: Source<Name>): Source<Name> {
  return source;
}

/** A source with options, as the list of sources holds it; `readSource` fills the options in. */
export interface SourceKind<Name extends string = string, Options extends z.ZodObject = z.ZodObject> {
  readonly name: Name;
  readonly summary: string;
  readonly options: Options;
  open(options: z.output<Options>): Promise<OpenSource>;
}

export function defineSourceKind<const Name extends string, Options extends z.ZodObject>(
  kind: SourceKind<Name, Options>,
): SourceKind<Name, Options> {
  return kind;
}

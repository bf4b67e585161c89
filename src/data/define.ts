// What a source of pictures is.
import type { z } from "zod";
import type { Shape } from "../tensor/index.js";
import type { SourceDescription } from "./descriptions/define.js";

export interface SourceCard {
  readonly name: string;
  readonly title: string;
  readonly origin: string;
  readonly licence: string;
  /** SHA-256 of each file, by file name. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Part of an open file that holds pixels as memory would. Any thread of the process can read it by its descriptor. */
export interface PixelFile {
  /** Kept by everything that reads the file; without readers the descriptor is closed. */
  readonly file: { readonly descriptor: number };
  /** Where the first image begins, in bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Pictures that another thread is still decoding into the memory of their sets (arriving.ts). Plain data and shared memory. */
export interface Arriving {
  readonly control: Int32Array;
  /** 1 for each file, by its number (a set's `indices`), that is done with; of what turned out to be no picture, black stands there. */
  readonly isHere: Uint8Array;
}

/** Pictures of one split. `readPixels` (imageStore.ts) reads them, wherever they lie. */
export interface ImageSet {
  readonly count: number;
  /** [channel, height, width] */
  readonly shape: Shape;
  /**
   * [image, channel, height, width], 0 to 255: a view on a SharedArrayBuffer, so that data threads read it without a
   * copy, or a file where the memory is not to hold them.
   */
  readonly pixels: Uint8Array | PixelFile;
  /** The class of each image. */
  readonly labels?: Uint8Array | Uint16Array;
  /** By name, one number for each image: what is known of it beside its class. */
  readonly attributes?: Readonly<Record<string, Float32Array>>;
  /** Index of each image in the unsplit source: the key of its random draws. */
  readonly indices: Uint32Array;
  /** What each image belongs to, where images that belong together (of one person) must not be parted by a split. */
  readonly groups?: Uint32Array;
  /** Where not all of the pictures are there yet: reading waits for them. */
  readonly arriving?: Arriving;
}
export type SplitName = "train" | "validation" | "test";

/** What files a folder holds. */
export interface SourceFiles {
  /** By the pictures' `indices`; those that were left out have a name too. */
  readonly names: readonly string[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** Files that are no pictures by name and first bytes. */
  readonly others: readonly string[];
}

/** The decoding of the pictures of a source that was opened before that was done. */
export interface Arrivals {
  /** How long it was expected to take. */
  readonly expectedSeconds: number;
  /**
   * Begins to decode, once.
   * @param splits of the source, as much of them as is wanted
   * @param first files by number (a set's `indices`), in the order in which they are needed; all others follow
   */
  begin(splits: OpenSource["splits"], first: Iterable<number>): void;
  /**
   * How far it has come. Never waits.
   * @returns `unexpected`: a file turned out to be no picture, and the source must be opened anew
   * @throws InternalError where the thread has ended before it was done
   */
  look(): {
    readonly done: number;
    readonly of: number;
    /** Since it began. */
    readonly perSecond?: number;
    readonly isComplete: boolean;
    readonly unexpected?: { readonly name: string; readonly reason: string };
  };
  /** What a source has to say that was opened whole, when all pictures are there. */
  finish(): { readonly checksums: SourceCard["checksums"]; readonly notes: readonly string[] };
  /** Ends the decoding; what was decoded is kept for the next opening. Safe to call twice, and without `begin`. */
  close(): Promise<void>;
}

export interface OpenSource {
  readonly card: SourceCard;
  readonly classes?: readonly string[];
  readonly splits: Readonly<Partial<Record<SplitName, ImageSet>>> & {
    readonly train: ImageSet;
    readonly test: ImageSet;
  };
  /** Sentences about what was left out or chosen on the way: damaged files, classes without a test image. */
  readonly notes?: readonly string[];
  /** Where the pictures are files of a person's own. */
  readonly files?: SourceFiles;
  /** Where not all pictures are decoded yet (only where `OpenContext.early` allows it); the card has no checksums then. */
  readonly arrivals?: Arrivals;
}

/** How far an opening has come. */
export interface OpenProgress {
  readonly done: number;
  /** 0 where it is not known. */
  readonly of: number;
  readonly what: string;
  /** Of what is counted, since it began. */
  readonly perSecond?: number;
}

/** What opening a source tells while it works. */
export interface OpenContext {
  /** Called now and then by sources that take their time. */
  readonly progress?: (progress: OpenProgress) => void;
  /** Ends the opening with an AbortError. Not every source hears it. */
  readonly signal?: AbortSignal;
  /** The source may be handed out before its pictures are decoded, where that takes longer. Default: it is opened whole. */
  readonly early?: EarlyOpening | undefined;
}

export interface EarlyOpening {
  /** Where decoding is expected to take at least so many seconds. Default 3. */
  readonly fromSeconds?: number;
  /** The thread that decodes; another one is for tests. */
  readonly worker?: URL;
}

export interface Source<Name extends string = string> {
  readonly name: Name;
  readonly summary: string;
  /**
   * The shapes [channel, height, width] that its pictures may have, told by the options, a header or the first picture, and
   * none decoded: mostly one; two where colour may come later; none where it cannot be told.
   */
  look(): Promise<readonly Shape[]>;
  open(context?: OpenContext): Promise<OpenSource>;
}

/** How a source with options is opened, as the list of sources holds it; `readSource` fills the options in. */
export interface SourceKind<Name extends string = string, Options extends z.ZodObject = z.ZodObject>
  extends SourceDescription<Name, Options> {
  /** As `Source.look`. A `UserError` counts as what cannot be told. */
  look(options: z.output<Options>): Promise<readonly Shape[]>;
  open(options: z.output<Options>, context: OpenContext): Promise<OpenSource>;
  /** Where its data lies on this machine, or undefined where it is still to be had. Not for sources that need a path. */
  find?(): string | undefined;
  /** Fetches its data, so that it opens. @returns where it lies now */
  get?(context: OpenContext): Promise<string>;
}

export function defineSourceKind<const Name extends string, Options extends z.ZodObject>(
  kind: SourceKind<Name, Options>,
): SourceKind<Name, Options> {
  return kind;
}

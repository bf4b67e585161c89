// What a finding about a data set is, and what findings are made of.
import type { ImageSet, OpenSource, SourceFiles, SplitName } from "../define.js";

/** A picture by its split and its place in it. */
export interface PictureAt {
  readonly split: SplitName;
  readonly place: number;
}

/** What every picture of a split was seen to be; by place. */
export interface Looks {
  /** Lowest and highest value, 0 to 255. */
  readonly lowest: Uint8Array;
  readonly highest: Uint8Array;
  /** The widest range of values within one channel, 0 to 255. */
  readonly range: Uint8Array;
  /** 1 where the channels differ. */
  readonly isColoured: Uint8Array;
}

export interface InspectedSplit {
  readonly name: SplitName;
  readonly set: ImageSet;
  /** Absent after a quick inspection. */
  readonly looks?: Looks;
}

/** Pictures that are the same. */
export interface Copies {
  /** Pixel by pixel: groups of two or more. */
  readonly exact: readonly (readonly PictureAt[])[];
  /** Nearly; one picture stands for those that are the same exactly. Absent after a quick inspection. */
  readonly near?: readonly (readonly PictureAt[])[];
  /** Not all near ones could be found: so many are alike, or not all were looked at. */
  readonly isPartial: boolean;
}

/** What was seen of a data set. */
export interface Inspection {
  readonly source: OpenSource;
  readonly splits: readonly InspectedSplit[];
  readonly copies?: Copies;
  readonly files?: SourceFiles;
  /** [height, width] of the picture files, as far as their headers were read. */
  readonly sizes?: readonly (readonly [number, number])[];
  /** Only some of the pictures were asked for. */
  readonly isLimited: boolean;
}

/** 3: figures will mislead or much is lost; 2: worth mending; 1: good to know. */
export type Severity = 1 | 2 | 3;

export interface Finding {
  /** Of its kind: `trainInTest`. */
  readonly name: string;
  readonly severity: Severity;
  /** How much of the pictures it is about, 0 to 1. */
  readonly share: number;
  /** What was found and what it means, one sentence without a full stop. */
  readonly message: string;
  /** What to do. */
  readonly hint: string;
  /** Some of the pictures, groups of those that belong together. */
  readonly pictures: readonly (readonly PictureAt[])[];
}

export interface FindingKind {
  readonly name: string;
  /** What it looks for, in one sentence. */
  readonly summary: string;
  /** The source has said it already when it was opened. */
  readonly isSaidOnOpening?: true;
  find(inspection: Inspection): Omit<Finding, "name"> | undefined;
}

export function defineFinding(kind: FindingKind): FindingKind {
  return kind;
}

/** Pictures that a finding names and shows at most. */
export const mostShown = 12;

/** A picture for people: its file's name where it has one, else `test:17`. */
export function nameOf({ files, splits }: Pick<Inspection, "files" | "splits">, { split, place }: PictureAt): string {
  const index = splits.find(({ name }) => name === split)?.set.indices[place];
  return (index === undefined ? undefined : files?.names[index]) ?? `${split}:${place}`;
}

export function countOf({ splits }: Pick<Inspection, "splits">): number {
  return splits.reduce((sum, { set }) => sum + set.count, 0);
}

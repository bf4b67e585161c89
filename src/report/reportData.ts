// What a report tells of a run: plain JSON, made from a run folder by tasks, shown by the page of reports and served by the studio section by
// section. Types alone.
import type { PackedCodes } from "./page/map/packedCodes.js";
import type { UnitFacts } from "./page/map/units.js";

/** A part of a report: what it tells, or one sentence why it is not there. */
export type Section<Data> =
  | { readonly data: Data; readonly why?: undefined }
  | { readonly data: null; readonly why: string };

/** Many small pictures of one size in one picture, in reading order, without gaps. */
export interface PictureSheet {
  /** A data URI, or an address on the studio's server. */
  readonly url: string;
  readonly columns: number;
  readonly rows: number;
  /** Width and height of one picture in pixels. */
  readonly tile: readonly [width: number, height: number];
}

/** One picture of a sheet. */
export interface Tile {
  /** A name among `ReportData.sheets`. */
  readonly sheet: string;
  /** Its place in reading order, from 0. */
  readonly index: number;
}

/** What a number is: its name in records, its unit, one sentence, and which way is better. */
export interface FigureWords {
  readonly name: string;
  readonly unit: string;
  readonly summary: string;
  readonly better: "lower" | "higher" | "neither";
}

export interface ReportHead {
  /** The experiment's name. */
  readonly name: string;
  /** `a variational autoencoder`; absent where the experiment does not read. */
  readonly kind?: string;
  /** What such a model is, in one sentence. */
  readonly summary?: string;
  /** Where the training stands, for people: `trained to its end, 3 epochs`. */
  readonly state: string;
  readonly isFinished: boolean;
  /** Trained on part of the images for a first look. */
  readonly isQuick: boolean;
  /** What it came to, in one line beside what needs no training. */
  readonly result?: string;
  readonly objective?: ObjectiveWords;
}

/** The objective as a formula, and what stands in it. */
export interface ObjectiveWords {
  /** `mse(reconstruction, target)` */
  readonly formula: string;
  /** The loss within it, written out. */
  readonly loss: { readonly name: string; readonly formula: string; readonly unit: string };
  /** The objective first, then its parts, with their values on the test images after the last epoch. */
  readonly terms: readonly (FigureWords & { readonly test?: number; readonly train?: number })[];
  /** What each word and letter of the formula is. */
  readonly letters: readonly (readonly [letter: string, meaning: string])[];
}

/** Figures of several ways to make reconstructions, on the same images. */
export interface FiguresTable {
  /** Which images: `10,000 test images`. */
  readonly on: string;
  readonly columns: readonly FigureWords[];
  /** The model first. A value that is not defined is absent. */
  readonly rows: readonly {
    readonly name: string;
    readonly title: string;
    readonly meaning: string;
    readonly values: Readonly<Record<string, number>>;
  }[];
  /** Means by class; none where there are no classes. */
  readonly classes: readonly {
    readonly name: string;
    readonly images: number;
    readonly values: Readonly<Record<string, number>>;
  }[];
  /** Nats a pixel: no reconstruction has a lower bce. */
  readonly entropyFloor: number;
  readonly notes: readonly string[];
}

/** A figure over the epochs. */
export interface Curve extends FigureWords {
  /** One line each: `train`, `test` …; a point is [epoch, value]. */
  readonly lines: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
  /** What needs no training, and what nothing can be better than. */
  readonly references: readonly { readonly name: string; readonly value: number; readonly meaning: string }[];
}

export interface Curves {
  readonly curves: readonly Curve[];
  /** Of more than one phase: where each begins, in epochs. */
  readonly phases: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

/** The same images at each epoch that was kept. */
export interface Reconstructions {
  /** Which images: `the first 32 test images`. */
  readonly what: string;
  readonly count: number;
  /** A class for each image, where there are classes. */
  readonly labels?: readonly string[];
  /** The place of each in the test split, where they are not its first ones. */
  readonly images?: readonly number[];
  readonly originals: string;
  /** What the model was given, where something corrupts it. */
  readonly inputs?: string;
  /** Sheets in the epochs' order; at least one. */
  readonly epochs: readonly { readonly epoch: number; readonly sheet: string }[];
  /** What was left out, and why. */
  readonly note?: string;
}

/** An image, what the model made of it, and what it is near to. */
export interface JudgedImage {
  /** Its place in the split. */
  readonly image: number;
  readonly class?: string;
  readonly mse: number;
  readonly original: Tile;
  readonly input?: Tile;
  readonly reconstruction: Tile;
  /** Reconstruction less original: blue too dark, orange too bright, the ground shows where they are alike. */
  readonly difference: Tile;
  /** The training picture that is nearest to the reconstruction. */
  readonly nearest?: Tile;
  readonly nearestImage?: number;
  /** Mean squared difference of the reconstruction to it: below `mse` it is nearer to that than to what it was made of. */
  readonly nearestMse?: number;
  readonly nearestClass?: string;
  /** Its code, or the beginning of it, rounded. */
  readonly code: readonly number[];
}

export interface Extremes {
  readonly on: string;
  /** Among which training images the nearest were looked for. */
  readonly neighbours: string;
  readonly worst: readonly JudgedImage[];
  readonly median: readonly JudgedImage[];
  readonly best: readonly JudgedImage[];
  /** By class: the worst, the median and the best image of it. */
  readonly classes: readonly {
    readonly name: string;
    readonly worst: JudgedImage;
    readonly median: JudgedImage;
    readonly best: JudgedImage;
  }[];
  /** Numbers in a code. */
  readonly codeSize: number;
  /** Units' mean and standard deviation, for the colours of codes. */
  readonly codeScale: number;
}

export interface NetworkLayer {
  readonly number: number;
  readonly title: string;
  /** `encoder`, `decoder`, or a head's name. */
  readonly part: string;
  /** [channel, height, width], or [unit]. */
  readonly shape: readonly number[];
  readonly parameters: number;
  readonly trainable: number;
  /** Its part of all multiplications and additions, 0 to 1, by shapes and parameters. */
  readonly arithmetic: number;
  /** Its part of a training step's time, 0 to 1, where the run has kept one. */
  readonly time?: number;
}

export interface Network {
  readonly input: readonly number[];
  readonly code: readonly number[];
  readonly layers: readonly NetworkLayer[];
  readonly parameters: number;
  readonly trainable: number;
  readonly hasDecoder: boolean;
  /** What was measured, or how that is done. */
  readonly note: string;
}

export interface CodeMap {
  readonly title: string;
  readonly axes: readonly [string, string];
  /** [x, y] each, rounded to three digits. */
  readonly points: readonly (readonly [number, number])[];
  /** A place among `classes` for each point. */
  readonly labels?: readonly number[];
  readonly classes: readonly string[];
  /** Mean squared error of each point's reconstruction. */
  readonly errors?: readonly number[];
  /** Place of each point's picture in its split. */
  readonly images: readonly number[];
  /** Pictures in the points' order. */
  readonly sheet: string;
  /** The way back: a place (x, y) is the code mean + x·first + y·second. [mean, first, second] of float32 in base64. */
  readonly plane: string;
  /** The points' codes, for other planes and for what is drawn from them; absent where a file has no room for them. */
  readonly codes?: PackedCodes;
  readonly command: string;
}

export interface UnitCard {
  /** From 0. */
  readonly unit: number;
  readonly mean: number;
  readonly standardDeviation: number;
  /** Nats an image; of a variational model. */
  readonly kl?: number;
  readonly isDead: boolean;
  readonly histogram: { readonly from: number; readonly to: number; readonly counts: readonly number[] };
  /** The pictures with its lowest and with its highest values. */
  readonly lowest: readonly Tile[];
  readonly highest: readonly Tile[];
  /** What the decoder makes of the mean code as the unit goes through `values`. */
  readonly traversal?: readonly Tile[];
}

export interface Units {
  /** Which codes: `codes of 1,000 test images`. */
  readonly on: string;
  readonly units: number;
  readonly dead: number;
  /** How cards are ordered. */
  readonly order: string;
  /** As many as are shown, the first in order first. */
  readonly cards: readonly UnitCard[];
  /** Steps of the traversals in standard deviations. */
  readonly steps: readonly number[];
}

export interface Walks {
  readonly steps: number;
  readonly walks: readonly {
    readonly kind: string;
    readonly from: string;
    readonly to: string;
    readonly tiles: readonly Tile[];
  }[];
  /** The originals that each walk begins and ends with. */
  readonly ends: readonly (readonly [Tile, Tile])[];
  /** The codes of those, one after the other: float32 in base64. */
  readonly stops: readonly string[];
}

export interface Samples {
  /** How codes were drawn. */
  readonly sampler: "prior" | "gaussian";
  readonly from: string;
  readonly seed: number;
  readonly tiles: readonly Tile[];
}

export interface Confusion {
  readonly title: string;
  readonly on: string;
  readonly accuracy: number;
  readonly standardError: number;
  readonly classes: readonly string[];
  /** [true class][found class] */
  readonly counts: readonly (readonly number[])[];
  /** [true class][found class]: one picture of each cell that has any. */
  readonly pictures: readonly (readonly (Tile | null)[])[];
}

/** Test images of classes that the model has not learned, among the others. */
export interface Anomalies {
  readonly on: string;
  /** Names of the classes that are normal, and how that is known. */
  readonly normal: readonly string[];
  readonly because: string;
  /** Whether images were corrupted before they were scored. */
  readonly isCorrupted: boolean;
  /** Mean squared error of each image; higher is stranger. */
  readonly scores: readonly number[];
  /** Of each image 0 or 1. */
  readonly isAnomalous: readonly number[];
  /** Place of each in the test split. */
  readonly images: readonly number[];
  /** To begin with. */
  readonly threshold: number;
}

/** Differs from run to run of the same experiment; nothing of it stands in another section. */
export interface Timing {
  /** ISO 8601; from the run. */
  readonly started?: string;
  readonly seconds: number;
  readonly evaluationSeconds: number;
  readonly dataWaitSeconds: number;
  readonly imagesPerSecond: number;
  readonly peakBytes: number;
  readonly epochs: readonly {
    readonly epoch: number;
    readonly seconds: number;
    readonly evaluationSeconds: number;
    readonly imagesPerSecond: number;
  }[];
}

export interface DataPage {
  readonly name: string;
  readonly title: string;
  readonly origin: string;
  readonly licence: string;
  readonly shape: readonly number[];
  readonly splits: readonly { readonly name: string; readonly images: number }[];
  /** With the number of its images in each split, in the splits' order, and examples of the training split. */
  readonly classes: readonly {
    readonly name: string;
    readonly counts: readonly number[];
    readonly examples: readonly Tile[];
  }[];
  /** Examples where there are no classes. */
  readonly examples: readonly Tile[];
  /** Among which pictures near copies were looked for. */
  readonly near: string;
  readonly findings: readonly DataFindingWords[];
  readonly notes: readonly string[];
}

export interface DataFindingWords {
  readonly name: string;
  /** 3: figures will mislead or much is lost; 2: worth mending; 1: good to know. */
  readonly severity: 1 | 2 | 3;
  readonly message: string;
  readonly hint: string;
  /** Groups of pictures that belong together, with their names. */
  readonly pictures: readonly (readonly { readonly name: string; readonly tile: Tile }[])[];
}

export interface HealthNote {
  readonly epoch?: number;
  readonly step?: number;
  readonly kind: string;
  readonly message: string;
  readonly hint?: string;
  /** A layer's name. */
  readonly place?: string;
}

export interface Again {
  /** The experiment, every setting written down. */
  readonly yaml: string;
  readonly commands: readonly (readonly [command: string, what: string])[];
}

export interface VersionsOfRun {
  /** What computed the run, in the order of reading. */
  readonly rows: readonly (readonly [name: string, value: string])[];
  /** SHA-256 by file. */
  readonly checksums: readonly (readonly [file: string, sha256: string])[];
}

/** What makes pictures of codes inside a page. */
export interface DecoderInPage {
  /** What `packModel` made (page/decoder), base64: `openPacked` reads it. */
  readonly weights: string;
  readonly bytes: number;
  readonly codeShape: readonly number[];
  readonly pictureShape: readonly number[];
  /** [unit]: the mean of the codes that the units' cards are made of. */
  readonly mean: readonly number[];
  /** Of the codes that the units' cards are made of, in the cards' order: as many as have a slider. */
  readonly units: readonly UnitFacts[];
  /** Codes to begin with, [unit] each, and their pictures. */
  readonly starts: readonly { readonly name: string; readonly code: readonly number[]; readonly tile: Tile }[];
}

/** Another run beside the report's own. */
export interface ComparedRunData {
  readonly label: string;
  readonly epochs: number;
  readonly parameters: number;
  readonly codeSize: number;
  readonly test: Readonly<Record<string, number>>;
  /** The same first test images. */
  readonly sheet?: string;
  readonly why?: string;
}

export interface ComparisonData {
  /** The report's own first. */
  readonly runs: readonly ComparedRunData[];
  readonly originals?: string;
  /** Images in each sheet. */
  readonly count: number;
  /** Figures that all runs have, each with one line for a run. */
  readonly curves: readonly Curve[];
  /** Settings that differ, a value for each run. */
  readonly settings: readonly { readonly path: string; readonly values: readonly string[] }[];
  /** The other runs' experiments against the own one, changed lines and those around them: `+`, `-` or a space before each. */
  readonly lines: readonly { readonly label: string; readonly lines: readonly string[] }[];
  readonly notes: readonly string[];
}

export interface ReportData {
  readonly format: 1;
  readonly head: ReportHead;
  readonly comparison: Section<ComparisonData>;
  readonly figures: Section<FiguresTable>;
  readonly curves: Section<Curves>;
  readonly reconstructions: Section<Reconstructions>;
  readonly extremes: Section<Extremes>;
  readonly network: Section<Network>;
  readonly map: Section<CodeMap>;
  readonly units: Section<Units>;
  readonly walks: Section<Walks>;
  readonly samples: Section<Samples>;
  readonly confusion: Section<Confusion>;
  readonly anomalies: Section<Anomalies>;
  readonly timing: Section<Timing>;
  readonly pictures: Section<DataPage>;
  readonly health: Section<readonly HealthNote[]>;
  readonly interventions: Section<readonly string[]>;
  readonly again: Section<Again>;
  readonly versions: Section<VersionsOfRun>;
  readonly decoder: Section<DecoderInPage>;
  /** By name; tiles refer to them. */
  readonly sheets: Readonly<Record<string, PictureSheet>>;
}

/** Names of the sections. */
export type SectionName = {
  readonly [Name in keyof ReportData]: ReportData[Name] extends Section<unknown> ? Name : never;
}[keyof ReportData];

// What the studio's page and its server say to each other: addresses, bodies, events. Pure, so that both read the same file.
// Everything is JSON unless it says pack or picture. A refusal has the body { error: { message, at?, hint? } }.
import type { PictureSheet, ReportData, SectionName } from "../report/reportData.js";
import type { EnvironmentRecord, EpochRecord, Figures, Intervention, TimingRecord } from "../runs/records.js";

export type { EnvironmentRecord, EpochRecord, Figures, Intervention, TimingRecord } from "../runs/records.js";

/** The body of every answer that is not 2xx, but for what the guard at the door refuses without one (403 by Host). */
export interface ApiError {
  readonly error: { readonly message: string; readonly at?: string; readonly hint?: string };
}

/**
 * A run's name in addresses: twelve hexadecimal digits made of its folder's path below the root. The same after a restart, so that
 * it may stand in a page's address; it is looked up in the server's index and never made a path.
 */
export type RunId = string;
export type JobId = string;
/** A picture's name within a run: `latest`, `e000012`, `original`, `input`, or `p` with hexadecimal digits. */
export type PictureId = string;

// ── Addresses ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** First parts of the page's own addresses: the server answers each of `/`, `/runs`, `/run/ID/…` with the same page. */
export const pageNames = ["runs", "run", "compare", "new", "queue", "data", "models", "help"] as const;

/** Every address that a page asks. Ids are put in as they are: they hold letters, digits, `-` and `_` alone. */
export const paths = {
  health: "/healthz",
  studio: "/api/studio",
  events: (filter: EventFilter = {}): string =>
    `/api/events${query({ runs: filter.runs?.length ? filter.runs.join(",") : undefined })}`,

  runs: "/api/runs",
  settings: "/api/settings",
  run: (run: RunId): string => `/api/runs/${run}`,
  experiment: (run: RunId): string => `/api/runs/${run}/experiment`,
  records: (run: RunId, range: RecordRange = {}): string => `/api/runs/${run}/records${query({ ...range })}`,
  pictures: (run: RunId): string => `/api/runs/${run}/pictures`,
  picture: (run: RunId, picture: PictureId, version?: string): string =>
    `/api/runs/${run}/pictures/${picture}${query({ v: version })}`,
  notes: (run: RunId): string => `/api/runs/${run}/notes`,
  command: (run: RunId): string => `/api/runs/${run}/command`,
  report: (run: RunId, section: ReportSectionName): string => `/api/runs/${run}/report/${section}`,
  reportPage: (run: RunId): string => `/api/runs/${run}/report.html`,
  decode: (run: RunId): string => `/api/runs/${run}/decode`,
  encode: (run: RunId): string => `/api/runs/${run}/encode`,
  images: (run: RunId): string => `/api/runs/${run}/images`,
  restore: (run: RunId): string => `/api/runs/${run}/restore`,
  selection: (run: RunId): string => `/api/runs/${run}/selection`,

  jobs: "/api/jobs",
  job: (job: JobId): string => `/api/jobs/${job}`,
  moveJob: (job: JobId): string => `/api/jobs/${job}/move`,
  result: (job: JobId): string => `/api/jobs/${job}/result`,
  resultFile: (job: JobId, file: number): string => `/api/jobs/${job}/files/${file}`,

  uploads: "/api/uploads",
  presets: "/api/presets",
  schema: "/api/schema",
  collections: "/api/collections",
  validate: "/api/validate",
} as const;

function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const parts = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

// ── The studio ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** GET health. */
export interface Health {
  readonly ok: true;
}

/** The `rootProblem` that is none: an empty start, said calmly. */
export const noFolderYet = "there is no such folder yet; it appears with the first training";

/** GET studio: what stands at the top of every page. */
export interface StudioInfo {
  /** Of this package. */
  readonly version: string;
  /** The folder that is shown, absolute. */
  readonly root: string;
  /** A sentence where the folder can't be read or is not there yet; it is looked for again all the time. */
  readonly rootProblem?: string;
  /** Of this start of the server: another one means that everything is to be asked anew. */
  readonly start: string;
  readonly processors: number;
  readonly memoryBytes: number;
  /** Whether others than this machine may reach the server. */
  readonly isOpenToOthers: boolean;
  readonly limits: Limits;
}

export interface Limits {
  /** Of a JSON or pack body. */
  readonly bodyBytes: number;
  /** Of an uploaded picture. */
  readonly uploadBytes: number;
  readonly uploadPixels: number;
  /** Trainings at once; others wait in the queue. */
  readonly trainingsAtOnce: number;
  readonly jobsWaiting: number;
}

// ── Runs ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * `training`: a process has it now. `paused`: by a command. `stopped`: saved and to be gone on with, or its process has ended.
 * `done`: nothing is left. `new`: the folder is there, nothing is finished yet and nobody trains. `damaged`: see `problem`.
 */
export type RunState = "training" | "paused" | "stopped" | "done" | "new" | "damaged";

/** A row of the table. */
export interface RunRow {
  readonly id: RunId;
  /** The folder's path below the root, with forward slashes. */
  readonly folder: string;
  /** The experiment's name, as the folder's name says it until the experiment is read. */
  readonly name: string;
  readonly state: RunState;
  /** Whether this studio trains it (commands take effect at the next step) or another process does (through its folder). */
  readonly trainedBy?: "studio" | "other";
  /** What is wrong with the folder, each in a sentence. A damaged run may have figures all the same. */
  readonly problems?: readonly string[];
  /** ISO 8601, from environment.json; null where that can't be read. */
  readonly started: string | null;
  /** Milliseconds of the newest of its logs, by the file system's clock. */
  readonly changed: number;
  /** Finished epochs. */
  readonly epochs: number;
  /** Epochs in all: what the experiment says, or what a later wish has set (`--minutes`); of a run that is done, what it had. */
  readonly epochsInAll?: number;
  readonly step: number;
  readonly engine?: string;
  readonly data?: string;
  /** Seconds trained, the sum of timing.jsonl; absent until that was read. */
  readonly seconds?: number;
  /** Of the last finished epoch. */
  readonly test?: Figures;
  readonly train?: Figures;
  /** By name, the lowest test figure, which was picked by looking at the test split. */
  readonly lowest?: Figures;
  /** Health notes so far. */
  readonly health?: number;
  /** Version of the newest picture (`paths.picture(id, "latest", preview)`), where there is one. */
  readonly preview?: string;
  readonly notes?: RunNotes;
}

/** What people write beside a run: notes.json in its folder. Words from outside: shown as text only. */
export interface RunNotes {
  readonly note?: string;
  readonly tags?: readonly string[];
  readonly star?: boolean;
  /** One of the palette's, from 0. */
  readonly colour?: number;
}

/** GET runs: all of them, newest first. PUT notes takes RunNotes and answers the row. */
export interface RunTable {
  readonly start: string;
  /** Events after this one are news to who has this table. */
  readonly lastEvent: string;
  /** While the folder is being read for the first time: how many are still to come (as `run` events). */
  readonly pending: number;
  readonly runs: readonly RunRow[];
}

/** GET settings: what experiments say, each text written once, for the columns that differ and the difference of two. */
export interface SettingsTable {
  /** Runs whose experiment is not read yet. */
  readonly pending: number;
  /** `phases.0.batchSize`. */
  readonly paths: readonly string[];
  readonly values: readonly (string | number | boolean | null)[];
  /** Different experiments: pairs of places in `paths` and `values`. */
  readonly experiments: readonly (readonly number[])[];
  /** Place in `experiments` of each run; a run whose experiment can't be read is not there. */
  readonly runs: Readonly<Record<RunId, number>>;
}

/** GET run. */
export interface RunDetail {
  readonly row: RunRow;
  /** summary.txt; null where it is missing. */
  readonly summary: string | null;
  readonly environment: EnvironmentRecord | null;
  readonly interventions: readonly Intervention[];
  readonly health: readonly HealthRecord[];
  /** Lines of metrics.jsonl; ask for them by range. */
  readonly records: number;
  /** The training as this studio hears it, where it trains the run. */
  readonly live?: LiveTraining;
  /** Files of the folder exports. */
  readonly exports: readonly { readonly name: string; readonly bytes: number; readonly picture: PictureId }[];
}

/** GET experiment: experiment.yaml as it is. */
export interface ExperimentText {
  readonly text: string;
}

/** A line of health.jsonl. */
export interface HealthRecord {
  readonly epoch: number;
  readonly step: number;
  readonly kind: string;
  readonly message: string;
  readonly hint?: string;
  readonly place?: string;
}

/** Lines of the logs from `from` (0 is the first) to before `to`; at most `points` of them, evenly thinned, first and last always. */
export interface RecordRange {
  readonly from?: number;
  readonly to?: number;
  readonly points?: number;
}

/** GET records. */
export interface RunRecords {
  /** Lines in the log in all. */
  readonly count: number;
  /** Places of the lines that follow, as thinned. */
  readonly places: readonly number[];
  readonly records: readonly EpochRecord[];
  /** By epoch; an epoch may lack it. */
  readonly timing: readonly TimingRecord[];
  /** What could not be read, in a sentence each. */
  readonly problems: readonly string[];
}

/** GET pictures. */
export interface RunPictures {
  /** images/epochs: the same test images at every kept epoch. Null where the run has none. */
  readonly epochs: EpochPictures | null;
  /** Everything else in images/ that is a picture of pixels (png, webp, gif, jpg) or a drawing (svg, as a download). */
  readonly files: readonly {
    readonly id: PictureId;
    readonly name: string;
    readonly bytes: number;
    readonly version: string;
    readonly isShown: boolean;
  }[];
}

/** images/epochs/index.json. The sheet of epoch 12 is the picture `e000012`; others are `original` and `input`. */
export interface EpochPictures {
  readonly shape: readonly number[];
  readonly columns: number;
  readonly count: number;
  readonly epochs: readonly number[];
  readonly every?: number;
  readonly labels?: readonly string[];
  /** The place of each in the test split; where it is absent they are its first ones. */
  readonly images?: readonly number[];
  readonly hasInput: boolean;
}

// ── A run's report ─────────────────────────────────────────────────────────────────────────────────────────────────────
// Made by a process when a section or the page is first asked for, which takes some seconds; all sections and the page come of one
// making, and are kept until a file of the run changes. Of a run that is being trained, at most every 20 seconds anew.

/** Names of `ReportData`'s parts that are served. A run without something has the section all the same, with the reason. */
export type ReportSectionName = SectionName | "head";

const sectionNames: { readonly [Name in ReportSectionName]: true } = {
  ...{ head: true, comparison: true, figures: true, curves: true, reconstructions: true, extremes: true },
  ...{
    network: true,
    map: true,
    units: true,
    walks: true,
    samples: true,
    confusion: true,
    anomalies: true,
    timing: true,
  },
  ...{ pictures: true, health: true, interventions: true, again: true, versions: true, decoder: true },
};
export const reportSectionNames = Object.keys(sectionNames) as readonly ReportSectionName[];

/**
 * GET report: a section of the report as it is in `ReportData`, and those sheets of pictures that it names. 404 for a name that is
 * none; 409 with a sentence where it can't be made.
 */
export interface ReportSection<Name extends ReportSectionName> {
  readonly section: Name;
  /** ISO 8601, by the server's clock: when it was gathered. */
  readonly made: string;
  readonly content: ReportData[Name];
  readonly sheets: Readonly<Record<string, PictureSheet>>;
}

/**
 * GET reportPage: report.html of the run as it is now, to be opened in a window of its own or saved by a link with `download`. It has
 * its own policy: no network, no origin, its own script alone. In a frame it does not open.
 */

// ── Commands to a training ─────────────────────────────────────────────────────────────────────────────────────────────

/** POST command. One that another process trains is told through its folder. Answers `Told`, 409 where it refuses. */
export type RunCommand =
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "stop" }
  | { readonly kind: "setLearningRate"; readonly learningRate: number };

export interface Told {
  /** `thread`: at the next step. `folder`: when the other process looks into the folder. */
  readonly by: "thread" | "folder";
  /** Through the folder: when it was heard, ISO 8601. Absent where nothing was answered within some seconds, as in a long step. */
  readonly heard?: string;
}

/** A training that this studio drives: what its last events said. */
export interface LiveTraining {
  readonly job: JobId;
  readonly isPaused: boolean;
  readonly formula?: string;
  readonly engine?: { readonly name: string; readonly library: string; readonly threads: number };
  readonly parameters?: number;
  readonly step?: LiveStep;
}

export interface LiveStep {
  readonly phase: number;
  readonly epoch: number;
  readonly stepInEpoch: number;
  readonly stepsPerEpoch: number;
  readonly step: number;
  readonly learningRate: number;
  /** Running mean of the objective over the epoch so far. */
  readonly objective: number;
  readonly imagesPerSecond: number;
  /** Of the whole training. */
  readonly secondsLeft: number;
}

// ── Jobs: trainings and tasks ──────────────────────────────────────────────────────────────────────────────────────────

/** POST jobs. */
export interface JobRequest {
  /** Made by the page, letters, digits and `-`: the same again, as by a double click, gives the same job and starts nothing. */
  readonly request: string;
  readonly work: JobWork;
}

export type JobWork =
  /** A training of a YAML text, or of a preset by its name. `changes` are as `--set`: `phases.0.batchSize=128`. */
  | {
      readonly kind: "train";
      readonly experiment: { readonly text: string } | { readonly preset: string } | { readonly run: RunId };
      readonly changes?: readonly string[];
      readonly epochs?: number;
      readonly minutes?: number;
      readonly seed?: number;
      readonly data?: string;
      readonly engine?: string;
      readonly threads?: number;
      readonly quick?: boolean;
    }
  /** Goes on with a run that was stopped. */
  | { readonly kind: "resume"; readonly run: RunId }
  /** Some hundred steps at rising rates. The result is a LearningRateFound. */
  | {
      readonly kind: "findLearningRate";
      readonly experiment: { readonly text: string } | { readonly preset: string } | { readonly run: RunId };
    }
  /** A task of the command with its options by name, but for `run`, which is this one, and names of files, which are the studio's own. */
  | { readonly kind: "task"; readonly task: TaskName; readonly run: RunId; readonly options?: TaskOptions }
  /** Several runs side by side. */
  | { readonly kind: "compare"; readonly runs: readonly RunId[] }
  /** Codes as points: the result is a pack, see `MapHead`. */
  | { readonly kind: "map"; readonly run: RunId; readonly options: MapOptions };

/**
 * Tasks that a page may ask for. Their options are those of the command (`isthmus NAME --help`) as far as they name no files, sources
 * or programs (server/taskOptions.ts has the list), and so is their result. Options that name pictures (`stops` of walk, `images` of
 * score, `pictures` of find) take uploads. Search with a picture of one's own: upload it, then `paths.encode` with it gives its code
 * and reconstruction, `find` with `pictures: [upload]` its neighbours in the run's data, `score` with `images: [upload]` its score.
 */
export const taskNames = ["evaluate", "probe", "walk", "sample", "score", "find", "export"] as const;
export type TaskName = (typeof taskNames)[number];
export type TaskOptions = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface MapOptions {
  readonly method: "pca" | "umap" | "units";
  /** Of `units`: which two, from 0. */
  readonly units?: readonly [number, number];
  readonly on: "train" | "test";
  /** At most so many pictures, drawn by the seed; all where it is absent. */
  readonly count?: number;
  readonly neighbours?: number;
  readonly minimumDistance?: number;
  readonly seed?: number;
}

export interface Job {
  readonly id: JobId;
  readonly request: string;
  readonly work: JobWork;
  /** What it is, for people: `train mnist-conv`. */
  readonly title: string;
  /** `waiting` for others; `lost`: its process ended without a word, see `error`. */
  readonly state: "waiting" | "running" | "done" | "failed" | "cancelled" | "lost";
  /** ISO 8601. */
  readonly asked: string;
  readonly began?: string;
  readonly ended?: string;
  /** Of a training, once its folder is there; of a task, the run it is about. */
  readonly run?: RunId;
  readonly progress?: { readonly done: number; readonly of: number; readonly what: string };
  /** Sentences: what was chosen on the way, warnings. The newest hundred. */
  readonly notes: readonly string[];
  readonly error?: ApiError["error"];
  /** Whether `paths.result` has something, and what. */
  readonly result?: "json" | "pack";
  /** Files of the result, asked for by their place here: pictures are shown, everything else is a download. */
  readonly files?: readonly { readonly name: string; readonly bytes: number }[];
}

/** GET jobs: running first, then waiting in their order, then the newest hundred that ended. */
export interface JobList {
  readonly jobs: readonly Job[];
}

/** POST moveJob: to before another that waits, or to the end. Answers the JobList. DELETE job cancels (a training saves first). */
export interface JobMove {
  readonly before: JobId | null;
}

export interface LearningRateFound {
  readonly steepest?: number;
  readonly tenthOfLowest?: number;
  readonly steps: number;
  readonly flag?: string;
  /** A point for each step: its rate, its loss as it was, and smoothed. */
  readonly curve: readonly { readonly learningRate: number; readonly loss: number; readonly smoothed: number }[];
}

// ── A run's model, used ────────────────────────────────────────────────────────────────────────────────────────────────
// Answers come within a few tens of milliseconds once the model is open, which takes a second; two are kept open.

/** POST decode: a pack `codes` [n, code] float32, n ≤ 256. Answers a pack with `pixels` [n, c, h, w] float32 in [0, 1]. */
export interface DecodeHead {
  readonly codeSize: number;
  /** Of uploaded pictures alone: how each was made ready for the model, as `restore` does it. */
  readonly ready?: readonly MadeReady[];
}

export interface MadeReady {
  /** 1 where it is grey, 3 in colour. */
  readonly channels: number;
  /** How it took the model's shape: its middle, the whole with black around, or stretched. */
  readonly fit: "cover" | "contain" | "stretch";
  /** What it looks like that the training's pictures do not: dark on light, or the other way. */
  readonly contrary?: string;
}

/** POST encode: which pictures. Answers a pack with `codes` [n, code], `pixels` (what the model saw) and `restored`, both [n, c, h, w]. */
export interface EncodeRequest {
  readonly pictures: PictureChoice;
  /** Turns light and dark of uploaded pictures around first. */
  readonly invert?: boolean;
}

/** Images of the run's data by their places, or uploaded ones. At most 256. */
export type PictureChoice =
  | { readonly on: "train" | "test"; readonly places: readonly number[] }
  | { readonly uploads: readonly string[] };

/** POST images: pictures of the run's data. Answers a pack with `pixels` uint8 [n, c, h, w] and, where there are classes, `labels` int32 [n]. */
export interface ImagesHead {
  readonly shape: readonly number[];
  readonly classes: readonly string[];
  /** Images in the split. */
  readonly count: number;
}

/** POST restore: corrupt, then restore. Answers a pack with `pixels`, `corrupted`, `restored` [n, c, h, w] and RestoreHead. */
export interface RestoreRequest {
  readonly pictures: PictureChoice;
  /** As in an experiment: `gaussianNoise: 0.3`. */
  readonly corrupt: readonly string[];
  readonly seed?: number;
}
export interface RestoreHead {
  /** By picture, against the uncorrupted: of what was given and of what came out. Decibels. */
  readonly psnr: readonly { readonly corrupted: number; readonly restored: number }[];
}

/**
 * POST selection: images of the run's data, as by a lasso on the map, in a file to take along. Answers the file with its name and its
 * length: a table (split, image, class, mse, code), or a ZIP file of their pictures with that table. 409 where they are too many for it.
 */
export interface SelectionRequest {
  readonly on: "train" | "test";
  /** Places in the split, at most 100,000; in the file in this order, each once. */
  readonly places: readonly number[];
  readonly as: "csv" | "pictures";
}
/** Pictures in one file, if they are small: photographs are fewer. */
export const mostSelectedPictures = 20_000;

/** POST uploads: the bytes of a picture (PNG, JPEG, WebP or GIF: 415 for others) as application/octet-stream. Kept until the server ends; the newest 64. */
export interface Uploaded {
  readonly upload: string;
  readonly width: number;
  readonly height: number;
}

/** The head of a map's pack. Its arrays: `points` float32 [n, 2], `images` uint32 [n] (places in the split), `labels` int32 [n] where
 * there are classes, `errors` float32 [n] (mean squared error of each picture), `codes` float32 [n, code] where they are at most 64 MB. */
export interface MapHead {
  readonly method: MapOptions["method"];
  readonly on: "train" | "test";
  readonly count: number;
  readonly codeSize: number;
  readonly shape: readonly number[];
  readonly classes: readonly string[];
  /** Of PCA: parts of the codes' variance along each axis. */
  readonly shares?: readonly [number, number];
  /**
   * Of a plane that points map back from (pca, units): code of a place (x, y) is origin + x·right + y·up. Arrays `origin`, `right`,
   * `up` float32 [code].
   */
  readonly hasPlane: boolean;
  /** Files of the job with pictures of the points, in their order: `columns` by `rows` tiles of the images' own size each. */
  readonly sheets: readonly {
    readonly file: number;
    readonly first: number;
    readonly count: number;
    readonly columns: number;
  }[];
}

// ── Experiments ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** GET presets. */
export interface PresetList {
  readonly presets: readonly { readonly name: string; readonly summary: string; readonly text: string }[];
}

/** GET schema answers the JSON Schema of experiment files. GET collections: */
export type Collections = Readonly<
  Record<string, readonly { readonly name: string; readonly summary: string; readonly options?: unknown }[]>
>;

/** POST validate. */
export interface ValidateRequest {
  readonly text: string;
}
export interface Validated {
  /** None where the text is an experiment that can be trained. */
  readonly problems: readonly {
    readonly message: string;
    readonly hint?: string;
    /** Path into the file: `model.encoder.2.conv2d`. */
    readonly at?: string;
    /** From 1; 1 where it is not known. */
    readonly line: number;
    readonly column: number;
    /** End of what is underlined. */
    readonly endLine: number;
    readonly endColumn: number;
  }[];
  readonly name?: string;
  /** The layer table. */
  readonly summary?: string;
  readonly parameters?: number;
  readonly codeSize?: number;
}

// ── Events ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface EventFilter {
  /** Runs whose steps and epochs are wanted. What concerns the table and the jobs comes always. */
  readonly runs?: readonly RunId[];
}

/**
 * GET events: a text/event-stream. Each message is of the default type; its data is one StudioEvent, its id goes back as
 * Last-Event-ID by itself. Who comes back too late, or to another start of the server, gets `reset` first: ask everything anew.
 * A comment comes every 15 seconds; who hears nothing for 40 has lost the connection.
 */
export type StudioEvent =
  /** First in every stream. */
  | { readonly kind: "hello"; readonly start: string }
  | { readonly kind: "reset" }
  | {
      readonly kind: "runs";
      readonly rows: readonly RunRow[];
      readonly removed: readonly RunId[];
      readonly pending: number;
    }
  | { readonly kind: "root"; readonly rootProblem?: string }
  | { readonly kind: "job"; readonly job: Job }
  | { readonly kind: "jobs"; readonly order: readonly JobId[] }
  /** Of a run that was asked for. Records have their places, so that a gap shows: ask for the range that is missing. */
  | {
      readonly kind: "records";
      readonly run: RunId;
      /** Place of the first of these lines in metrics.jsonl. */
      readonly from: number;
      readonly records: readonly EpochRecord[];
      readonly timing: readonly TimingRecord[];
    }
  | { readonly kind: "step"; readonly run: RunId; readonly live: LiveTraining }
  | {
      readonly kind: "preview";
      readonly run: RunId;
      readonly epoch: number;
      readonly picture: PictureId;
      readonly version: string;
    }
  /** `place`: among the run's, from 0, so that a gap shows. */
  | { readonly kind: "health"; readonly run: RunId; readonly place: number; readonly record: HealthRecord }
  | { readonly kind: "intervened"; readonly run: RunId; readonly place: number; readonly intervention: Intervention };

// ── Packs: several arrays in one body ──────────────────────────────────────────────────────────────────────────────────
// Four bytes: the head's length in bytes, little-endian. The head: JSON { arrays: [{ name, type, shape, offset }], … }, padded with
// spaces to a multiple of 8. Then the arrays, little-endian, each at its offset from the end of the head.

export const packType = "application/x-isthmus-pack";

export type PackArray =
  | Float32Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;
const packKinds = { float32: Float32Array, int32: Int32Array, uint32: Uint32Array, uint8: Uint8Array } as const;
type PackKind = keyof typeof packKinds;

interface PackEntry {
  readonly name: string;
  readonly type: PackKind;
  readonly shape: readonly number[];
  readonly offset: number;
}

export interface Packed<Head> {
  readonly head: Head;
  readonly arrays: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: PackArray }>>;
}

/** Where a multiple of 8 begins. */
const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export function writePack(
  head: object,
  arrays: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: ArrayBufferView }>>,
): Uint8Array<ArrayBuffer> {
  let offset = 0;
  const entries = Object.entries(arrays).map(([name, { shape, values }]) => {
    const entry: PackEntry = { name, type: kindOf(values), shape, offset };
    offset = aligned(offset + values.byteLength);
    return { entry, values };
  });
  const text = JSON.stringify({ ...head, arrays: entries.map(({ entry }) => entry) });
  let bytes = new TextEncoder().encode(text);
  const start = aligned(4 + bytes.length);
  if (start > 4 + bytes.length) bytes = new TextEncoder().encode(text + " ".repeat(start - 4 - bytes.length));
  const pack = new Uint8Array(start + offset);
  new DataView(pack.buffer).setUint32(0, bytes.length, true);
  pack.set(bytes, 4);
  for (const { entry, values } of entries) {
    pack.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start + entry.offset);
  }
  return pack;
}

function kindOf(values: ArrayBufferView): PackKind {
  if (values instanceof Float32Array) return "float32";
  if (values instanceof Int32Array) return "int32";
  if (values instanceof Uint32Array) return "uint32";
  return "uint8";
}

/** @throws RangeError for what is no pack: a wrong length, an unknown type, an array that does not lie within it */
export function readPack<Head = Readonly<Record<string, unknown>>>(buffer: ArrayBuffer): Packed<Head> {
  if (buffer.byteLength < 4) throw new RangeError("a pack has at least four bytes");
  const length = new DataView(buffer).getUint32(0, true);
  if (length > buffer.byteLength - 4) throw new RangeError("the pack's head is longer than the pack");
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  } catch (cause) {
    throw new RangeError("the pack's head is not JSON", { cause });
  }
  if (typeof head !== "object" || head === null || !("arrays" in head) || !Array.isArray(head.arrays)) {
    throw new RangeError("the pack's head names no arrays");
  }
  const arrays: Record<string, { shape: readonly number[]; values: PackArray }> = Object.create(null);
  for (const entry of head.arrays as unknown[]) {
    const { name, type, shape, offset } = readEntry(entry);
    const count = shape.reduce((product, size) => product * size, 1);
    const Kind = packKinds[type];
    if (4 + length + offset + count * Kind.BYTES_PER_ELEMENT > buffer.byteLength) {
      throw new RangeError(`the array ${name} does not lie within the pack`);
    }
    arrays[name] = { shape, values: new Kind(buffer, 4 + length + offset, count) };
  }
  return { head: head as Head, arrays };
}

function readEntry(entry: unknown): PackEntry {
  const { name, type, shape, offset } = (entry ?? {}) as Partial<Record<keyof PackEntry, unknown>>;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof name !== "string" || typeof type !== "string" || !Object.hasOwn(packKinds, type)) {
    throw new RangeError("an array of the pack has no name or no known type");
  }
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(isCount) || !isCount(offset) || offset % 8 !== 0) {
    throw new RangeError(`the array ${name} has no shape or no place`);
  }
  return { name, type: type as PackKind, shape, offset };
}

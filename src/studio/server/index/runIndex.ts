// The index of a folder of runs: which there are, a row for each, what has changed. It looks in slices of some milliseconds, newest
// runs first, and again at what is trained or watched more often than at what lies still.
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type EpochRecord,
  type HealthRecord,
  type Intervention,
  noFolderYet,
  type RunRow,
  type SettingsTable,
  type TimingRecord,
} from "../../api.js";
import { type KnownRun, lookAt, markOf, newRun } from "./runFacts.js";
import { listPictures, type Pause, type Place, readHealth, readInterventions, readRunText } from "./runParts.js";
import { statOf } from "./safeFiles.js";
import { openSettings } from "./settings.js";

/** What an index tells while it looks. */
export type IndexNews =
  | {
      readonly kind: "runs";
      readonly rows: readonly RunRow[];
      readonly removed: readonly string[];
      readonly pending: number;
    }
  | { readonly kind: "root"; readonly problem?: string }
  | {
      readonly kind: "records";
      readonly run: string;
      readonly from: number;
      readonly records: readonly EpochRecord[];
      readonly timing: readonly TimingRecord[];
    }
  | { readonly kind: "health"; readonly run: string; readonly place: number; readonly record: HealthRecord }
  | { readonly kind: "intervened"; readonly run: string; readonly place: number; readonly intervention: Intervention }
  | {
      readonly kind: "preview";
      readonly run: string;
      readonly epoch: number;
      readonly picture: string;
      readonly version: string;
    };

/** What the studio knows of a run that it trains itself. */
export interface OwnTraining {
  readonly folder: string;
  readonly isPaused: boolean;
}

export interface RunIndex {
  /** One look at what is due. Gives the thread back between slices. */
  look(): Promise<void>;
  /** Runs that are looked at with every look and whose new lines are told. */
  watch(runs: readonly string[]): void;
  /** Looks at a folder with the next look. */
  nudge(folder: string): void;
  own(trainings: readonly OwnTraining[]): void;
  place(run: string): Place | undefined;
  row(run: string): RunRow | undefined;
  /** Lines of metrics.jsonl that could be read. */
  lines(run: string): number;
  /** Newest first. */
  rows(): readonly RunRow[];
  readonly pending: number;
  readonly problem: string | undefined;
  /** Reads experiments that were not read yet, for at most so long. */
  settings(milliseconds: number): Promise<SettingsTable>;
}

interface Told {
  readonly health: number;
  readonly interventions: number;
  readonly sizes: readonly number[];
  readonly preview: string | undefined;
  /** When the list of sheets by epoch was written. */
  readonly sheets: number | undefined;
}

/** The id of a folder's name: the same after a restart. */
export function idOfRun(folder: string): string {
  return createHash("sha256").update(folder).digest("hex").slice(0, 12);
}

const sliceMilliseconds = 15;
/** Runs that lie still and are asked with each look whether they do. */
const coldAtOnce = 200;
/** What the table can wait for is read for so long in each look, beside as many as lie still. */
const laterMilliseconds = 150;
/** Looks after which the root's names are read whether or not its time has changed: some file systems have none. */
const looksBetweenLists = 20;
const rowsAtOnce = 500;

/**
 * @param root as it was named; it is looked up anew with every look, for it may be exchanged
 * @param tell is told what has changed
 * @param pause gives the thread back
 * @param milliseconds a clock that never goes back
 */
export function openIndex(
  root: string,
  tell: (news: IndexNews) => void,
  pause: Pause,
  milliseconds: () => number = () => performance.now(),
): RunIndex {
  const byFolder = new Map<string, KnownRun>();
  const byId = new Map<string, KnownRun>();
  const settings = openSettings();
  let own = new Map<string, OwnTraining>();
  /** Folders to look at, the next one last. */
  let waiting: string[] = [];
  /** Folders that were looked at quickly: once more when all are. */
  const later = new Set<string>();
  const nudged = new Set<string>();
  let watched = new Set<string>();
  const marks = new Map<string, string>();
  let rootMark = "";
  let rootPlace = "";
  let wasThere = false;
  let sinceList = 0;
  let cold = 0;
  let problem: string | undefined;
  let changed: RunRow[] = [];
  let removed: string[] = [];
  /** What was told of a watched run beside its epochs: lines, and how long the files were then. */
  const told = new Map<string, Told>();

  const flush = (): void => {
    if (changed.length === 0 && removed.length === 0) return;
    tell({ kind: "runs", rows: changed, removed, pending: waiting.length });
    changed = [];
    removed = [];
  };

  const forget = (run: KnownRun): void => {
    byFolder.delete(run.folder);
    byId.delete(run.id);
    marks.delete(run.folder);
    later.delete(run.folder);
    told.delete(run.id);
    settings.remove(run.id);
    removed.push(run.id);
  };

  const say = (sentence: string | undefined): void => {
    if (sentence === problem) return;
    problem = sentence;
    tell({ kind: "root", ...(sentence === undefined ? {} : { problem: sentence }) });
  };

  /** Finds folders that have come and gone. @returns a sentence where the root can't be read */
  function lookAtRoot(): string | undefined {
    const found = rootStat(root);
    const place = found === undefined ? "" : `${found.dev}:${found.ino}`;
    if (place !== rootPlace) {
      // Another folder has the root's name: nothing of the old one is there any more.
      for (const run of [...byFolder.values()]) forget(run);
      marks.clear();
      later.clear();
      waiting = [];
      rootPlace = place;
      rootMark = "";
    }
    if (found === undefined) return wasThere ? "the folder is gone; it is made anew by the next training" : noFolderYet;
    wasThere = true;
    if (!found.isDirectory()) return "this is a file, not a folder";
    const mark = `${found.mtimeMs}`;
    sinceList += 1;
    if (mark === rootMark && sinceList < looksBetweenLists) return undefined;
    sinceList = 0;
    let names: string[];
    try {
      names = readdirSync(root, { withFileTypes: true })
        // Links are none of these.
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
        .map(({ name }) => name);
    } catch (error) {
      return `the folder can't be read (${(error as NodeJS.ErrnoException).code ?? "unknown error"})`;
    }
    rootMark = mark;
    const there = new Set(names);
    for (const run of [...byFolder.values()]) if (!there.has(run.folder)) forget(run);
    for (const folder of marks.keys()) if (!there.has(folder)) marks.delete(folder);
    // What was looked at and is no run is looked at again when something in it changes.
    const known = new Set(waiting);
    const fresh = names.filter((name) => !marks.has(name) && !known.has(name)).sort();
    // The last is taken first; names begin with their date.
    if (fresh.length > 0) waiting = [...waiting.filter((name) => there.has(name)), ...fresh];
    return undefined;
  }

  function lookAtFolder(folder: string, isQuick = false): void {
    const known = byFolder.get(folder);
    const run = known ?? newRun(() => root, idOfRun(folder), folder);
    // A run is watched from the start where a page waits for it.
    if (watched.has(run.id)) run.watched ??= { from: 0, records: [], timing: [] };
    const seen = lookAt(root, run, isQuick);
    if (seen === "gone") {
      if (known !== undefined) forget(known);
      marks.set(folder, markOf(root, folder));
      return;
    }
    if (isQuick) later.add(folder);
    else later.delete(folder);
    if (known === undefined) {
      byFolder.set(folder, run);
      byId.set(run.id, run);
    }
    marks.set(folder, run.place);
    if (seen === "more") nudged.add(folder);
    overlay(run);
    const mark = JSON.stringify(run.row);
    if (mark !== run.mark) changed.push(run.row);
    run.mark = mark;
    tellWatched(run);
  }

  /** Whatever was left out of a quick look. */
  function readWhole(run: KnownRun | undefined): void {
    if (run !== undefined && later.has(run.folder)) lookAtFolder(run.folder);
  }

  /** What the studio knows better than the files. */
  function overlay(run: KnownRun): void {
    const training = own.get(run.folder);
    if (run.row.state !== "training" || training === undefined) return;
    run.row = { ...run.row, trainedBy: "studio", state: training.isPaused ? "paused" : "training" };
  }

  function tellWatched(run: KnownRun): void {
    const news = run.watched;
    if (news === undefined) return;
    if (news.records.length > 0 || news.timing.length > 0) {
      tell({ kind: "records", run: run.id, from: news.from, records: news.records, timing: news.timing });
      run.watched = { from: run.metrics.count, records: [], timing: [] };
    }
  }

  /** Notes, interventions and pictures of a watched run that have come since the last look. */
  async function tellMore(run: KnownRun): Promise<void> {
    const place = { root, folder: run.folder };
    const before = told.get(run.id);
    const sizes = ["health.jsonl", "interventions.jsonl"].map(
      (name) => statOf(join(root, run.folder, name))?.size ?? 0,
    );
    const { preview } = run.row;
    const sheets = statOf(join(root, run.folder, "images", "epochs", "index.json"))?.mtimeMs;
    const isSame = before !== undefined && before.sizes.join() === sizes.join();
    const health = isSame ? [] : await readHealth(place, pause);
    const interventions = isSame ? [] : await readInterventions(place, pause);
    told.set(run.id, {
      preview,
      sheets,
      sizes,
      ...(isSame
        ? { health: before.health, interventions: before.interventions }
        : { health: health.length, interventions: interventions.length }),
    });
    if (before === undefined) return;
    const id = run.id;
    for (const [i, record] of health.entries()) {
      if (i >= before.health) tell({ kind: "health", run: id, place: i, record });
    }
    for (const [i, intervention] of interventions.entries()) {
      if (i >= before.interventions) tell({ kind: "intervened", run: id, place: i, intervention });
    }
    if (preview !== undefined && preview !== before.preview) {
      tell({ kind: "preview", run: id, epoch: run.row.epochs, picture: "latest", version: preview });
    }
    if (sheets === undefined || sheets === before.sheets) return;
    const newest = listPictures(place).epochs?.epochs.at(-1);
    if (newest === undefined) return;
    const picture = `e${String(newest).padStart(6, "0")}`;
    tell({ kind: "preview", run: id, epoch: newest, picture, version: Math.round(sheets).toString(36) });
  }

  return {
    get pending() {
      return waiting.length;
    },
    get problem() {
      return problem;
    },
    async look() {
      say(lookAtRoot());
      let began = milliseconds();
      const breathe = async (): Promise<void> => {
        if (changed.length >= rowsAtOnce) flush();
        if (milliseconds() - began < sliceMilliseconds) return;
        await pause();
        began = milliseconds();
      };
      const hot = new Set([
        ...nudged,
        ...own.keys(),
        ...[...watched].flatMap((id) => byId.get(id)?.folder ?? []),
        ...[...byFolder.values()].flatMap(({ row, folder }) => (row.trainedBy === undefined ? [] : [folder])),
      ]);
      nudged.clear();
      for (const folder of hot) {
        if (statOf(join(root, folder))?.isDirectory() === true) lookAtFolder(folder);
        else if (byFolder.has(folder)) forget(byFolder.get(folder) as KnownRun);
        await breathe();
      }
      for (const id of watched) {
        const run = byId.get(id);
        if (run !== undefined) await tellMore(run);
      }
      while (waiting.length > 0) {
        lookAtFolder(waiting.pop() as string, true);
        await breathe();
      }
      flush();
      let atOnce = coldAtOnce;
      const until = milliseconds() + laterMilliseconds;
      for (const folder of later) {
        if (--atOnce < 0 && milliseconds() > until) break;
        later.delete(folder);
        if (byFolder.has(folder)) lookAtFolder(folder);
        await breathe();
      }
      const folders = [...marks.keys()];
      for (let i = 0; i < Math.min(coldAtOnce, folders.length); i++) {
        cold = (cold + 1) % folders.length;
        const folder = folders[cold] as string;
        if (!later.has(folder) && markOf(root, folder) !== marks.get(folder)) lookAtFolder(folder);
        await breathe();
      }
      flush();
    },
    watch(runs) {
      watched = new Set(runs);
      // What they have so far is the page's to ask for: only lines that come after it are told.
      for (const id of watched) readWhole(byId.get(id));
      for (const run of byId.values()) {
        if (!watched.has(run.id)) {
          delete run.watched;
          told.delete(run.id);
        } else run.watched ??= { from: run.metrics.count, records: [], timing: [] };
      }
    },
    nudge: (folder) => void nudged.add(folder),
    own(trainings) {
      own = new Map(trainings.map((training) => [training.folder, training]));
      for (const { folder } of trainings) {
        nudged.add(folder);
        // A page may ask for it, or steer it, as soon as it hears of it.
        if (!byFolder.has(folder)) lookAtFolder(folder, true);
      }
    },
    place(run) {
      const known = byId.get(run);
      return known === undefined ? undefined : { root, folder: known.folder };
    },
    row: (run) => byId.get(run)?.row,
    lines(id) {
      const run = byId.get(id);
      readWhole(run);
      return run?.metrics.count ?? 0;
    },
    rows: () => [...byFolder.values()].map(({ row }) => row).sort(newestFirst),
    async settings(most) {
      const until = milliseconds() + most;
      const missing = [...byFolder.values()]
        .filter(({ id }) => !settings.has(id))
        .sort((a, b) => newestFirst(a.row, b.row));
      let done = 0;
      for (const { id, folder } of missing) {
        if (milliseconds() > until) break;
        settings.add(id, readRunText({ root, folder }, "experiment.yaml") ?? "");
        done += 1;
        await pause();
      }
      return settings.table(missing.length - done + waiting.length);
    },
  };
}

function newestFirst(a: RunRow, b: RunRow): number {
  const [first, second] = [a.started ?? a.folder, b.started ?? b.folder];
  return first === second ? compare(b.folder, a.folder) : compare(second, first);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The root may be reached by a link of one's own. */
function rootStat(root: string) {
  const found = statOf(root);
  return found?.isSymbolicLink() === true ? statOf(`${root}/.`) : found;
}

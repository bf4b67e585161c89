// A row of the table: what the small files of a run folder say, each checked by hand where it is read, for there may be ten thousand
// runs; what is damaged becomes a sentence and the rest is shown all the same.
import { readdirSync, type Stats } from "node:fs";
import { join } from "node:path";
import { parseYaml } from "../../../experiment/document.js";
import { thisProcess } from "../../../runs/thisProcess.js";
import type { EpochRecord, Figures, RunNotes, RunRow, RunState, TimingRecord } from "../../api.js";
import { type LogReader, markOfFile, openLog } from "./logReader.js";
import { pathWithin, readPart, statOf, UnreadableFile } from "./safeFiles.js";

/** What is kept of a run between two looks. */
export interface KnownRun {
  /** What its folder and logs looked like with the last look; see `markOf`. */
  place: string;
  readonly id: string;
  /** Its name below the root. */
  readonly folder: string;
  row: RunRow;
  /** The row that was last told, as text. */
  mark: string;
  readonly metrics: LogReader;
  readonly timing: LogReader;
  /** Of the lines that were read. */
  last?: EpochRecord;
  lowest: Record<string, number>;
  seconds: number;
  health: number;
  healthBytes: number;
  /** Epochs that are wished for, and what the files that say so looked like when they were read. */
  wished?: { readonly mark: string; readonly epochs: number | undefined };
  /** That a page looks at it: its lines are kept then. */
  watched?: WatchedRun;
}

/** New lines since they were last taken. */
export interface WatchedRun {
  from: number;
  records: EpochRecord[];
  timing: TimingRecord[];
}

export function newRun(root: () => string, id: string, folder: string): KnownRun {
  // The folder itself is looked at before any of its files (lookAt).
  const inRun = (name: string) => (): string => join(root(), folder, name);
  const run: KnownRun = {
    id,
    folder,
    row: { id, folder, name: nameOf(folder), state: "new", started: null, changed: 0, epochs: 0, step: 0 },
    mark: "",
    place: "",
    metrics: openLog(
      inRun("metrics.jsonl"),
      "metrics.jsonl",
      (value, place) => {
        if (!isEpoch(value)) return false;
        run.last = value;
        for (const [name, figure] of Object.entries(value.test)) {
          const lowest = run.lowest[name];
          if (typeof figure === "number" && (lowest === undefined || figure < lowest)) run.lowest[name] = figure;
        }
        if (run.watched !== undefined) {
          if (run.watched.records.length === 0) run.watched.from = place;
          run.watched.records.push(value);
        }
        return true;
      },
      () => {
        delete run.last;
        run.lowest = Object.create(null);
        if (run.watched !== undefined) run.watched = { from: 0, records: [], timing: [] };
      },
    ),
    timing: openLog(
      inRun("timing.jsonl"),
      "timing.jsonl",
      (value) => {
        if (!isTiming(value)) return false;
        run.seconds += value.seconds + value.evaluationSeconds;
        run.watched?.timing.push(value);
        return true;
      },
      () => {
        run.seconds = 0;
      },
    ),
    lowest: Object.create(null),
    seconds: 0,
    health: 0,
    healthBytes: 0,
  };
  return run;
}

/** `mnist-conv` of `2026-11-22-mnist-conv-1`. */
function nameOf(folder: string): string {
  return /^\d{4}-\d\d-\d\d-(.+)-\d+$/.exec(folder)?.[1] ?? folder;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
/** JSON has no NaN: it is written as null. */
const areFigures = (value: unknown): value is Figures =>
  isObject(value) && Object.values(value).every((figure) => typeof figure === "number" || figure === null);

export function isEpoch(value: unknown): value is EpochRecord {
  return (
    isObject(value) &&
    value.kind === "epoch" &&
    isCount(value.phase) &&
    isCount(value.epoch) &&
    isCount(value.step) &&
    areFigures(value.train) &&
    areFigures(value.test) &&
    [value.trainEvaluated, value.validation].every((figures) => figures === undefined || areFigures(figures))
  );
}

export function isTiming(value: unknown): value is TimingRecord {
  return (
    isObject(value) &&
    isCount(value.epoch) &&
    ["seconds", "evaluationSeconds", "imagesPerSecond", "dataWaitSeconds", "peakBytes"].every(
      (name) => typeof value[name] === "number",
    )
  );
}

const decoder = new TextDecoder();
/** More than any of these small files has. */
const mostSmallBytes = 2 ** 20;

/** A small JSON file; a sentence in `problems` where it is there and can't be read. */
export function readJson(
  root: string,
  names: readonly string[],
  problems: string[],
): Record<string, unknown> | undefined {
  const path = pathWithin(root, ...names);
  return path === undefined ? undefined : readJsonAt(path, names.slice(1).join("/"), problems);
}

/** The same of a path whose folders were looked at. */
function readJsonAt(path: string, name: string, problems: string[]): Record<string, unknown> | undefined {
  try {
    const part = readPart(path, mostSmallBytes);
    if (part === undefined) return undefined;
    if (part.size > mostSmallBytes) {
      problems.push(`${name} has ${part.size} bytes, far more than it should`);
      return undefined;
    }
    const value: unknown = JSON.parse(decoder.decode(part.bytes));
    if (isObject(value)) return value;
    problems.push(`${name} is not what it should be`);
  } catch (error) {
    problems.push(`${name} ${error instanceof UnreadableFile ? error.message : "is not JSON"}`);
  }
  return undefined;
}

/** What makes a folder one of a run, even a damaged one. */
const marks = ["experiment.yaml", "metrics.jsonl", "environment.json", "checkpoints"];

/** Lines of logs that one look reads at once, in pieces of 256 KB. */
const piecesAtOnce = 8;

/**
 * Looks at a run again and makes its row anew.
 * @param isQuick leaves out what the table can wait for: the seconds that it took
 * @returns `gone` where its folder is no run (any more), `more` where there is more of its logs to read
 */
export function lookAt(root: string, run: KnownRun, isQuick: boolean): "gone" | "seen" | "more" {
  const path = join(root, run.folder);
  const folder = statOf(path);
  if (folder?.isDirectory() !== true) return "gone";
  let names: Set<string>;
  try {
    names = new Set(readdirSync(path));
  } catch {
    return "gone";
  }
  if (!marks.some((mark) => names.has(mark))) return "gone";
  const problems: string[] = [];

  const hasMetrics = run.metrics.read(piecesAtOnce);
  const hasTiming = !isQuick && run.timing.read(piecesAtOnce);
  const environment = names.has("environment.json")
    ? readJsonAt(join(path, "environment.json"), "environment.json", problems)
    : undefined;
  // A folder that is being made gets its experiment last.
  const isBegun = names.has("experiment.yaml") || run.metrics.count > 0;
  for (const name of isBegun ? ["experiment.yaml", "environment.json", "metrics.jsonl"] : []) {
    if (!names.has(name)) problems.push(`${name} is missing`);
  }
  if (!isBegun) problems.push("experiment.yaml is missing: the run is being made, or its start was interrupted");
  const isHeld = names.has("lock.json") && isHeldBySomeone(root, run.folder, path);
  const state = readState(root, run.folder, names, problems);
  const notes = names.has("notes.json") ? readNotes(root, run.folder) : undefined;
  if (!isHeld && run.metrics.isOpenEnded) problems.push("metrics.jsonl ends within a line");
  problems.push(...run.metrics.problems, ...run.timing.problems);
  if (environment !== undefined && !isEnvironment(environment))
    problems.push("environment.json lacks engine, data or start");
  const preview = names.has("images") ? previewOf(path) : undefined;

  const { last } = run;
  const isDone = !isHeld && state?.isFinished === true;
  const epochsInAll = isDone ? last?.epoch : isQuick && !isHeld ? run.wished?.epochs : epochsWished(path, run);
  const kind: RunState = isHeld
    ? "training"
    : problems.length > 0
      ? isBegun
        ? "damaged"
        : "new"
      : state?.isFinished === true
        ? "done"
        : last === undefined && state === undefined
          ? "new"
          : "stopped";
  const row: RunRow = {
    id: run.id,
    folder: run.folder,
    name: nameOf(run.folder),
    state: kind,
    ...(isHeld ? { trainedBy: "other" as const } : {}),
    ...(problems.length === 0 ? {} : { problems: problems.slice(0, 10) }),
    started: typeof environment?.started === "string" ? environment.started : null,
    changed: Math.round(run.metrics.modified),
    epochs: last?.epoch ?? 0,
    ...(epochsInAll === undefined ? {} : { epochsInAll }),
    step: Math.max(last?.step ?? 0, state?.step ?? 0),
    ...textOf("engine", environment?.engine),
    ...textOf("data", environment?.data),
    ...(run.timing.count === 0 ? {} : { seconds: Math.round(10 * run.seconds) / 10 }),
    ...(last === undefined ? {} : { test: last.test, train: last.train, lowest: { ...run.lowest } }),
    ...(names.has("health.jsonl") ? { health: countHealth(path, run) } : {}),
    ...(preview === undefined ? {} : { preview }),
    ...(notes === undefined ? {} : { notes }),
  };
  run.row = row;
  run.place = placeMark(path, folder, run.metrics.mark);
  return hasMetrics || hasTiming ? "more" : "seen";
}

/** By which it shows that something of a run has changed, without opening anything. */
export function markOf(root: string, folder: string): string {
  const path = join(root, folder);
  const found = statOf(path);
  const metrics = found === undefined ? undefined : statOf(join(path, "metrics.jsonl"));
  return placeMark(path, found, metrics === undefined ? "" : markOfFile(metrics.ino, metrics.mtimeMs, metrics.size));
}

function placeMark(path: string, folder: Stats | undefined, metrics: string): string {
  if (folder === undefined) return "";
  const parts = ["checkpoints", "images"].map((name) => statOf(join(path, name))?.mtimeMs ?? 0);
  return `${folder.ino}:${folder.mtimeMs} ${metrics} ${parts.join(" ")}`;
}

function textOf(name: "engine" | "data", found: unknown): { engine?: string } | { data?: string } {
  return isObject(found) && typeof found.name === "string" ? { [name]: found.name.slice(0, 200) } : {};
}

export function isEnvironment(value: Record<string, unknown>): boolean {
  return isObject(value.engine) && isObject(value.data) && typeof value.started === "string";
}

/** Epochs in all, as the experiment says and a later wish (`--minutes`). Read again only where its files have changed. */
function epochsWished(path: string, run: KnownRun): number | undefined {
  const files = ["experiment.yaml", "interventions.jsonl"].map((name) => join(path, name));
  const mark = files
    .map((file) => {
      const found = statOf(file);
      return found === undefined ? "" : markOfFile(found.ino, found.mtimeMs, found.size);
    })
    .join();
  if (run.wished?.mark !== mark) {
    const [experiment = "", interventions = ""] = files.map(smallText);
    run.wished = { mark, epochs: lastSetEpochs(interventions) ?? epochsOfPhases(experiment) };
  }
  return run.wished.epochs;
}

/** Empty where it can't be read whole: that is said elsewhere. */
function smallText(path: string): string {
  try {
    const part = readPart(path, mostSmallBytes);
    return part === undefined || part.size > mostSmallBytes ? "" : decoder.decode(part.bytes);
  } catch {
    return "";
  }
}

/** The sum of the phases' epochs; undefined where a phase does not say how many. */
export function epochsOfPhases(text: string): number | undefined {
  let phases: unknown;
  try {
    const document: unknown = parseYaml(text, "experiment.yaml");
    phases = isObject(document) ? document.phases : undefined;
  } catch {
    return undefined;
  }
  if (!Array.isArray(phases) || phases.length === 0) return undefined;
  return sumOf(phases.map((phase) => (isObject(phase) && isCount(phase.epochs) ? phase.epochs : undefined)));
}

/** What the last command of that name has set: epochs by phase, where parts of one are begun and count. */
export function lastSetEpochs(text: string): number | undefined {
  const line = text.split("\n").findLast((some) => some.includes('"setEpochs"'));
  if (line === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value) || value.command !== "setEpochs" || !Array.isArray(value.epochs)) return undefined;
    return sumOf(
      value.epochs.map((epochs) => (Number.isFinite(epochs) && epochs >= 0 ? Math.ceil(epochs) : undefined)),
    );
  } catch {
    return undefined;
  }
}

function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce((sum, count) => (sum === undefined || count === undefined ? undefined : sum + count), 0);
}

/** What the last checkpoint says. */
function readState(
  root: string,
  folder: string,
  names: ReadonlySet<string>,
  problems: string[],
): { readonly isFinished: boolean; readonly step: number } | undefined {
  if (!names.has("checkpoints")) return undefined;
  const last = readJson(root, [folder, "checkpoints", "last.json"], problems);
  if (last === undefined) return undefined;
  if (!isCount(last.step)) {
    problems.push("checkpoints/last.json names no step");
    return undefined;
  }
  const state = readJson(root, [folder, "checkpoints", String(last.step), "state.json"], problems);
  if (state === undefined) {
    problems.push(`the checkpoint of step ${last.step} is missing`);
    return undefined;
  }
  return { isFinished: state.finished === true, step: isCount(state.step) ? state.step : 0 };
}

/** How old a lock of elsewhere may be that still counts, as in runs/lock.ts: seconds. */
const leaseSeconds = 180;

/** Whether a process trains the run, by its lock; the lock itself is left alone. */
function isHeldBySomeone(root: string, folder: string, path: string): boolean {
  const lock = readJson(root, [folder, "lock.json"], []);
  if (lock === undefined || !isCount(lock.process)) return false;
  const isHere =
    lock.host === thisProcess.host &&
    (lock.namespace === undefined || thisProcess.namespace === undefined || lock.namespace === thisProcess.namespace);
  if (isHere) return thisProcess.started(lock.process) === lock.started;
  const age = (Date.now() - (statOf(join(path, "lock.json"))?.mtimeMs ?? 0)) / 1000;
  return Math.abs(age) <= leaseSeconds;
}

/** notes.json, as far as it says anything. */
export function readNotes(root: string, folder: string): RunNotes | undefined {
  const found = readJson(root, [folder, "notes.json"], []);
  if (found === undefined) return undefined;
  const { note, tags, star, colour } = found;
  return {
    ...(typeof note === "string" ? { note: note.slice(0, 10_000) } : {}),
    ...(Array.isArray(tags) ? { tags: tags.filter((tag): tag is string => typeof tag === "string").slice(0, 50) } : {}),
    ...(star === true ? { star } : {}),
    ...(isCount(colour) && colour < 64 ? { colour } : {}),
  };
}

/** What `latest` shows, newest first. */
export const previewNames = ["reconstructions-latest.png", "reconstructions.png"];

function previewOf(path: string): string | undefined {
  if (statOf(join(path, "images"))?.isDirectory() !== true) return undefined;
  const times = previewNames.map((name) => statOf(join(path, "images", name))?.mtimeMs ?? 0);
  const newest = Math.max(...times);
  return newest === 0 ? undefined : Math.round(newest).toString(36);
}

/** Whole lines of health.jsonl. Counted again only where it has grown. */
function countHealth(path: string, run: KnownRun): number {
  const size = statOf(join(path, "health.jsonl"))?.size ?? 0;
  if (size === run.healthBytes) return run.health;
  run.healthBytes = size;
  try {
    const part = readPart(join(path, "health.jsonl"), mostSmallBytes);
    run.health = part?.bytes.reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0) ?? 0;
  } catch {
    run.health = 0;
  }
  return run.health;
}

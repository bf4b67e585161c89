// A run folder, format 1: making one, adding lines to its logs, reading it. Checkpoints have a file of their own.
import type { z } from "zod";
import { UserError } from "../base/errors.js";
import { type FileSystem, withFileErrors } from "./fileSystem.js";
import type { EnvironmentRecord, EpochRecord, HealthRecord, Intervention, TimingRecord } from "./records.js";
import {
  environmentSchema,
  epochSchema,
  healthSchema,
  interventionSchema,
  timingSchema,
  whereDamaged,
} from "./schemas.js";
import { withinFolder } from "./withinFolder.js";

/** A run folder on a file system. */
export interface RunFolder {
  readonly path: string;
  /** Follows no link below the folder; see `withinFolder`. */
  readonly files: FileSystem;
  /** SHA-256 of experiment.yaml as it was when the folder was made or opened. */
  readonly experiment?: string;
}

/** The logs of a run, each one JSON object a line. */
interface LogLines {
  readonly "metrics.jsonl": EpochRecord;
  readonly "timing.jsonl": TimingRecord;
  readonly "interventions.jsonl": Intervention;
  /** Not there before there is something to say. */
  readonly "health.jsonl": HealthRecord;
}
export type LogName = keyof LogLines;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Makes `<out>/<date>-<name>-<n>/` with the first n that is free, so nothing is ever written over.
 * experiment.yaml comes last: a folder that has it is whole.
 * @param date as `2026-11-22`
 * @throws UserError if the folder can't be written
 */
export function createRun(options: {
  readonly files: FileSystem;
  readonly out: string;
  readonly date: string;
  readonly name: string;
  /** Text of experiment.yaml. */
  readonly experiment: string;
  /** Text of experiment.schema.json, which experiment.yaml names for editors. */
  readonly schema: string;
  readonly environment: EnvironmentRecord;
  /** Text of summary.txt. */
  readonly summary: string;
}): RunFolder {
  const { files, out } = options;
  if (out === "") {
    throw new UserError("expected a folder, got nothing", { at: "--out", hint: "Leave it out for the folder runs." });
  }
  return withFileErrors(
    { at: out, what: "run folders can't be written here", hint: "Choose another folder with --out DIR." },
    () => {
      files.makeFolder(out);
      let number = 1;
      let path = files.join(out, `${options.date}-${options.name}-${number}`);
      // makeFolder says whether it made the folder, so two runs that start together get two folders.
      while (!files.makeFolder(path)) path = files.join(out, `${options.date}-${options.name}-${++number}`);
      files.makeFolder(files.join(path, "checkpoints"));
      for (const log of ["metrics.jsonl", "timing.jsonl", "interventions.jsonl"]) {
        files.write(files.join(path, log), new Uint8Array());
      }
      writeRenamed(files, path, "summary.txt", encoder.encode(options.summary));
      writeEnvironment({ path, files }, options.environment);
      writeRenamed(files, path, "experiment.schema.json", encoder.encode(options.schema));
      writeRenamed(files, path, "experiment.yaml", encoder.encode(options.experiment));
      files.syncFolder(out);
      const experiment = files.checksum(encoder.encode(options.experiment));
      return { path, files: withinFolder(files, path), experiment };
    },
  );
}

/**
 * A run folder that exists.
 * @throws UserError if the folder is not there or is not one of a run
 */
export function openRun(files: FileSystem, path: string): RunFolder {
  if (!files.exists(path)) {
    throw new UserError("there is no such run folder", { at: path, hint: "Name a folder inside runs/." });
  }
  const within = withinFolder(files, path);
  // A link to a folder is one that a person has set, and is followed; with a file in its place nothing is below it.
  if (["file", "other"].includes(files.kind(path) ?? "")) {
    throw new UserError("is a file, not a run folder", {
      at: path,
      hint: "Name a folder that isthmus train has made.",
    });
  }
  if (!within.exists(files.join(path, "experiment.yaml"))) {
    throw new UserError("is not a run folder: it has no experiment.yaml", {
      at: path,
      hint: "Name a folder that isthmus train has made; one whose start was interrupted can be deleted.",
    });
  }
  const text = readText({ path, files: within }, "experiment.yaml", "Check that you may read it.");
  return { path, files: within, experiment: files.checksum(encoder.encode(text)) };
}

/** Removes a folder that a training which failed has left without a finished epoch and without a checkpoint. */
export function discardEmptyRun(run: RunFolder): void {
  const { files, path } = run;
  try {
    if (logBytes(run, "metrics.jsonl") === 0 && !files.exists(files.join(path, "checkpoints", "last.json")))
      files.remove(path);
  } catch {
    // What can't be removed is only in the way of nobody; the mistake that led here is the one to tell.
  }
}

/** The text of experiment.yaml. */
export function readExperimentText(run: RunFolder): string {
  return readText(run, "experiment.yaml", "Train again into a new folder.");
}

/** environment.json. @throws UserError if it is missing or damaged */
export function readEnvironment(run: RunFolder): EnvironmentRecord {
  const hint = "It only says what the run was computed with: copy it from a run made on this machine.";
  const text = readText(run, "environment.json", hint);
  const at = run.files.join(run.path, "environment.json");
  const value = parseJson(text, at, hint);
  const found = value as Partial<EnvironmentRecord> | null;
  if (found?.format !== 1 || typeof found.engine?.name !== "string" || typeof found.data?.checksums !== "object") {
    throw new UserError("is damaged: format, engine or data are missing", { at, hint });
  }
  const parsed = environmentSchema.safeParse(value);
  if (!parsed.success) throw new UserError(whereDamaged(parsed.error, "an environment"), { at, hint });
  return parsed.data;
}

/** Writes environment.json anew. */
export function writeEnvironment({ path, files }: Pick<RunFolder, "path" | "files">, record: EnvironmentRecord): void {
  writeRenamed(files, path, "environment.json", encoder.encode(`${JSON.stringify(record, null, 2)}\n`));
}

const logSchemas: { readonly [Name in LogName]: z.ZodType<LogLines[Name]> } = {
  "metrics.jsonl": epochSchema,
  "timing.jsonl": timingSchema,
  "interventions.jsonl": interventionSchema,
  "health.jsonl": healthSchema,
};

/**
 * All whole lines of a log. A last line without its end (the process was killed while writing it) is left out.
 * @throws UserError that names file and line if one is not JSON, or not such a line
 */
export function readLog<Name extends LogName>(run: RunFolder, name: Name): readonly LogLines[Name][] {
  const text = readText(run, name, "Train again into a new folder, or go on from another checkpoint.");
  return logLines(run, name, text.split("\n").slice(0, -1));
}

/** As `readLog`, of the log's first bytes alone. A log that is not there has no lines. */
export function readLogStart<Name extends LogName>(
  run: RunFolder,
  name: Name,
  bytes: number,
): readonly LogLines[Name][] {
  if (bytes === 0 || !run.files.exists(run.files.join(run.path, name))) return [];
  const at = run.files.join(run.path, name);
  const start = withFileErrors({ at, what: "can't be read", hint: "Check that you may read it." }, () =>
    run.files.read(at).subarray(0, bytes),
  );
  return logLines(run, name, decoder.decode(start).split("\n").slice(0, -1));
}

function logLines<Name extends LogName>(
  run: RunFolder,
  name: Name,
  lines: readonly string[],
): readonly LogLines[Name][] {
  const hint = "Remove this line if it is damaged.";
  const schema = logSchemas[name];
  return lines.map((line, index) => {
    const at = `${run.files.join(run.path, name)}:${index + 1}`;
    const parsed = schema.safeParse(parseJson(line, at, hint));
    if (!parsed.success) throw new UserError(whereDamaged(parsed.error, "such a record"), { at, hint });
    return parsed.data;
  });
}

/** Adds a line and waits until it is on the disk. */
export function appendLog<Name extends LogName>(run: RunFolder, name: Name, record: LogLines[Name]): void {
  const point = name.split(".")[0];
  run.files.reached?.(`${point}:before`);
  withFileErrors(
    {
      at: run.files.join(run.path, name),
      what: "a line can't be written",
      hint: run.files.exists(run.files.join(run.path, "checkpoints", "last.json"))
        ? `Mend that, then go on from the last checkpoint with: isthmus train ${run.path} --resume`
        : "Mend that, then train again.",
    },
    () =>
      run.files.append(run.files.join(run.path, name), encodedLine(record), () =>
        run.files.reached?.(`${point}:within`),
      ),
  );
  run.files.reached?.(`${point}:after`);
}

/** Length of a log in bytes; 0 if it is not there. */
export function logBytes(run: RunFolder, name: LogName): number {
  const path = run.files.join(run.path, name);
  return run.files.exists(path) ? run.files.size(path) : 0;
}

/** @throws UserError if a log is shorter than that */
export function expectLogBytes(run: RunFolder, name: LogName, bytes: number): void {
  const length = logBytes(run, name);
  if (length >= bytes) return;
  throw new UserError(`lines are missing: it has ${length} bytes, the checkpoint was saved after ${bytes}`, {
    at: run.files.join(run.path, name),
    hint: "Put the file back from a copy, or delete checkpoints/ to begin this run again.",
  });
}

/**
 * Cuts a log back to what a checkpoint knows.
 * @throws UserError if it is shorter than that
 */
export function cutLog(run: RunFolder, name: LogName, bytes: number): void {
  const path = run.files.join(run.path, name);
  expectLogBytes(run, name, bytes);
  if (!run.files.exists(path)) run.files.write(path, new Uint8Array());
  else if (logBytes(run, name) > bytes) run.files.truncate(path, bytes);
}

/** A log that is being written. */
export interface KeptLog<Record> {
  /**
   * Adds a line, as `appendLog`.
   * @returns true where the file was removed or changed since the line before, and was written again whole first
   */
  append(record: Record): boolean;
}

/** Keeps a log's bytes as they are now and as they grow, so that a file which is removed under a training is written again. */
export function keepLog<Name extends LogName>(run: RunFolder, name: Name): KeptLog<LogLines[Name]> {
  const { files, path } = run;
  const at = files.join(path, name);
  const parts = files.exists(at) ? [files.read(at)] : [];
  let length = logBytes(run, name);
  return {
    append(record) {
      const isLost = logBytes(run, name) !== length;
      if (isLost) {
        const whole = new Uint8Array(length);
        let end = 0;
        for (const part of parts) {
          whole.set(part, end);
          end += part.length;
        }
        withFileErrors(
          { at, what: "was removed or changed, and can't be written again", hint: "Check the run folder." },
          () => writeRenamed(files, path, name, whole),
        );
      }
      appendLog(run, name, record);
      const line = encodedLine(record);
      parts.push(line);
      length += line.length;
      return isLost;
    },
  };
}

function encodedLine(record: LogLines[LogName]): Uint8Array {
  return encoder.encode(`${JSON.stringify(record)}\n`);
}

/** Cuts a log back to its first lines. Fewer lines than asked for are kept as they are. */
export function cutLogLines(run: RunFolder, name: LogName, lines: number): void {
  const path = run.files.join(run.path, name);
  const bytes = run.files.exists(path) ? run.files.read(path) : new Uint8Array();
  let end = 0;
  for (let line = 0; line < lines; line++) {
    const next = bytes.indexOf(10, end);
    if (next < 0) break;
    end = next + 1;
  }
  cutLog(run, name, end);
}

/** Writes a file under a temporary name, synced, and renames it: it is there whole or not at all. */
export function writeRenamed(
  files: FileSystem,
  folder: string,
  name: string,
  bytes: Uint8Array,
  within?: () => void,
): void {
  const temporary = files.join(folder, `.${name}`);
  try {
    files.write(temporary, bytes, within);
    files.rename(temporary, files.join(folder, name));
  } catch (error) {
    try {
      files.remove(temporary);
    } catch {
      // The mistake that led here is the one to tell.
    }
    throw error;
  }
  files.syncFolder(folder);
}

/** More than any text of a run has: a log of a million epochs. */
const mostTextBytes = 2 ** 28;

/** A text file of the run, or a UserError that names it. */
export function readText(run: Pick<RunFolder, "path" | "files">, name: string, hint: string): string {
  const at = run.files.join(run.path, name);
  return withFileErrors({ at, what: "can't be read", hint }, () => {
    const bytes = run.files.size(at);
    if (bytes > mostTextBytes) {
      throw new UserError(`is no text of a run: it has ${bytes} bytes, expected at most ${mostTextBytes}`, {
        at,
        hint,
      });
    }
    return decoder.decode(run.files.read(at));
  });
}

export function parseJson(text: string, at: string, hint: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(text === "" ? "is damaged: it is empty" : "is damaged: it is not JSON", { at, hint, cause });
  }
}

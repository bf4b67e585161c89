// The few effects on files that runs need, as one object that is handed in: tests make them fail. All are synchronous:
// they run in the training worker, between two steps.
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../base/errors.js";

export interface FileSystem {
  read(path: string): Uint8Array;
  /** Writes a new file (or over an old one) and waits until it is on the disk. `within` is called at half the bytes. */
  write(path: string, bytes: Uint8Array, within?: () => void): void;
  /** Writes a new file and waits until it is on the disk. False, and nothing is written, if there is one of that name. */
  create(path: string, bytes: Uint8Array): boolean;
  /** Adds bytes at the end and waits until they are on the disk. `within` is called at half the bytes. */
  append(path: string, bytes: Uint8Array, within?: () => void): void;
  truncate(path: string, bytes: number): void;
  rename(from: string, to: string): void;
  /** Waits until the names in a folder are on the disk. */
  syncFolder(path: string): void;
  /** Makes a folder and those above it. False if it was there. */
  makeFolder(path: string): boolean;
  /** A file or a folder with all that is in it; nothing happens if it is not there. */
  remove(path: string): void;
  /** Names in a folder, sorted. */
  list(path: string): readonly string[];
  exists(path: string): boolean;
  /** Length of a file in bytes. */
  size(path: string): number;
}

/** The disk. */
export const diskFileSystem: FileSystem = {
  read: (path) => readFileSync(path),
  write: (path, bytes, within) => writeWhole(path, "w", bytes, within),
  create(path, bytes) {
    try {
      writeWhole(path, "wx", bytes);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
  },
  append: (path, bytes, within) => writeWhole(path, "a", bytes, within),
  truncate: (path, bytes) => truncateSync(path, bytes),
  rename: (from, to) => renameSync(from, to),
  syncFolder(path) {
    // Windows cannot open a folder; its file systems order these changes themselves.
    if (process.platform === "win32") return;
    const handle = openSync(path, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  makeFolder,
  remove: (path) => rmSync(path, { recursive: true, force: true }),
  list: (path) => readdirSync(path).sort(),
  exists: existsSync,
  size: (path) => statSync(path).size,
};

/** Step by step: Node's own recursive form never comes back where the system says that a folder above is not there, as in /proc. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST" && statSync(path).isDirectory()) return false;
    const above = dirname(path);
    if (codeOf(error) !== "ENOENT" || existsSync(above) || above === path) throw error;
    makeFolder(above);
    mkdirSync(path);
    return true;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function writeWhole(path: string, flag: "w" | "wx" | "a", bytes: Uint8Array, within?: () => void): void {
  const handle = openSync(path, flag);
  try {
    const half = bytes.length >> 1;
    writeAll(handle, bytes.subarray(0, half));
    within?.();
    writeAll(handle, bytes.subarray(half));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(handle, bytes, written);
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  EEXIST: "a file of that name is in the way",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "links lead in a circle",
  EIO: "the disk reports an error",
  EMFILE: "too many files are open",
};

/** Why an operation on a file failed, for people, or undefined if `error` is not about files. */
export function fileErrorReason(error: unknown): string | undefined {
  const code = codeOf(error);
  if (code === undefined) return undefined;
  return reasons[code] ?? (/^E[A-Z0-9]+$/.test(code) && error instanceof Error ? error.message : undefined);
}

/** Runs `work`; a failure of the file system becomes a UserError at `path`: what could not be done, and why. */
export function withFileErrors<Result>(
  details: { readonly at: string; readonly what: string; readonly hint: string },
  work: () => Result,
): Result {
  try {
    return work();
  } catch (error) {
    const reason = fileErrorReason(error);
    if (reason === undefined) throw error;
    throw new UserError(`${details.what}: ${reason}`, { at: details.at, hint: details.hint, cause: error });
  }
}

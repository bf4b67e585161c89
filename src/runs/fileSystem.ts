// The few effects on files that runs need, as one object that is handed in: the disk's is diskFileSystem.ts, tests make them
// fail. All are synchronous: they run in the training worker, between two steps.
import { UserError } from "../base/errors.js";

/** `other`: a FIFO, a socket, a device. */
export type FileKind = "file" | "folder" | "link" | "other";

export interface FileSystem {
  /** The bytes of a regular file; a FIFO or a device is refused and never waited for. */
  read(path: string): Uint8Array;
  /**
   * Writes a new file, in place of an old one of that name, and waits until it is on the disk. Nothing that the old name led to
   * (a link, another name of the same file) is changed. `within` is called at half the bytes.
   */
  write(path: string, bytes: Uint8Array, within?: () => void): void;
  /**
   * Writes a new file, which is there whole or not at all, and waits until it is on the disk. False, and nothing is written, if
   * there is one of that name.
   */
  create(path: string, bytes: Uint8Array): boolean;
  /**
   * Adds bytes at the end and waits until they are on the disk. `within` is called at half the bytes. Links are refused; a file
   * with other names (hard links) is copied first, so that those keep what they have. The same holds for `truncate`.
   */
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
  /** What a name is, without following it where it is a link; undefined where there is nothing. */
  kind(path: string): FileKind | undefined;
  /** Length of a file in bytes. */
  size(path: string): number;
  /** When a file was last written, in milliseconds of the file system's own clock, which need not be this machine's. */
  modified(path: string): number;
  /** A path of parts, as this system writes it. */
  join(...parts: readonly string[]): string;
  /** SHA-256 of bytes, hexadecimal. */
  checksum(bytes: Uint8Array): string;
  /** Told at named moments of a run's way to the disk; see failPoints.ts. */
  reached?(moment: string): void;
}

/** `ENOSPC` and the like, of an error that has one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
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
  ELOOP: "it is a link, or links lead in a circle",
  EIO: "the disk reports an error",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EFBIG: "the file would be too large",
  ERR_FS_FILE_TOO_LARGE: "the file is too large",
  EFTYPE: "it is not a regular file",
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

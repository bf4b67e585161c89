// Files of run folders, read so that nothing leads elsewhere and nothing is waited for: no link below the root is followed, only
// regular files are opened, and of each at most so many bytes are read.
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats } from "node:fs";
import { join } from "node:path";

const { O_RDONLY } = constants;
/** Not on Windows, which has neither these links nor FIFOs. */
const flags = O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Why a file could not be read, for people. */
export class UnreadableFile extends Error {}

export interface FilePart {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of the whole file. */
  readonly size: number;
  readonly modified: number;
  /** Of the file itself, not its name: another number means that another file has its place. */
  readonly inode: number;
}

/**
 * Bytes of a file.
 * @param most no more than so many, from `from` on; from the end where `from` is negative
 * @returns undefined where there is none
 * @throws UnreadableFile for a link, a folder, a device, and what may not be read
 */
export function readPart(path: string, most: number, from = 0): FilePart | undefined {
  return read(path, most, from, (length) => new Uint8Array(length));
}

/** As `readPart`, for many small files: the bytes are of use until the next call. */
export function readSmall(path: string, most: number, from = 0): FilePart | undefined {
  return read(path, most, from, (length) =>
    length <= small.length ? small.subarray(0, length) : new Uint8Array(length),
  );
}

const small = new Uint8Array(2 ** 14);

function read(
  path: string,
  most: number,
  from: number,
  make: (length: number) => Uint8Array<ArrayBuffer>,
): FilePart | undefined {
  let handle: number;
  try {
    handle = openSync(path, flags);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new UnreadableFile(reasonOf(code));
  }
  try {
    const found = fstatSync(handle);
    if (!found.isFile())
      throw new UnreadableFile(found.isDirectory() ? "is a folder" : "is neither a file nor a folder");
    const start = from < 0 ? Math.max(0, found.size - most) : from;
    const length = Math.max(0, Math.min(most, found.size - start));
    const bytes = make(length);
    let done = 0;
    while (done < length) {
      const some = readSync(handle, bytes, done, length - done, start + done);
      if (some === 0) break;
      done += some;
    }
    return {
      bytes: done === length ? bytes : bytes.slice(0, done),
      size: found.size,
      modified: found.mtimeMs,
      inode: found.ino,
    };
  } catch (error) {
    if (error instanceof UnreadableFile) throw error;
    throw new UnreadableFile(reasonOf((error as NodeJS.ErrnoException).code));
  } finally {
    closeSync(handle);
  }
}

function reasonOf(code: string | undefined): string {
  if (code === "ELOOP" || code === "EMLINK") return "is a link, and links in a run folder are not followed";
  if (code === "EACCES" || code === "EPERM") return "may not be read: permission denied";
  if (code === "ENXIO") return "is neither a file nor a folder";
  if (code === "EMFILE" || code === "ENFILE") return "can't be read: too many files are open";
  return `can't be read (${code ?? "unknown error"})`;
}

/** A file or folder without following it; undefined where there is none or it can't be asked. */
export function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * The path of names below a folder, each of which is a folder itself but the last.
 * @returns undefined where a name is a link or something else than a folder, and for names that are none
 */
export function pathWithin(folder: string, ...names: readonly string[]): string | undefined {
  let path = folder;
  for (const [i, name] of names.entries()) {
    if (!isFileName(name)) return undefined;
    path = join(path, name);
    if (i < names.length - 1 && statOf(path)?.isDirectory() !== true) return undefined;
  }
  return path;
}

/** Names that stand for one entry of a folder on every system. */
export function isFileName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  return name !== "" && name !== "." && name !== ".." && !/[/\\\u0000]/.test(name);
}

/** Names of regular files in a folder, at most so many. */
export function listFiles(folder: string, most: number): string[] {
  if (statOf(folder)?.isDirectory() !== true) return [];
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort()
      .slice(0, most);
  } catch {
    return [];
  }
}

// What reading folders of pictures needs of the disk: lists, facts about files, and their bytes. Only regular files are read.
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { readdir, statfs } from "node:fs/promises";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import { readError } from "./readError.js";

/** What is known of a name in a folder without reading it. */
export interface FileFacts {
  readonly kind: "file" | "folder" | "special";
  /** Of what is special: `a FIFO`. */
  readonly what?: string;
  /** It is a link; all else is said of what it leads to. */
  readonly isLink: boolean;
  readonly bytes: number;
  /** When the contents, and when anything was changed last, in milliseconds since 1970. */
  readonly modified: number;
  readonly changed: number;
  /** The same for all ways to a file: device and number within it. */
  readonly device: number;
  readonly number: number;
}

/** Other values than `folderDisk` are for tests. */
export interface FolderDisk {
  list(path: string): Promise<readonly string[]>;
  facts(path: string): Promise<FileFacts>;
  /** The path without links, the same for all ways to a folder. */
  real(path: string): Promise<string>;
  /** A system's own view of itself (/proc, /sys), which looks like files and is none. */
  isPseudo(path: string): Promise<boolean>;
  read(path: string): Promise<Uint8Array>;
  /** The first 16 bytes of a file. */
  start(path: string): Promise<Uint8Array>;
}

/** The most bytes that a picture's file may have: a hundred million pixels of three times 16 bits are 600 million. */
export const mostFileBytes = 1_000_000_000;

/** Numbers by which Linux tells file systems that hold no files: proc, sysfs, cgroup, debugfs and their kind. */
const pseudoSystems: ReadonlySet<number> = new Set([
  ...[0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x1cd1],
  ...[0x73636673, 0xcafe4a11, 0x62656570, 0x6165676c, 0xde5e81e4, 0x19800202],
]);

export const folderDisk: FolderDisk = {
  list: (path) => readdir(path),
  // What waits for no disk is quicker in this thread than handed to another.
  facts: async (path) => factsOf(path),
  real: async (path) => realpathSync(path),
  async isPseudo(path) {
    if (process.platform !== "linux") return false;
    return pseudoSystems.has((await statfs(path)).type);
  },
  read: async (path) => readRegularFile(path),
  start: async (path) => readBytes(path, 16),
};

function factsOf(path: string): FileFacts {
  const own = lstatSync(path);
  const isLink = own.isSymbolicLink();
  const facts = isLink ? statSync(path) : own;
  const kind = facts.isFile() ? "file" : facts.isDirectory() ? "folder" : "special";
  return {
    kind,
    ...(kind === "special" ? { what: specialKind(facts) } : {}),
    isLink,
    bytes: facts.size,
    modified: facts.mtimeMs,
    changed: facts.ctimeMs,
    device: facts.dev,
    number: facts.ino,
  };
}

function specialKind(facts: Pick<ReturnType<typeof statSync> & object, "isFIFO" | "isSocket">): string {
  return facts.isFIFO() ? "a FIFO" : facts.isSocket() ? "a socket" : "a device";
}

/**
 * The bytes of a regular file. Its kind and size are looked at first, so that no device is opened and no FIFO waited for.
 * @param most default `mostFileBytes`
 * @throws UserError for what is no regular file, is longer than `most`, or cannot be read
 */
export function readRegularFile(path: string, most: number = mostFileBytes): Uint8Array<ArrayBuffer> {
  return readBytes(path, undefined, most);
}

/** @param first only so many bytes from the start, where the file has them */
function readBytes(path: string, first: number | undefined, most: number = mostFileBytes): Uint8Array<ArrayBuffer> {
  let descriptor: number | undefined;
  try {
    // Opening some devices does something already: looked at by name first, and again when open, for it may have changed.
    expectFile(path, statSync(path));
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
    const { size } = expectFile(path, fstatSync(descriptor));
    if (first === undefined && size > most) {
      throw new UserError(
        `the file has ${withThousands(size)} bytes, more than the ${withThousands(most)} that a picture's file may have`,
        { at: path, hint: "Make it smaller, or leave it out." },
      );
    }
    const bytes = new Uint8Array(Math.min(size, first ?? size));
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(descriptor, bytes, done, bytes.length - done, done);
      if (count === 0) break;
      done += count;
    }
    return done === bytes.length ? bytes : bytes.slice(0, done);
  } catch (cause) {
    throw cause instanceof UserError ? cause : readError(cause, path);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function expectFile<Facts extends ReturnType<typeof fstatSync>>(path: string, facts: Facts): Facts {
  if (facts.isFile()) return facts;
  if (facts.isDirectory()) throw new UserError("is a folder, not a file", { at: path, hint: "Name a file in it." });
  throw new UserError(`is ${specialKind(facts)}, not a file`, { at: path, hint: "Name a file." });
}

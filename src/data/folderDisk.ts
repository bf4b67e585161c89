// What reading folders of pictures needs of the disk: lists, facts about files, and their bytes. Only regular files are read.
import { lstatSync, realpathSync, statSync } from "node:fs";
import { readdir, statfs } from "node:fs/promises";
import { readFileStart, readRegularFile, specialKind } from "./regularFile.js";

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
  read: async (path) => readPictureFile(path),
  start: async (path) => readFileStart(path, 16).start,
};

function factsOf(path: string): FileFacts {
  const own = lstatSync(path);
  const isLink = own.isSymbolicLink();
  const facts = isLink ? statSync(path) : own;
  const kind = facts.isFile() ? "file" : facts.isDirectory() ? "folder" : "special";
  return {
    kind,
    ...(kind === "special" ? { what: specialKind(facts) ?? "a special file" } : {}),
    isLink,
    bytes: facts.size,
    modified: facts.mtimeMs,
    changed: facts.ctimeMs,
    device: facts.dev,
    number: facts.ino,
  };
}

/** The bytes of a picture's file. @throws UserError for what is no regular file, is too long, or cannot be read */
export function readPictureFile(path: string): Uint8Array {
  return readRegularFile(path, { bound: { bytes: mostFileBytes, of: "a picture's file" } });
}

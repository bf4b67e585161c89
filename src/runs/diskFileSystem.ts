// The disk as runs see it.
import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { failPoint } from "./failPoints.js";
import { codeOf, type FileKind, type FileSystem } from "./fileSystem.js";

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_WRONLY } = constants;
/** Not on Windows, which has neither these links nor FIFOs. */
const notFollowed = constants.O_NOFOLLOW ?? 0;
const notWaiting = constants.O_NONBLOCK ?? 0;

/** The disk. */
export const diskFileSystem: FileSystem = {
  read,
  write(path, bytes, within) {
    // Never into what is there: that may have other names elsewhere, or be a link.
    if (kindOf(path) !== "folder") rmSync(path, { force: true });
    writeWhole(path, O_WRONLY | O_CREAT | O_EXCL | notFollowed, bytes, within);
  },
  create(path, bytes) {
    const temporary = `${path}.${process.pid}-${randomUUID().slice(0, 8)}.part`;
    try {
      writeWhole(temporary, O_WRONLY | O_CREAT | O_EXCL | notFollowed, bytes);
      linkSync(temporary, path);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      // Some file systems know no second names: then nobody may look between the file's making and its bytes.
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(codeOf(error) ?? "")) throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
    try {
      writeWhole(path, O_WRONLY | O_CREAT | O_EXCL | notFollowed, bytes);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    }
  },
  append(path, bytes, within) {
    ownFile(path);
    writeWhole(path, O_WRONLY | O_APPEND | O_CREAT | notFollowed | notWaiting, bytes, within);
  },
  truncate(path, bytes) {
    ownFile(path);
    const handle = openSync(path, O_RDWR | notFollowed | notWaiting);
    try {
      ftruncateSync(handle, bytes);
    } finally {
      closeSync(handle);
    }
  },
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
  kind: kindOf,
  size: (path) => statSync(path).size,
  modified: (path) => lstatSync(path).mtimeMs,
  join,
  checksum: (bytes) => createHash("sha256").update(bytes).digest("hex"),
  reached: failPoint,
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

function kindOf(path: string): FileKind | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.isSymbolicLink()) return "link";
  return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
}

function read(path: string): Uint8Array {
  const handle = openSync(path, O_RDONLY | notWaiting);
  try {
    const found = fstatSync(handle);
    if (found.isDirectory()) throw failure("EISDIR", path);
    if (!found.isFile()) throw failure("EFTYPE", path);
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Gives a file that has other names (hard links) a copy of its own under this one. */
function ownFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isSymbolicLink()) throw failure("ELOOP", path);
  if (found.isDirectory()) throw failure("EISDIR", path);
  if (!found.isFile()) throw failure("EFTYPE", path);
  if (found.nlink < 2) return;
  const copy = `${path}.${process.pid}.part`;
  try {
    diskFileSystem.write(copy, read(path));
    renameSync(copy, path);
  } catch (error) {
    rmSync(copy, { force: true });
    throw error;
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

function writeWhole(path: string, flags: number, bytes: Uint8Array, within?: () => void): void {
  const handle = openSync(path, flags, 0o666);
  try {
    if (!fstatSync(handle).isFile()) throw failure("EFTYPE", path);
    // In one go where nobody looks between: then lines that several processes add at a time stay whole.
    const half = within === undefined ? 0 : bytes.length >> 1;
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

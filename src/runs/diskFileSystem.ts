// The disk as runs see it.
import { createHash } from "node:crypto";
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
import { dirname, join } from "node:path";
import { failPoint } from "./failPoints.js";
import { codeOf, type FileSystem } from "./fileSystem.js";

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

// Decoded pictures, kept for the next opening of the same folder: one file for each folder and way of decoding. Whatever is wrong
// with such a file, it is done without and made again; whatever is wrong with the disk, nothing is kept.
import { createHash } from "node:crypto";
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { sizeOf } from "../tensor/ops/define.js";
import { cacheFolder, pictureCacheBytes } from "./cacheFolder.js";
import type { PictureHeader } from "./decode.js";
import type { FileFacts } from "./folderDisk.js";
import { installedVersion } from "./packages.js";

/** Another one whenever the same file would be decoded to other pixels, or is laid out otherwise. */
const version = 1;
/** The first and the last bytes of a file. */
const magic = Buffer.from(`isthmus pixels ${version}\n`);
/** At the end: length of the index, its SHA-256, the magic. */
const trailerBytes = 8 + 32 + magic.length;
/** Files kept at the most, whatever their size. */
const mostEntries = 200;
const ending = ".pixels";
/** Files that a process which ended has left half-written are taken for such after this many milliseconds. */
const abandoned = 24 * 3600 * 1000;
/**
 * A file that was changed so shortly before it was looked at may be changed again without its time telling: clocks of file
 * systems go in steps, of 2 s on some. It is decoded again the next time.
 */
const unsureMilliseconds = 2000;
/** Bytes gathered before they are written. */
const gathered = 2 ** 20;

/** What is kept of a file. */
export type KeptPicture = { readonly header: PictureHeader | undefined } & (
  | { readonly hash: string; readonly row: number; readonly checksum: number }
  /** It was no picture, for this reason. */
  | { readonly reason: string }
);

interface CachedFile {
  readonly name: string;
  readonly facts: Pick<FileFacts, "bytes" | "modified" | "changed">;
}

/** What was kept of a folder, and a place for what will be. */
export interface PixelCache {
  /** [channel, height, width] of the pixels that are kept, where there are any. */
  readonly shape: readonly number[] | undefined;
  /** What is kept of a file that has not changed since. */
  find(file: CachedFile): KeptPicture | undefined;
  /** The pixels of a row; undefined where they are damaged. */
  pixels(kept: { readonly row: number; readonly checksum: number }): Uint8Array | undefined;
  /** Begins to keep pictures anew; what was kept stays readable until it is closed. */
  write(shape: readonly number[], count: number): PixelCacheWriter;
  /** Removes what was kept; it stays readable until it is closed. */
  forget(): void;
  close(): void;
}

export interface PixelCacheWriter {
  /** The next picture. */
  add(
    file: CachedFile,
    header: PictureHeader | undefined,
    of: { hash: string; pixels: Uint8Array } | { reason: string },
  ): void;
  /** Makes what was added the kept one. @returns a sentence where that can't be */
  finish(): string | undefined;
  /** Safe to call after `finish`. */
  discard(): void;
}

export interface PixelCacheOptions {
  /** What the pixels depend on beside the files. */
  readonly settings: unknown;
  /** Default `pictures` in the cache folder. */
  readonly folder?: string;
  /** Bytes that all kept pictures may take. Default `pictureCacheBytes()`; with 0 none are kept. */
  readonly most?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Writes bytes at the end of a file and gives their number. Another one is for tests. */
  readonly append?: typeof appendBytes;
}

const appendBytes = (descriptor: number, bytes: Uint8Array, from: number, length: number): number =>
  writeSync(descriptor, bytes, from, length);

/** What was kept of the folder `root`; undefined where nothing is to be kept. */
export function openPixelCache(root: string, options: PixelCacheOptions): PixelCache | undefined {
  const { settings, most = pictureCacheBytes(), now = Date.now, append = appendBytes } = options;
  if (most === 0) return undefined;
  const folder = options.folder ?? join(cacheFolder(), "pictures");
  const kind = [version, installedVersion("sharp"), process.arch];
  const key = createHash("sha256").update(JSON.stringify([...kind, realpathSync(root), settings]));
  const path = join(folder, `${key.digest("hex").slice(0, 32)}${ending}`);
  const began = now();
  const kept = readKept(path, now);
  return {
    shape: kept?.shape,
    find({ name, facts }) {
      const known = kept?.files.get(name);
      if (known === undefined) return undefined;
      const { bytes, modified, changed } = known.facts;
      return bytes === facts.bytes && modified === facts.modified && changed === facts.changed
        ? known.picture
        : undefined;
    },
    pixels({ row, checksum }) {
      if (kept === undefined) return undefined;
      const size = sizeOf(kept.shape);
      const pixels = new Uint8Array(size);
      try {
        readWhole(kept.descriptor, pixels, magic.length + row * size);
      } catch {
        return undefined;
      }
      return crc32(pixels) === checksum ? pixels : undefined;
    },
    write: (shape, count) =>
      writer({ path, folder, most, now, append, unsureFrom: began - unsureMilliseconds }, shape, count),
    forget: () => rmSync(path, { force: true }),
    close() {
      if (kept !== undefined) closeSync(kept.descriptor);
    },
  };
}

interface Kept {
  readonly descriptor: number;
  readonly shape: readonly number[];
  readonly files: ReadonlyMap<string, { readonly facts: CachedFile["facts"]; readonly picture: KeptPicture }>;
}

/** A line of the index: name, bytes, modified, changed, [width, height, channels], then row, CRC and SHA-256, or a reason. */
type Line = readonly [
  ...[name: string, bytes: number, modified: number, changed: number],
  header: readonly [number, number, 1 | 3] | null,
  ...([row: number, checksum: number, hash: string] | [reason: string]),
];

function readKept(path: string, now: () => number): Kept | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    const { size } = fstatSync(descriptor);
    const trailer = new Uint8Array(trailerBytes);
    readWhole(descriptor, trailer, size - trailerBytes);
    const start = new Uint8Array(magic.length);
    readWhole(descriptor, start, 0);
    if (!magic.equals(start) || !magic.equals(trailer.subarray(-magic.length))) throw new Error("not written here");
    const length = Number(new DataView(trailer.buffer).getBigUint64(0, true));
    const index = new Uint8Array(length);
    const pixelBytes = size - trailerBytes - length - magic.length;
    if (pixelBytes < 0) throw new Error("cut off");
    readWhole(descriptor, index, magic.length + pixelBytes);
    if (!createHash("sha256").update(index).digest().equals(trailer.subarray(8, 40))) throw new Error("damaged");
    const { shape, lines } = JSON.parse(new TextDecoder().decode(index)) as { shape: number[]; lines: Line[] };
    const rows = lines.filter((line) => line.length === 8).length;
    if (rows * sizeOf(shape) !== pixelBytes) throw new Error("cut off");
    const files = new Map(
      lines.map(([name, bytes, modified, changed, sides, ...rest]) => {
        const header = sides === null ? undefined : { width: sides[0], height: sides[1], channels: sides[2] };
        const [first, checksum, hash] = rest;
        const picture: KeptPicture =
          typeof first === "string"
            ? { header, reason: first }
            : { header, row: first, checksum: checksum as number, hash: hash as string };
        return [name, { facts: { bytes, modified, changed }, picture }];
      }),
    );
    touch(path, now());
    return { descriptor, shape, files };
  } catch {
    if (descriptor !== undefined) closeSync(descriptor);
    return undefined;
  }
}

/** The time of a file is when it was used last. */
function touch(path: string, now: number): void {
  try {
    utimesSync(path, now / 1000, now / 1000);
  } catch {
    // A folder that is only read from may still be used.
  }
}

function readWhole(descriptor: number, into: Uint8Array, position: number): void {
  for (let done = 0; done < into.length; ) {
    const count = readSync(descriptor, into, done, into.length - done, position + done);
    if (count === 0) throw new Error("cut off");
    done += count;
  }
}

interface Place {
  readonly path: string;
  readonly folder: string;
  readonly most: number;
  readonly now: () => number;
  readonly append: typeof appendBytes;
  /** Files that were changed later are decoded again the next time. */
  readonly unsureFrom: number;
}

function writer(
  { path, folder, most, now, append, unsureFrom }: Place,
  shape: readonly number[],
  count: number,
): PixelCacheWriter {
  const size = sizeOf(shape);
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.part`;
  const lines: Line[] = [];
  let rows = 0;
  let descriptor: number | undefined;
  let failure: string | undefined;
  let isTooLarge = false;
  let waiting = Buffer.alloc(Math.max(gathered, size));
  let length = 0;
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  };
  let isThere = false;
  const discard = (): void => {
    close();
    if (isThere) rmSync(temporary, { force: true });
    isThere = false;
  };
  /** A cache that can't be written costs time, nothing else. */
  const trying = (work: () => void): void => {
    if (failure !== undefined || isTooLarge) return;
    try {
      work();
    } catch (cause) {
      failure = reasonOf(cause);
      try {
        discard();
      } catch {
        // The folder may be gone.
      }
    }
  };
  const flush = (): void => {
    if (descriptor === undefined) return;
    for (let done = 0; done < length; ) done += append(descriptor, waiting, done, length - done);
    length = 0;
  };
  const put = (bytes: Uint8Array): void => {
    if (length + bytes.length > waiting.length) flush();
    if (bytes.length > waiting.length) waiting = Buffer.alloc(bytes.length);
    waiting.set(bytes, length);
    length += bytes.length;
  };
  trying(() => {
    isTooLarge = count * size > most;
    if (isTooLarge) return;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    makeRoom(folder, path, most - count * size, now());
    const { bavail, bsize } = statfsSync(folder);
    if (count * size > bavail * bsize) throw Object.assign(new Error("full"), { code: "ENOSPC" });
    descriptor = openSync(temporary, "wx", 0o600);
    isThere = true;
    put(magic);
  });
  return {
    add({ name, facts }, header, of) {
      trying(() => {
        const changed = Math.max(facts.changed, facts.modified) >= unsureFrom ? -1 : facts.changed;
        const sides = header === undefined ? null : ([header.width, header.height, header.channels] as const);
        const begin = [name, facts.bytes, facts.modified, changed, sides] as const;
        if ("reason" in of) lines.push([...begin, of.reason]);
        else {
          lines.push([...begin, rows++, crc32(of.pixels), of.hash]);
          put(of.pixels);
        }
      });
    },
    finish() {
      trying(() => {
        const index = Buffer.from(JSON.stringify({ shape, lines }));
        const trailer = Buffer.alloc(trailerBytes);
        trailer.writeBigUInt64LE(BigInt(index.length), 0);
        createHash("sha256").update(index).digest().copy(trailer, 8);
        magic.copy(trailer, 40);
        put(index);
        put(trailer);
        flush();
        close();
        renameSync(temporary, path);
        isThere = false;
        touch(path, now());
      });
      if (failure === undefined) return undefined;
      return `the decoded pictures are not kept for the next opening: ${failure} (${folder}; ISTHMUS_CACHE=off keeps none)`;
    },
    discard,
  };
}

function reasonOf(cause: unknown): string {
  const { code } = cause as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOSPC: "the disk is full",
    EDQUOT: "the disk's quota is used up",
    EACCES: "the cache folder may not be written to",
    EPERM: "the cache folder may not be written to",
    EROFS: "the cache folder may not be written to",
    ENOTDIR: "the cache folder is a file",
    EEXIST: "the cache folder is a file",
  };
  return known[code ?? ""] ?? `the cache folder can't be written (${code ?? String(cause)})`;
}

/** Removes what was not used longest, but for `path`, until the rest has at most `most` bytes; and what was left half-written. */
function makeRoom(folder: string, path: string, most: number, now: number): void {
  const entries: { readonly path: string; readonly bytes: number; readonly used: number }[] = [];
  for (const name of readdirSync(folder)) {
    const isPart = /^[0-9a-f]{32}\.pixels\.[0-9]+-[0-9a-z]+\.part$/.test(name);
    if (!isPart && !/^[0-9a-f]{32}\.pixels$/.test(name)) continue;
    const one = join(folder, name);
    const facts = statSync(one, { throwIfNoEntry: false });
    if (facts === undefined) continue;
    if (!isPart) {
      if (one !== path) entries.push({ path: one, bytes: facts.size, used: facts.mtimeMs });
    } else if (now - facts.mtimeMs > abandoned) rmSync(one, { force: true });
  }
  entries.sort((a, b) => b.used - a.used);
  let left = most;
  for (const [place, entry] of entries.entries()) {
    left -= entry.bytes;
    if (left < 0 || place >= mostEntries - 1) rmSync(entry.path, { force: true });
  }
}

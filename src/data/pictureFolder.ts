// Folders of picture files: which files are pictures, in an order that no file system decides, and their pixels in a set.
// What classes and splits the folders mean is decided elsewhere.
import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, readFile, realpath, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import { type Fit, fitPicture, type Picture } from "../pixels/index.js";
import { type DecodeOptions, decodePicture, type PictureHeader, readError, readPictureHeader } from "./decode.js";
import type { ImageSet, OpenContext } from "./define.js";
import { createImageStore } from "./imageStore.js";
import { few } from "./split.js";

/** What reading folders needs of the disk; other values than the default are for tests. */
export interface FolderDisk {
  list(path: string): Promise<readonly string[]>;
  kind(path: string): Promise<"file" | "folder" | "other">;
  /** The path without links, the same for all ways to a folder. */
  real(path: string): Promise<string>;
  read(path: string): Promise<Uint8Array>;
  /** The first bytes of a file. */
  start(path: string): Promise<Uint8Array>;
}

export const folderDisk: FolderDisk = {
  list: (path) => readdir(path),
  async kind(path) {
    const facts = await stat(path);
    return facts.isFile() ? "file" : facts.isDirectory() ? "folder" : "other";
  },
  real: (path) => realpath(path),
  read: (path) => readFile(path),
  async start(path) {
    let file: FileHandle | undefined;
    try {
      file = await open(path);
      const { buffer, bytesRead } = await file.read(new Uint8Array(16), 0, 16, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file?.close();
    }
  },
};

/** A file that is a picture by its name or by its first bytes. */
export interface PictureFile {
  /** From the folder, with forward slashes and composed characters (NFC), whatever the file system has. */
  readonly name: string;
  readonly path: string;
}

/** Something that could not be taken. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

export interface FoundPictures {
  /** In the order of their names' code units. */
  readonly pictures: readonly PictureFile[];
  readonly skipped: readonly Skipped[];
  /** Names of files that are no pictures, in the same order. */
  readonly others: readonly string[];
}

/** Endings of files that are pictures by their name, in small letters. */
export const pictureEndings: readonly string[] = [
  ...[".png", ".apng", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".tif", ".tiff"],
  ...[".avif", ".heic", ".heif", ".svg", ".bmp"],
];

/**
 * All pictures in a folder and its subfolders. Links are followed; names that begin with a dot are left out.
 * @param strict refuse what would be left out: a link in a circle
 * @throws UserError where there is no such folder, or one of its folders cannot be read
 */
export async function findPictures(
  root: string,
  { strict = false, disk = folderDisk }: { readonly strict?: boolean; readonly disk?: FolderDisk } = {},
): Promise<FoundPictures> {
  const pictures: PictureFile[] = [];
  const skipped: Skipped[] = [];
  const others: string[] = [];
  const skip = (name: string, path: string, reason: string): void => {
    if (strict) throw new UserError(reason, { at: path, hint: "Mend or remove it, or leave strict out to skip it." });
    skipped.push({ name, reason });
  };
  const walk = async (path: string, prefix: string, above: ReadonlySet<string>): Promise<void> => {
    const names = await disk.list(path).catch((cause) => Promise.reject(readError(cause, path)));
    for (const entry of names) {
      if (entry.startsWith(".") || entry === "__MACOSX") continue;
      const here = join(path, entry);
      const name = `${prefix}${entry.normalize("NFC")}`;
      const kind = await disk.kind(here).catch((cause: unknown) => readError(cause, here));
      if (kind instanceof UserError) {
        skip(name, here, kind.message);
      } else if (kind === "folder") {
        const real = await disk.real(here).catch((cause) => Promise.reject(readError(cause, here)));
        if (above.has(real)) skip(name, here, "this link leads back to a folder that it lies in");
        else await walk(here, `${name}/`, new Set([...above, real]));
      } else if (
        kind === "file" &&
        (pictureEndings.includes(extname(name).toLowerCase()) || (await beginsAsPicture(here, disk)))
      ) {
        pictures.push({ name, path: here });
      } else if (kind === "file") {
        others.push(name);
      }
    }
  };
  const rootKind = await disk.kind(root).catch((cause) => Promise.reject(readError(cause, root)));
  if (rootKind !== "folder") throw new UserError("is a file, not a folder", { at: root, hint: "Name the folder." });
  await walk(root, "", new Set([await disk.real(root)]));
  pictures.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { pictures, skipped, others: others.sort() };
}

/** PNG, JPEG, GIF, WebP (and other RIFF), TIFF, or AVIF by the first bytes; a file that cannot be read does not. */
async function beginsAsPicture(path: string, disk: FolderDisk): Promise<boolean> {
  const bytes = await disk.start(path).catch(() => new Uint8Array());
  const text = String.fromCharCode(...bytes);
  return /^(\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|II\*\0|MM\0\*|....ftyp(avif|heic|mif1))/s.test(text);
}

export interface LoadOptions extends DecodeOptions {
  /** [channel, height, width] */
  readonly shape: readonly number[];
  readonly fit?: Fit;
  /** What is done with a picture before it is fitted. */
  readonly prepare?: (picture: Picture, name: string) => Picture;
  /** Refuse the first picture that cannot be read, instead of leaving it out. */
  readonly strict?: boolean;
  readonly disk?: FolderDisk;
  readonly memoryBound?: number;
}

export interface LoadedPictures {
  /** For each file what was read of it; undefined where it was left out. */
  readonly hashes: readonly (string | undefined)[];
  readonly skipped: readonly Skipped[];
  /** One set for each list of files, without the files that were left out; `indices` are the files' places in `files`. */
  readonly sets: readonly ImageSet[];
}

/**
 * Decodes pictures into sets, several at a time, in bounded memory.
 * @param files in their order
 * @param setOf which set each file belongs to, counted from 0
 * @throws UserError for a file that cannot be read where `strict`; the others are counted
 */
export async function loadPictures(
  files: readonly PictureFile[],
  setOf: ArrayLike<number>,
  sets: number,
  options: LoadOptions,
  { progress }: OpenContext = {},
): Promise<LoadedPictures> {
  const { shape, fit = "cover", prepare, strict = false, disk = folderDisk, limitPixels, memoryBound } = options;
  const size = shape.reduce((product, length) => product * length, 1);
  const lists = Array.from({ length: sets }, (_, set) => files.flatMap((_, i) => (setOf[i] === set ? [i] : [])));
  const stores = lists.map((list) =>
    createImageStore(list.length, size, memoryBound === undefined ? {} : { memoryBound }),
  );
  const kept = lists.map((): number[] => []);
  const hashes: (string | undefined)[] = new Array(files.length).fill(undefined);
  const skipped: Skipped[] = [];
  const what = "reading pictures";
  await inOrder(
    files.length,
    async (i) => {
      const { path, name } = files[i] as PictureFile;
      try {
        const bytes = await disk.read(path).catch((cause) => Promise.reject(readError(cause, path)));
        const picture = await decodePicture(bytes, { at: path, ...(limitPixels === undefined ? {} : { limitPixels }) });
        const pixels = fitPicture(prepare === undefined ? picture : prepare(picture, name), { shape, fit });
        return { pixels, hash: createHash("sha256").update(bytes).digest("hex") };
      } catch (error) {
        if (!(error instanceof UserError) || strict) throw error;
        return error;
      }
    },
    (i, result) => {
      if (i % 100 === 0) progress?.({ done: i, of: files.length, what });
      if (result instanceof UserError) {
        skipped.push({ name: (files[i] as PictureFile).name, reason: result.message });
        return;
      }
      const set = setOf[i] as number;
      const places = kept[set] as number[];
      stores[set]?.write(places.length, result.pixels);
      places.push(i);
      hashes[i] = result.hash;
    },
  );
  progress?.({ done: files.length, of: files.length, what });
  return {
    hashes,
    skipped,
    sets: kept.map((places, set) => ({
      count: places.length,
      shape,
      pixels: stores[set]?.finish(places.length) ?? new Uint8Array(),
      indices: Uint32Array.from(places),
    })),
  };
}

/** The headers of pictures that have one, in order. */
export async function readHeaders(
  files: readonly PictureFile[],
  { disk = folderDisk, limitPixels }: Pick<LoadOptions, "disk" | "limitPixels">,
  { progress }: OpenContext = {},
): Promise<readonly PictureHeader[]> {
  const headers: PictureHeader[] = [];
  const options = limitPixels === undefined ? {} : { limitPixels };
  await inOrder(
    files.length,
    async (i) => {
      try {
        return await readPictureHeader(await disk.read((files[i] as PictureFile).path), options);
      } catch {
        // Decoding says what is wrong with it.
        return undefined;
      }
    },
    (i, header) => {
      if (i % 100 === 0) progress?.({ done: i, of: files.length, what: "looking at pictures" });
      if (header !== undefined) headers.push(header);
    },
  );
  return headers;
}

/** SHA-256 over the names and contents of the files that were taken: the same for the same pictures, wherever they lie. */
export function folderChecksum(files: readonly PictureFile[], hashes: readonly (string | undefined)[]): string {
  const all = createHash("sha256");
  for (const [i, { name }] of files.entries()) if (hashes[i] !== undefined) all.update(`${hashes[i]}  ${name}\n`);
  return all.digest("hex");
}

/** `2 of 1,002 files were skipped: a.png (this is no picture), b.png (the file is empty)` */
export function skippedNote(skipped: readonly Skipped[], of: number): string | undefined {
  if (skipped.length === 0) return undefined;
  const named = few(skipped.map(({ name, reason }) => `${name} (${reason})`));
  const were = skipped.length === 1 ? "was" : "were";
  return `${withThousands(skipped.length)} of ${withThousands(of)} files ${were} skipped: ${named}`;
}

/** Pictures being decoded at once: enough for the decoder's threads, few enough to bound the memory they take. */
const atOnce = 8;

/** Works on several items at once and takes the results in the items' order. */
async function inOrder<Result>(
  count: number,
  work: (item: number) => Promise<Result>,
  take: (item: number, result: Result) => void,
): Promise<void> {
  const running: Promise<Result>[] = [];
  const begin = (item: number): void => {
    const result = work(item);
    // A failure is met when its turn comes; until then it is no unhandled one.
    result.catch(() => {});
    running.push(result);
  };
  for (let next = 0; next < Math.min(atOnce, count); next++) begin(next);
  for (let item = 0; item < count; item++) {
    const result = await (running.shift() as Promise<Result>);
    if (item + atOnce < count) begin(item + atOnce);
    take(item, result);
  }
}

// Folders of picture files: which files are pictures, in an order that no file system decides, and their pixels in a set.
// What classes and splits the folders mean is decided elsewhere.
import { createHash } from "node:crypto";
import { extname, join } from "node:path";
import { UserError } from "../base/errors.js";
import { countText, printable, withThousands } from "../base/text.js";
import { isPauseDue, pause } from "../base/turns.js";
import { type Fit, fitPicture, type Picture } from "../pixels/index.js";
import { type DecodeOptions, decodePicture, type PictureHeader, readPictureHeader } from "./decode.js";
import type { ImageSet, OpenContext } from "./define.js";
import { type FileFacts, type FolderDisk, folderDisk } from "./folderDisk.js";
import { createImageStore } from "./imageStore.js";
import { readError } from "./readError.js";
import { few } from "./split.js";

/** A file that is a picture by its name or by its first bytes. */
export interface PictureFile {
  /** From the folder, with forward slashes and composed characters (NFC), whatever the file system has. */
  readonly name: string;
  readonly path: string;
  readonly facts: FileFacts;
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
}

/** Endings of files that are pictures by their name, in small letters. */
export const pictureEndings: readonly string[] = [
  ...[".png", ".apng", ".jpg", ".jpeg", ".jfif", ".webp", ".gif", ".tif", ".tiff"],
  ...[".avif", ".heic", ".heif", ".svg", ".bmp"],
];

/** Names that are looked at in one folder with all below it, before it is taken for a mistake. */
export const mostNames = 2_000_000;
/** Milliseconds after which a walk is told of, again and again. */
const millisecondsBetweenReports = 500;

export interface WalkOptions extends OpenContext {
  /** Refuse what would be left out: a link in a circle, a broken one, another file system. */
  readonly strict?: boolean;
  readonly disk?: FolderDisk;
  /** Default `mostNames`. */
  readonly most?: number;
  readonly signal?: AbortSignal;
  /** A clock, in milliseconds. */
  readonly clock?: () => number;
}

/**
 * All pictures in a folder and its subfolders: regular files alone. Links are followed, to another file system too, but never
 * into a folder that they lie in; what is mounted in the folder is left out, and names that begin with a dot are not looked at.
 * @throws UserError where there is no such folder, one of its folders cannot be read, or more than `most` names lie in it
 * @throws AbortError
 */
export async function findPictures(root: string, options: WalkOptions = {}): Promise<FoundPictures> {
  const { strict = false, disk = folderDisk, most = mostNames, signal, progress, clock = Date.now } = options;
  const pictures: PictureFile[] = [];
  const skipped: Skipped[] = [];
  const skip = (name: string, path: string, reason: string): void => {
    if (strict) throw new UserError(reason, { at: path, hint: "Mend or remove it, or leave strict out to skip it." });
    skipped.push({ name: printable(name), reason });
  };
  const first = await factsOf(root, disk);
  if (first.kind !== "folder") {
    const what = first.kind === "file" ? "a file" : (first.what ?? "a special file");
    throw new UserError(`is ${what}, not a folder`, { at: root, hint: "Name the folder." });
  }
  if (await isPseudo(root, disk)) {
    throw new UserError("shows the system itself, not files", { at: root, hint: "Name a folder of pictures." });
  }
  let seen = 0;
  let reported = clock();
  /** Folders that are yet to be walked through, the next one last, with the folders that each lies in. */
  const left: Folder[] = [{ path: root, prefix: "", facts: first, above: undefined }];
  for (let folder = left.pop(); folder !== undefined; folder = left.pop()) {
    const { path, prefix, facts } = folder;
    const names = await disk.list(path).catch((cause) => Promise.reject(asUserError(cause, path)));
    for (const entry of names) {
      if (++seen > most) {
        throw new UserError(`there are more than ${withThousands(most)} files and folders in this folder`, {
          at: root,
          hint: "Name a folder that holds the pictures and little else.",
        });
      }
      if (isPauseDue()) await pause(signal);
      if (clock() - reported >= millisecondsBetweenReports) {
        reported = clock();
        progress?.({ done: seen, of: 0, what: `looking through ${printable(path)}: ${countText(seen, "name")}` });
      }
      if (entry.startsWith(".") || entry === "__MACOSX") continue;
      const here = join(path, entry);
      const name = `${prefix}${entry.normalize("NFC")}`;
      const known = await disk.facts(here).catch((cause: unknown) => unreachable(cause, entry));
      if (typeof known === "string") {
        skip(name, here, known);
      } else if (known.kind === "folder") {
        if (known.isLink && liesIn(known, folder)) skip(name, here, "this link leads back to a folder that it lies in");
        else if (known.device !== facts.device && !known.isLink)
          skip(name, here, "another file system is mounted here");
        else if (known.device !== facts.device && (await isPseudo(here, disk))) {
          skip(name, here, "this link leads to the system itself, not to files");
        } else left.push({ path: here, prefix: `${name}/`, facts: known, above: folder });
      } else {
        const isNamedAsOne = pictureEndings.includes(extname(name).toLowerCase());
        if (known.kind === "special") {
          if (isNamedAsOne) skip(name, here, `is ${known.what ?? "a special file"}, not a file`);
        } else if (isNamedAsOne || (known.bytes > 0 && (await beginsAsPicture(here, disk)))) {
          pictures.push({ name, path: here, facts: known });
        }
      }
    }
  }
  pictures.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  skipped.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { pictures, skipped };
}

interface Folder {
  readonly path: string;
  readonly prefix: string;
  readonly facts: FileFacts;
  readonly above: Folder | undefined;
}

/** Whether a folder is one of those that a name lies in, by whatever way. */
function liesIn({ device, number }: FileFacts, folder: Folder | undefined): boolean {
  for (let one = folder; one !== undefined; one = one.above)
    if (one.facts.device === device && one.facts.number === number) return true;
  return false;
}

async function factsOf(path: string, disk: FolderDisk): Promise<FileFacts> {
  return await disk.facts(path).catch((cause) => Promise.reject(asUserError(cause, path)));
}

/** A system that cannot tell has no such folders. */
async function isPseudo(path: string, disk: FolderDisk): Promise<boolean> {
  return await disk.isPseudo(path).catch(() => false);
}

function asUserError(cause: unknown, path: string): UserError {
  return cause instanceof UserError ? cause : readError(cause, path);
}

/** Why a name that a folder lists leads nowhere. */
function unreachable(cause: unknown, name: string): string {
  if ((cause as NodeJS.ErrnoException).code !== "ENOENT") return asUserError(cause, name).message;
  return name.includes("\uFFFD") ? "its name is not written in UTF-8" : "is a link to what is not there";
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
        const bytes = await disk.read(path).catch((cause) => Promise.reject(asUserError(cause, path)));
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

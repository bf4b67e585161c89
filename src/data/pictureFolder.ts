// Folders of picture files: which files are pictures, in an order that no file system decides, and their pixels in a set.
// What classes and splits the folders mean is decided elsewhere.
import { createHash } from "node:crypto";
import { extname, join } from "node:path";
import { escapeName } from "../base/controls.js";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import { isPauseDue, pause } from "../base/turns.js";
import type { OpenContext } from "./define.js";
import { type FileFacts, type FolderDisk, folderDisk } from "./folderDisk.js";
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
  /** Names of files that are no pictures, in the same order. */
  readonly others: readonly string[];
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
  const others: string[] = [];
  const skip = (name: string, path: string, reason: string): void => {
    if (strict) throw new UserError(reason, { at: path, hint: "Mend or remove it, or leave strict out to skip it." });
    skipped.push({ name: escapeName(name), reason });
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
    const names = await disk.list(path).catch((cause) => Promise.reject(readError(cause, path)));
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
        progress?.({ done: seen, of: 0, what: `looking through ${escapeName(root)}` });
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
        } else {
          others.push(escapeName(name));
        }
      }
    }
  }
  pictures.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  skipped.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return { pictures, skipped, others: others.sort() };
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
  return await disk.facts(path).catch((cause) => Promise.reject(readError(cause, path)));
}

/** A system that cannot tell has no such folders. */
async function isPseudo(path: string, disk: FolderDisk): Promise<boolean> {
  return await disk.isPseudo(path).catch(() => false);
}

/** Why a name that a folder lists leads nowhere. */
function unreachable(cause: unknown, name: string): string {
  if ((cause as NodeJS.ErrnoException).code !== "ENOENT") return readError(cause, name).message;
  return name.includes("\uFFFD") ? "its name is not written in UTF-8" : "is a link to what is not there";
}

/** PNG, JPEG, GIF, WebP (and other RIFF), TIFF, or AVIF by the first bytes; a file that cannot be read does not. */
async function beginsAsPicture(path: string, disk: FolderDisk): Promise<boolean> {
  const bytes = await disk.start(path).catch(() => new Uint8Array());
  const text = String.fromCharCode(...bytes);
  return /^(\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|II\*\0|MM\0\*|....ftyp(avif|heic|mif1))/s.test(text);
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

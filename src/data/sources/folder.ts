// A folder of pictures: subfolders are classes, or first the splits train and test and then classes.
import type { z } from "zod";
import { UserError } from "../../base/errors.js";
import { timesText, withThousands } from "../../base/text.js";
import { type UndecodedPictures, undecodedPictures } from "../arrivals.js";
import { defineSourceKind, type ImageSet, type OpenContext, type OpenSource, type SplitName } from "../define.js";
import { folder as description } from "../descriptions/folder.js";
import { firstHeader } from "../firstHeader.js";
import { type FolderDisk, folderDisk } from "../folderDisk.js";
import { type FileOptions, type LoadedPictures, loadPictures, readHeaders } from "../loadPictures.js";
import { findPictures, folderChecksum, type PictureFile, skippedNote } from "../pictureFolder.js";
import { openPixelCache, type PixelCacheOptions } from "../pixelCache.js";
import { splitTest } from "../split.js";

export type FolderOptions = z.output<typeof description.options>;

export const folder = defineSourceKind({
  ...description,
  look: (given) => lookIntoFolder(given),
  open: (given, context) => openFolder(given, context),
});

/** Names of first-level folders that are splits and not classes, as data sets in folders have them. */
const splitFolders: Readonly<Record<string, SplitName>> = {
  train: "train",
  training: "train",
  test: "test",
  testing: "test",
  validation: "validation",
  valid: "validation",
  val: "validation",
};

/**
 * Opens a folder. Where all first-level folders are named as splits (train, test, validation or val) and train is among them,
 * they are the splits; what is missing of train and test is parted by `split`. The first folder below is the class, deeper
 * folders belong to it; all folders of a picture together are its group. Pictures that lie beside class folders leave the set
 * without labels. The order is that of the names, whatever the file system's.
 * @throws UserError where the folder has no picture, pictures of several sizes and no `size`, or too little to part; with
 *   `strict` for the first file that is no picture
 */
export async function openFolder(
  options: FolderOptions,
  context: OpenContext,
  disk: FolderDisk = folderDisk,
  keeping: Omit<PixelCacheOptions, "settings"> = {},
): Promise<OpenSource> {
  const { path, size, grey, fit, split, strict, scaleOnLoad = false, limitPixels } = options;
  const { pictures: files, skipped: unreachable, others } = await findPictures(path, { strict, disk, ...context });
  if (files.length === 0) {
    throw new UserError("there is no picture in this folder", {
      at: path,
      hint: "PNG, JPEG, WebP, GIF, TIFF, AVIF and SVG files are read, in subfolders too.",
    });
  }
  const notes: string[] = [];
  const given = givenSplits(files);
  const { labels, groups, classes, note } = labelsOf(files, given !== undefined, path);
  if (note !== undefined) notes.push(note);
  const names: SplitName[] = ["train", "test", "validation"];
  const setOf = new Uint8Array(files.length);
  if (given !== undefined) for (const [i, name] of given.entries()) setOf[i] = names.indexOf(name);
  if (given === undefined || !given.includes("test")) {
    const trained = Uint32Array.from(files.keys()).filter((i) => setOf[i] === 0);
    const parted = splitTest(
      {
        count: trained.length,
        groups: Array.from(trained, (i) => groups[i] as number),
        ...(labels === undefined ? {} : { labels: Array.from(trained, (i) => labels[i] as number) }),
      },
      split,
      classes,
      path,
    );
    notes.push(...parted.notes);
    for (const [place, i] of trained.entries()) if (parted.isTest[place] === 1) setOf[i] = 1;
  }
  const cacheSettings = ["folder", size, grey, fit, limitPixels, scaleOnLoad];
  const cache = openPixelCache(path, { ...keeping, settings: cacheSettings });
  const loaded = await loadFiles().finally(() => cache?.close());
  const { skipped, sets } = loaded;
  if ("note" in loaded && loaded.note !== undefined) notes.push(loaded.note);
  const skippedText = skippedNote([...unreachable, ...skipped], files.length + unreachable.length);
  if (skippedText !== undefined) notes.unshift(skippedText);
  async function loadFiles(): Promise<LoadedPictures | UndecodedPictures> {
    const { shape, headers } = await shapeOf(files, options, { disk, cache }, context);
    const settings = { shape, fit, limitPixels, scaleOnLoad };
    const from = { strict, disk, cache, headers };
    const { now, append, ...place } = keeping;
    // With strict nothing is trained before it is known that every file is a picture. Functions don't cross to a thread.
    const mayBeLater = !strict && disk === folderDisk && now === undefined && append === undefined;
    const cachePlace = { root: path, settings: cacheSettings, ...place };
    const undecoded = mayBeLater
      ? await undecodedPictures(files, setOf, names.length, settings, { ...from, cachePlace }, context)
      : undefined;
    return undecoded ?? (await loadPictures(files, setOf, names.length, settings, from, context));
  }
  const finished = sets.map(
    (set): ImageSet => ({
      ...set,
      ...(labels === undefined ? {} : { labels: pick(labels, set.indices) }),
      ...(split.by === "image"
        ? {}
        : {
            groups: pick(split.by === "class" && labels !== undefined ? Uint32Array.from(labels) : groups, set.indices),
          }),
    }),
  );
  const [train, test, validation] = finished;
  if (train === undefined || test === undefined || train.count === 0 || test.count === 0) {
    const [first] = skipped;
    throw new UserError(`no picture for ${train?.count === 0 ? "training" : "testing"} can be read`, {
      at: path,
      hint: first === undefined ? "Add pictures." : `For example ${first.name}: ${first.reason}.`,
    });
  }
  return {
    card: {
      name: "folder",
      title: `${withThousands(files.length - skipped.length)} pictures in ${path}`,
      origin: path,
      licence: "not stated",
      checksums: "hashes" in loaded ? checksumsOf(loaded.hashes) : {},
    },
    ...(classes === undefined ? {} : { classes }),
    splits: { train, test, ...(validation === undefined || validation.count === 0 ? {} : { validation }) },
    ...(notes.length === 0 ? {} : { notes }),
    files: { names: files.map(({ name }) => name), skipped: [...unreachable, ...skipped], others },
    ...("arrivals" in loaded
      ? {
          arrivals: {
            ...loaded.arrivals,
            finish() {
              const { hashes, note: unkept } = loaded.arrivals.finish();
              return { checksums: checksumsOf(hashes), notes: unkept === undefined ? [] : [unkept] };
            },
          },
        }
      : {}),
  };
  function checksumsOf(hashes: LoadedPictures["hashes"]): Record<string, string> {
    return { "names and contents": folderChecksum(files, hashes) };
  }
}

/**
 * The shapes that the pictures may have, by their first one: grey pictures are turned to colour where colour follows.
 * @throws UserError where the folder cannot be read
 */
export async function lookIntoFolder(
  { path, size, grey, limitPixels }: Pick<FolderOptions, "path" | "size" | "grey" | "limitPixels">,
  disk: FolderDisk = folderDisk,
): Promise<readonly (readonly number[])[]> {
  const wanted = typeof size === "number" ? [size, size] : size;
  if (wanted !== undefined && grey !== undefined) return [[grey ? 1 : 3, ...wanted]];
  const first = await firstHeader(path, { limitPixels, disk });
  if (first === undefined) return [];
  const sides = wanted ?? [first.height, first.width];
  const channels = grey === undefined ? (first.channels === 3 ? [3] : [1, 3]) : [grey ? 1 : 3];
  return channels.map((count) => [count, ...sides]);
}

/** Which split each file's first folder names; undefined where a file lies elsewhere, or none is for training. */
export function givenSplits(files: readonly PictureFile[]): readonly SplitName[] | undefined {
  const given: SplitName[] = [];
  for (const { name } of files) {
    const slash = name.indexOf("/");
    const split = slash < 0 ? undefined : splitFolders[name.slice(0, slash).toLowerCase()];
    if (split === undefined) return undefined;
    given.push(split);
  }
  return given.includes("train") ? given : undefined;
}

export function labelsOf(files: readonly PictureFile[], isSplit: boolean, path: string) {
  const folders = files.map(({ name }) => name.split("/").slice(isSplit ? 1 : 0, -1));
  const groupNumbers = numbered(folders.map((names) => names.join("/")));
  const groups = groupNumbers.numbers;
  const loose = folders.findIndex((names) => names.length === 0);
  const hasClasses = folders.some((names) => names.length > 0);
  if (!hasClasses) return { groups };
  if (loose >= 0) {
    const count = folders.filter((names) => names.length === 0).length;
    const note = `the pictures have no labels: ${withThousands(count)} of ${withThousands(files.length)} lie beside the class folders, for example ${files[loose]?.name}`;
    return { groups, note };
  }
  const { names: classes, numbers } = numbered(folders.map(([first = ""]) => first));
  if (classes.length > 65_536) {
    throw new UserError(`there are ${withThousands(classes.length)} classes, at most 65,536 can be told apart`, {
      at: path,
      hint: "Put the pictures into one folder, so that they have no labels.",
    });
  }
  const labels = classes.length <= 256 ? Uint8Array.from(numbers) : Uint16Array.from(numbers);
  return { groups, labels, classes };
}

/** Names in order, each once, and the number of each given one. */
function numbered(given: readonly string[]): { names: readonly string[]; numbers: Uint32Array } {
  const names = [...new Set(given)].sort();
  const places = new Map(names.map((name, i) => [name, i]));
  return { names, numbers: Uint32Array.from(given, (name) => places.get(name) ?? 0) };
}

function pick<Values extends Uint8Array | Uint16Array | Uint32Array>(values: Values, places: Uint32Array): Values {
  const out = values.slice(0, places.length) as Values;
  for (const [i, place] of places.entries()) out[i] = values[place] as number;
  return out;
}

/** [channel, height, width]: as asked for, the rest as the pictures have it; and their headers where they had to be read. */
async function shapeOf(
  files: readonly PictureFile[],
  { path, size, grey, limitPixels }: Pick<FolderOptions, "path" | "size" | "grey" | "limitPixels">,
  from: FileOptions,
  context: OpenContext,
): Promise<{ readonly shape: readonly number[]; readonly headers?: NonNullable<FileOptions["headers"]> }> {
  const wanted = typeof size === "number" ? [size, size] : size;
  if (wanted !== undefined && grey !== undefined) return { shape: [grey ? 1 : 3, ...wanted] };
  const headers = await readHeaders(files, from, limitPixels, context);
  const known = headers.filter((header) => header !== undefined);
  const channels = (grey ?? (known.length > 0 && known.every((header) => header.channels === 1))) ? 1 : 3;
  if (wanted !== undefined) return { shape: [channels, ...wanted], headers };
  const sizes = new Map(known.map(({ height, width }) => [`${height}×${width}`, [height, width]] as const));
  const [only] = sizes.values();
  // Without any header, decoding tells what is wrong with the files.
  if (only === undefined) return { shape: [channels, 1, 1], headers };
  if (sizes.size > 1) {
    const ordered = [...sizes.values()].sort(([h1, w1], [h2, w2]) => h1 * w1 - h2 * w2);
    throw new UserError(
      `the pictures have ${withThousands(sizes.size)} sizes, from ${timesText(ordered[0] ?? [])} to ${timesText(ordered.at(-1) ?? [])}; a model takes one`,
      { at: path, hint: `Say which, for example { source: folder, path: ${path}, size: [64, 64] }.` },
    );
  }
  return { shape: [channels, ...only], headers };
}

// A look over a data set before an experiment is made of it: what kind of pictures there are and how many, by the headers and a
// sample, without opening all of them. What follows from it is experiment/madeToMeasure.ts.

import type { z } from "zod";
import { UserError } from "../base/errors.js";
import { evenPlaces } from "../base/numbers.js";
import { throwIfAborted } from "../base/turns.js";
import { fitPicture } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import { decodePicture, isDrawing, mostPixelsHere, type PictureHeader, readPictureHeader } from "./decode.js";
import type { ImageSet, OpenContext, OpenSource } from "./define.js";
import type { folder } from "./descriptions/folder.js";
import type { SourceSpec } from "./descriptions/index.js";
import { folderDisk } from "./folderDisk.js";
import { readPixels } from "./imageStore.js";
import { longFile } from "./loadPictures.js";
import { factsOf, type PictureFacts } from "./pictureFacts.js";
import { findPictures, type PictureFile } from "./pictureFolder.js";
import { givenSplits, labelsOf } from "./sources/folder.js";
import { sourceOf } from "./sources/index.js";

/** Headers that are read: more tell nothing new of sizes, and each is a file to open. */
const mostHeaders = 600;
/** Pictures that are decoded: with so many the share of a kind is known within a few hundredths. */
const mostDecoded = 200;
/** Of large pictures fewer are, for decoding takes its time: a camera's ten, of 6 million pixels each. */
const [mostDecodedPixels, fewestDecoded] = [60_000_000, 10];
/** Pictures that are looked through for transparent parts. */
const mostSeenThrough = 40;
/** Pictures are judged at this number of pixels, about the size that networks take. */
const judgedPixels = 64 * 64;

/**
 * @param spec a source as `readSourceSpec` reads it
 * @throws UserError where there is nothing to look at, or too little: a folder without pictures, or with one
 */
export async function lookOver(spec: SourceSpec, context: OpenContext = {}): Promise<PictureFacts> {
  if (spec.name === "folder") return await lookOverFolder(spec.options as z.output<typeof folder.options>, context);
  const started = performance.now();
  const opened = await sourceOf(spec).open(context);
  return factsOfSet(opened, (performance.now() - started) / 1000);
}

async function lookOverFolder(
  { path, limitPixels }: z.output<typeof folder.options>,
  context: OpenContext,
): Promise<PictureFacts> {
  const { progress, signal } = context;
  const { pictures: files } = await findPictures(path, context);
  if (files.length === 0) {
    throw new UserError("there is no picture in this folder", {
      at: path,
      hint: "PNG, JPEG, WebP, GIF, TIFF, AVIF and SVG files are read, in subfolders too.",
    });
  }
  if (files.length === 1) {
    throw new UserError("there is one picture in this folder, which cannot be parted into training and test", {
      at: path,
      hint: "Add more pictures: some hundred at least for something to learn.",
    });
  }
  const given = givenSplits(files);
  const { classes, labels } = labelsOf(files, given !== undefined, path);
  const headers = await inTurns(evenly(files, mostHeaders), (file) => headerOf(file, limitPixels));
  const found = headers.filter((header) => header !== undefined);
  if (found.length === 0) {
    throw new UserError("no picture in this folder can be read", { at: path, hint: "Try to open one of them." });
  }
  const size = sizeOfMost(found);
  const [height, width] = size;
  const scale = Math.min(1, Math.sqrt(judgedPixels / (height * width)));
  const channels = found.every((header) => header.channels === 1) ? 1 : 3;
  const shape = [channels, Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale))];
  const few = Math.max(fewestDecoded, Math.floor(mostDecodedPixels / (height * width)));
  const sample = evenly(files, Math.min(mostDecoded, few));
  let done = 0;
  const started = performance.now();
  const decoded = await inTurns(sample, async (file) => {
    throwIfAborted(signal);
    try {
      return fitPicture(await decodePicture(file.path, { limitPixels }), { shape });
    } catch (error) {
      if (error instanceof UserError) return undefined;
      throw error;
    } finally {
      progress?.({ done: ++done, of: sample.length, what: "looking at pictures" });
    }
  });
  const pictures = decoded.filter((picture) => picture !== undefined);
  if (pictures.length === 0) {
    throw new UserError("no picture in this folder can be read", { at: path, hint: "Try to open one of them." });
  }
  const secondsEach = (performance.now() - started) / 1000 / sample.length;
  const tested = given?.filter((name) => name === "test").length ?? 0;
  const held = given?.filter((name) => name === "validation").length ?? 0;
  return {
    ...factsOf({ shape, pictures }),
    trained: files.length - tested - held,
    tested,
    size,
    sizes: new Set(found.map((header) => `${header.height}×${header.width}`)).size,
    channels,
    transparent: await transparentShare(files),
    ...(classes === undefined ? {} : { classes, classCounts: countsOf(classes, labels) }),
    isParted: tested > 0,
    secondsToOpen: secondsEach * files.length,
  };
}

function countsOf(classes: readonly string[], labels: Iterable<number>): readonly number[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

/** Undefined for what is no picture: opening says so. */
async function headerOf({ path, facts }: PictureFile, limitPixels: number): Promise<PictureHeader | undefined> {
  return await readPictureHeader(facts.bytes > longFile ? path : await folderDisk.read(path), { limitPixels }).catch(
    () => undefined,
  );
}

/** Share of the pictures with transparent parts: many files have a channel for them and nothing in it. */
async function transparentShare(files: readonly PictureFile[]): Promise<number> {
  const { sharp } = await import("./codec.js");
  const some = evenly(files, mostSeenThrough);
  const parts = await inTurns(some, async ({ path }) => {
    try {
      const bytes = await folderDisk.read(path);
      // Decoding a drawing may take any time; most lie on nothing.
      if (isDrawing(bytes)) return 1;
      const { hasAlpha, height, width } = await sharp(bytes, { limitInputPixels: false }).metadata();
      if (!hasAlpha) return 0;
      return height * width <= mostPixelsHere && (await sharp(bytes).stats()).isOpaque ? 0 : 1;
    } catch {
      return 0;
    }
  });
  return parts.reduce<number>((sum, part) => sum + part, 0) / some.length;
}

/** The size that all share; else the middle aspect with the area that no more than a tenth have less of. */
function sizeOfMost(headers: readonly PictureHeader[]): readonly [height: number, width: number] {
  const [first] = headers as readonly [PictureHeader, ...PictureHeader[]];
  if (headers.every(({ height, width }) => height === first.height && width === first.width)) {
    return [first.height, first.width];
  }
  const areas = headers.map(({ height, width }) => height * width).sort((a, b) => a - b);
  const aspects = headers.map(({ height, width }) => width / height).sort((a, b) => a - b);
  const area = areas[Math.floor(areas.length / 10)] as number;
  const aspect = aspects[Math.floor(aspects.length / 2)] as number;
  return [Math.max(1, Math.round(Math.sqrt(area / aspect))), Math.max(1, Math.round(Math.sqrt(area * aspect)))];
}

function evenly<Item>(items: readonly Item[], most: number): readonly Item[] {
  return evenPlaces(items.length, most).map((place) => items[place] as Item);
}

/** Files being read at once. */
const atOnce = 8;

async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = new Array(items.length);
  let next = 0;
  const take = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as Item);
  };
  await Promise.all(Array.from({ length: atOnce }, take));
  return results;
}

/** Of a source that opens quickly, or that must be opened to be known. */
function factsOfSet({ splits, classes }: OpenSource, seconds: number): PictureFacts {
  const { train, test } = splits;
  const [channels = 1, height = 1, width = 1] = train.shape;
  const pictures = evenPlaces(train.count, mostDecoded).map((image) => pictureOf(train, image));
  return {
    ...factsOf({ shape: train.shape, pictures }),
    trained: train.count,
    tested: test.count,
    size: [height, width],
    sizes: 1,
    channels: channels === 1 ? 1 : 3,
    transparent: 0,
    ...(classes === undefined ? {} : { classes }),
    isParted: true,
    secondsToOpen: seconds,
  };
}

function pictureOf(set: ImageSet, image: number): Uint8Array {
  return Uint8Array.from(readPixels(set, image, 1, new Uint8Array(sizeOf(set.shape))));
}

// Pictures that a person names: files and folders, read and made ready for a model.
import { statSync } from "node:fs";
import { extname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { countText } from "../base/text.js";
import { edgePlaces } from "../data/brightness.js";
import { decodePicture, readError } from "../data/decode.js";
import { findPictures, pictureEndings } from "../data/pictureFolder.js";
import type { TrainedModel } from "../inference/index.js";
import { type Fit, fitPicture, fits, invert, type Picture, unitFromPixels } from "../pixels/index.js";

/** Options of tasks that make pictures ready for a model. */
export const fitOptions = {
  fit: z
    .enum(fits)
    .optional()
    .describe(
      "how a picture takes the model's shape: its middle, the whole with black around, or stretched (default: cover)",
    ),
  invert: z.boolean().default(false).describe("turn light and dark around first"),
};

/** A picture's file. */
export interface PictureFile {
  readonly path: string;
  /** Its place below the folder that was named, without the ending; the file's own name where it was named itself. */
  readonly name: string;
  /** It was found in a folder: what is damaged there is passed over. */
  readonly isFound: boolean;
}

/**
 * Files as they were named, and all pictures in folders; see `findPictures` of the data room.
 * @param note takes a sentence about what was left out of a folder
 * @throws UserError for a path that is not there, and a folder without a picture
 */
export async function findNamedPictures(
  paths: readonly string[],
  note: (sentence: string) => void,
): Promise<readonly PictureFile[]> {
  const files: PictureFile[] = [];
  for (const path of paths) {
    if (!isFolder(path)) {
      files.push({ path, name: withoutEnding(path.split(/[\\/]/).at(-1) ?? path), isFound: false });
      continue;
    }
    const { pictures, skipped } = await findPictures(path);
    for (const { name, reason } of skipped) note(`${join(path, name)} was left out: ${reason}`);
    if (pictures.length === 0) {
      throw new UserError("has no pictures in it", {
        at: path,
        hint: `A file is a picture by its first bytes, or by its ending: ${pictureEndings.join(", ")}.`,
      });
    }
    for (const one of pictures) files.push({ path: one.path, name: withoutEnding(one.name), isFound: true });
  }
  return files;
}

/** @throws UserError where there is nothing, or it may not be looked at */
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw readError(cause, path);
  }
}

function withoutEnding(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

export interface ReadyPicture {
  readonly file: PictureFile;
  /** As it came. */
  readonly original: Picture;
  /** As the model takes it, [channel, height, width] in [0, 1]. */
  readonly input: Float32Array;
}

/**
 * How pictures are fitted to the model: as was asked, or as the model's metadata say.
 * @throws UserError where neither says it
 */
export function fitFor(
  { preprocessing }: Pick<TrainedModel, "preprocessing">,
  fit: Fit | undefined,
  encoder: string | undefined,
): Fit {
  const chosen = fit ?? (preprocessing === undefined ? undefined : (preprocessing.fit ?? "cover"));
  if (chosen !== undefined) return chosen;
  throw new UserError("does not say how pictures are made ready for it: it was not written by isthmus export", {
    at: encoder ?? "--encoder",
    hint: "Say it: --fit cover, contain or stretch, and --range -1,1 where black is -1 and white 1 to it.",
  });
}

/** How pictures are made ready for a model. */
export interface ReadyOptions {
  readonly fit: Fit;
  readonly isInverted: boolean;
  /** `original` has the picture's own size, however large; else a very large one comes smaller. Default false. */
  readonly isWhole?: boolean;
  readonly note: Note;
}

/**
 * Takes a sentence about what looks wrong.
 * @param of the picture that it is said of, where it may be said of others too: the sentence then goes on after a picture's name
 */
export type Note = (sentence: string, of?: string) => void;

/** Writes notes down: what is said of several pictures once, of the first and the number of the others. */
export function noteIn(notes: string[]): Note {
  const shared = new Map<string, { readonly at: number; readonly first: string; others: number }>();
  return (sentence, of) => {
    const known = shared.get(sentence);
    if (of === undefined) notes.push(sentence);
    else if (known === undefined)
      shared.set(sentence, { at: notes.push(`${of} ${sentence}`) - 1, first: of, others: 0 });
    else {
      known.others += 1;
      notes[known.at] = `${known.first} and ${countText(known.others, "other picture")}: each ${sentence}`;
    }
  };
}

function decoded({ path }: PictureFile, { inputShape }: Pick<TrainedModel, "inputShape">, { isWhole }: ReadyOptions) {
  const [, height = 1, width = 1] = inputShape;
  return decodePicture(path, isWhole === true ? {} : { wanted: { height, width } });
}

/**
 * Reads a picture for a model.
 * @throws UserError for a file that is no picture
 */
export async function readyPicture(
  file: PictureFile,
  model: Pick<TrainedModel, "inputShape" | "preprocessing">,
  options: ReadyOptions,
): Promise<ReadyPicture> {
  return madeReady(file, await decoded(file, model, options), model, options);
}

/**
 * Reads one of many pictures for a model.
 * @returns undefined, with a note, for what was found in a folder and is no picture
 * @throws UserError for a file that was named and is no picture
 */
export async function readyPictureOfMany(
  file: PictureFile,
  model: Pick<TrainedModel, "inputShape" | "preprocessing">,
  options: ReadyOptions,
): Promise<ReadyPicture | undefined> {
  let original: Picture;
  try {
    original = await decoded(file, model, options);
  } catch (error) {
    if (!file.isFound || !(error instanceof UserError)) throw error;
    options.note(`${file.path} was left out: ${error.message}`);
    return undefined;
  }
  return madeReady(file, original, model, options);
}

function madeReady(
  file: PictureFile,
  original: Picture,
  model: Pick<TrainedModel, "inputShape" | "preprocessing">,
  { fit, isInverted, note }: ReadyOptions,
): ReadyPicture {
  const input = unitFromPixels(fitPicture(original, { shape: model.inputShape, fit }));
  if (isInverted) invert(input);
  const seen = contraryText(input, model);
  if (seen !== undefined) {
    note(`${seen}. ${isInverted ? "Leave out --invert?" : "--invert turns it around."}`, file.path);
  }
  return { file, original, input };
}

/** How far from the middle grey a brightness must be to tell dark from light. */
const clearly = 0.1;

/**
 * What a picture looks like that is dark on light to a model of light on dark, or the other way. Both its whole and its edges must
 * lie on the other side of grey than the training's pictures: a light garment on black is no contrary.
 */
export function contraryText(
  image: Float32Array,
  { inputShape, preprocessing }: Pick<TrainedModel, "inputShape" | "preprocessing">,
): string | undefined {
  const { brightness, edgeBrightness } = preprocessing ?? {};
  if (brightness === undefined || edgeBrightness === undefined) return undefined;
  const [channels = 1, height = 1, width = 1] = inputShape;
  const places = edgePlaces(channels, height, width);
  const sum = image.reduce((total, value) => total + value, 0);
  const edgeSum = places.reduce((total, place) => total + (image[place] as number), 0);
  const side = (mean: number): number => (Math.abs(mean - 0.5) < clearly ? 0 : Math.sign(mean - 0.5));
  const isOpposite = (mine: number, its: number): boolean => side(mine) * side(its) === -1;
  if (!isOpposite(sum / image.length, brightness) || !isOpposite(edgeSum / places.length, edgeBrightness)) {
    return undefined;
  }
  return brightness < 0.5
    ? "looks dark on light, and the model was trained on light on dark"
    : "looks light on dark, and the model was trained on dark on light";
}

// Printed digits as an ordinary folder of PNG files.
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import type { Picture } from "../../pixels/index.js";
import { readOptions } from "../../schema/read.js";
import type { ImageSet, OpenContext } from "../define.js";
import { createImageStore, readPixels } from "../imageStore.js";
import { encodePng } from "../picture.js";
import { eachDigit } from "./digits.js";
import { digitNames, drawingOptions } from "./options.js";

const writeOptions = z.strictObject(drawingOptions);

/**
 * Writes the pictures as PNG files, one subfolder a digit: `7/00017.png` is image 17. The folder appears whole or not at
 * all. Its `sizes.csv` has a line for each picture with the height of its ink over the picture's.
 * @param folder must not exist yet, or be empty
 * @throws UserError where it is not empty or cannot be written, and for options that do not fit
 */
export async function writePrintedDigits(
  folder: string,
  given: z.input<typeof writeOptions> = {},
  { progress }: OpenContext = {},
): Promise<{ readonly count: number }> {
  const digits = readOptions(writeOptions, given, "", "printed-digits");
  const { size, grey } = digits;
  await checkFree(folder);
  const temporary = `${resolve(folder)}.${randomUUID()}.part`;
  const of = 10 * digits.perClass;
  const store = createImageStore(of, (grey ? 1 : 3) * size * size);
  const sizes: number[] = [];
  const take = (image: number, bytes: Uint8Array, inkSize: number): void => {
    store.write(image, bytes);
    sizes[image] = inkSize;
  };
  await eachDigit(digits, take, { progress: (done) => progress?.({ done, of, what: "drawing printed digits" }) });
  const set: ImageSet = {
    count: sizes.length,
    shape: [grey ? 1 : 3, size, size],
    pixels: store.finish(),
    indices: Uint32Array.from(sizes.keys()),
  };
  try {
    for (const name of digitNames) await mkdir(join(temporary, name), { recursive: true });
    await inTurns(set.count, async (image) => {
      if (image % 100 === 0) progress?.({ done: image, of, what: "writing pictures" });
      await writeFile(join(temporary, fileOf(image)), await encodePng(pictureOf(set, image)));
    });
    const lines = sizes.map((inkSize, image) => `${fileOf(image)},${Number(inkSize.toFixed(4))}\n`);
    await writeFile(join(temporary, "sizes.csv"), `file,size\n${lines.join("")}`);
    // An empty folder of this name makes room; one that has been filled meanwhile stays, and the renaming fails.
    await rmdir(folder).catch(() => {});
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw new UserError(`the pictures cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      at: folder,
      hint: `Check that ${dirname(resolve(folder))} may be written to and that the disk has room.`,
      cause: error,
    });
  }
  return { count: set.count };
}

function fileOf(image: number): string {
  return `${image % 10}/${String(image).padStart(5, "0")}.png`;
}

/** @throws UserError where the name is taken */
async function checkFree(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  const hint = "Name a folder that does not exist yet.";
  if (found === undefined) return;
  if (!found.isDirectory()) throw new UserError("there is a file of this name", { at: folder, hint });
  if ((await readdir(folder)).length > 0) throw new UserError("this folder is not empty", { at: folder, hint });
}

/** Does the work for 0 … count−1, as many at a time as there are processors. */
async function inTurns(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  // All have ended before a failure is told, so nobody writes into a folder that is being removed.
  const ends = await Promise.allSettled(Array.from({ length: availableParallelism() }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** One image of a set as bytes, pixel by pixel. */
function pictureOf(set: ImageSet, image: number): Picture {
  const [channels = 1, height = 0, width = 0] = set.shape;
  const pixels = readPixels(set, image, 1);
  const area = height * width;
  const bytes = new Uint8Array(pixels.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0; at < area; at++) bytes[at * channels + channel] = pixels[channel * area + at] as number;
  }
  return { width, height, channels: channels === 1 ? 1 : 3, bytes };
}

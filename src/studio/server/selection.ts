// Points that were chosen on a map, as a file to take along: a table of them, or a folder of their pictures with that table.
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { UserError } from "../../base/errors.js";
import { csvCell } from "../../base/text.js";
import { isPauseDue, pause } from "../../base/turns.js";
import type { ImageSet } from "../../data/define.js";
import { readPixels } from "../../data/imageStore.js";
import { encodePng } from "../../data/picture.js";
import { encodeImages } from "../../evaluation/encodeImages.js";
import { pictureOfPlanes, unitFromPixels } from "../../pixels/index.js";
import { openCodeSpace, openPictures } from "../../tasks/codeSpace.js";
import type { TaskContext } from "../../tasks/define.js";
import { checkPictures, splitOf } from "../../tasks/splitOf.js";
import { sizeOf } from "../../tensor/index.js";
import { mostSelectedPictures } from "../api.js";
import type { Work } from "./work.js";
import { type ZipEntry, zipPieces } from "./zip.js";

/** Pixels of all pictures in one file; PNG files of photographs are hardly smaller. */
const mostPixelBytes = 512 * 2 ** 20;
/** Numbers in a table. */
const mostCells = 4_000_000;
/** Pictures whose errors are measured at once. */
const chunk = 500;

/**
 * Writes the file that was asked for.
 * @throws UserError for places that are not there, and for more than a file holds; AbortError
 */
export async function writeSelection(
  { run, out, selection }: Extract<Work, { kind: "selection" }>,
  context: TaskContext,
): Promise<void> {
  const { on, as } = selection;
  // A name stands once in an archive.
  const places = [...new Set(selection.places)];
  const model = await openCodeSpace({ run, checkpoint: "last" });
  try {
    const source = await openPictures(model, { exact: false }, context);
    const set = splitOf(source, on);
    checkPictures(model, set, "data");
    const wrong = places.find((place) => place >= set.count);
    if (wrong !== undefined) {
      throw new UserError(`there is no image ${wrong} in the split ${on}, which has ${set.count}`, { at: "places" });
    }
    const codeSize = sizeOf(model.codeShape);
    if (places.length * codeSize > mostCells) {
      throw new UserError(`a table of ${places.length} codes of ${codeSize} numbers is too large`, {
        at: "places",
        hint: `Choose at most ${Math.floor(mostCells / codeSize)}.`,
      });
    }
    const codes = await encodeImages(model, set, context, { images: places });
    const errors = new Float32Array(places.length);
    for (let first = 0; first < places.length; first += chunk) {
      const pixels = unitFromPixels(pixelsOf(set, places.slice(first, first + chunk)));
      errors.set(await model.score(pixels, { signal: context.signal }), first);
    }
    const classOf = (place: number): string => {
      const label = set.labels?.[place];
      return label === undefined ? "" : (source.classes?.[label] ?? String(label));
    };
    const nameOf = (place: number): string => `${on}-${String(place).padStart(6, "0")}`;
    const table = tableOf({ places, on, classOf, errors, codes, codeSize });
    if (as === "csv") {
      await writeFile(out, table);
      return;
    }
    if (places.length > mostSelectedPictures || places.length * sizeOf(set.shape) > mostPixelBytes) {
      const most = Math.min(mostSelectedPictures, Math.floor(mostPixelBytes / sizeOf(set.shape)));
      throw new UserError(`${places.length} pictures are more than one file takes`, {
        at: "places",
        hint: `Choose at most ${most}, or a table.`,
      });
    }
    async function* entries(): AsyncGenerator<ZipEntry> {
      yield { name: "selection/selection.csv", bytes: new TextEncoder().encode(table) };
      const { shape } = set;
      const [channels = 1, height = 1, width = 1] = shape;
      for (const [i, place] of places.entries()) {
        context.report({ done: i, of: places.length, what: "drawing pictures" });
        const picture = pictureOfPlanes(readPixels(set, place, 1).slice(), channels, height, width);
        yield { name: `selection/${nameOf(place)}.png`, bytes: await encodePng(picture) };
        if (isPauseDue()) await pause(context.signal);
      }
    }
    await pipeline(Readable.from(zipPieces(entries())), createWriteStream(out));
  } finally {
    model.dispose();
  }
}

function pixelsOf(set: ImageSet, places: readonly number[]): Uint8Array {
  const size = sizeOf(set.shape);
  const pixels = new Uint8Array(places.length * size);
  for (const [i, place] of places.entries()) pixels.set(readPixels(set, place, 1), i * size);
  return pixels;
}

export interface SelectionRows {
  readonly places: readonly number[];
  readonly on: string;
  classOf(place: number): string;
  /** Mean squared error of each. */
  readonly errors: Float32Array;
  /** [place, unit] */
  readonly codes: Float32Array;
  readonly codeSize: number;
}

/** A line for each place, in the order of choosing. */
export function tableOf({ places, on, classOf, errors, codes, codeSize }: SelectionRows): string {
  const head = ["split", "image", "class", "mse", ...Array.from({ length: codeSize }, (_, unit) => `code${unit}`)];
  const rows = places.map((place, i) => [
    on,
    place,
    safeCell(classOf(place)),
    short(errors[i] as number),
    ...Array.from(codes.subarray(i * codeSize, (i + 1) * codeSize), short),
  ]);
  return `${[head, ...rows].map((row) => row.map(csvCell).join(",")).join("\n")}\n`;
}

/** Nine digits are every one that a float32 has. */
const short = (value: number): number => Number(value.toPrecision(9));

/** Programs that open tables compute what begins like this: names of classes are words from outside. */
const safeCell = (text: string): string =>
  /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;

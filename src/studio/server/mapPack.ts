// A map of codes as arrays for a page: points, errors, classes, and sheets of the pictures themselves.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { randomOrder } from "../../base/random.js";
import { isPauseDue, pause } from "../../base/turns.js";
import { sharp } from "../../data/codec.js";
import type { ImageSet } from "../../data/define.js";
import { readPixels } from "../../data/imageStore.js";
import { encodeImages } from "../../evaluation/encodeImages.js";
import { principalMap } from "../../latent/index.js";
import { unitFromPixels } from "../../pixels/index.js";
import { openCodeSpace, openPictures } from "../../tasks/codeSpace.js";
import type { TaskContext } from "../../tasks/define.js";
import { neighbourMapInThread } from "../../tasks/mapThread.js";
import { checkPictures, splitOf } from "../../tasks/splitOf.js";
import { sizeOf } from "../../tensor/index.js";
import { type MapHead, writePack } from "../api.js";
import type { Work } from "./work.js";

/** Codes are handed along where they take no more than this. */
const mostCodeBytes = 64 * 2 ** 20;
/** Pictures of a sheet: 64 by 64, so that a sheet of 28 × 28 has 1792 pixels a side. */
const columns = 64;
const tilesOfSheet = columns * 64;
/** Pictures whose errors are measured at once. */
const chunk = 500;

/**
 * Lays out a map.
 * @throws UserError as the task `map`, and for units that the code does not have; AbortError
 */
export async function mapPack(
  { run, out, options }: Extract<Work, { kind: "map" }>,
  context: TaskContext,
): Promise<{ readonly head: MapHead; readonly pack: Uint8Array<ArrayBuffer> }> {
  const { method, on, seed = 0 } = options;
  const { report, signal } = context;
  const model = await openCodeSpace({ run, checkpoint: "last" });
  try {
    const source = await openPictures(model, { exact: false }, context);
    const set = splitOf(source, on);
    checkPictures(model, set, "data");
    const codeSize = sizeOf(model.codeShape);
    const count = Math.min(options.count ?? set.count, set.count);
    if (count < 3) throw new UserError(`a map of ${count} pictures shows nothing`, { at: "count" });
    const images =
      count === set.count
        ? Uint32Array.from({ length: count }, (_, i) => i)
        : Uint32Array.from(randomOrder(set.count, seed, "sample", 0).slice(0, count)).sort();
    const codes = await encodeImages(model, set, context, { images });
    const laid = await layOut(codes, codeSize, count, options, context);
    const errors = new Float32Array(count);
    const size = sizeOf(set.shape);
    for (let first = 0; first < count; first += chunk) {
      report({ done: first, of: count, what: "measuring errors" });
      const some = images.subarray(first, first + chunk);
      errors.set(await model.score(unitFromPixels(pixelsOf(set, some, size)), { signal }), first);
    }
    const sheets: MapHead["sheets"][number][] = [];
    for (let first = 0; first < count; first += tilesOfSheet) {
      report({ done: first, of: count, what: "drawing pictures" });
      const some = images.subarray(first, first + tilesOfSheet);
      const name = `sheet-${String(sheets.length).padStart(4, "0")}.webp`;
      writeFileSync(join(out, name), await sheetOf(pixelsOf(set, some, size), set.shape));
      sheets.push({ file: sheets.length, first, count: some.length, columns });
      if (isPauseDue()) await pause(signal);
    }
    const head: MapHead = {
      ...{ method, on, count, codeSize, shape: set.shape, sheets },
      classes: source.classes ?? [],
      hasPlane: laid.plane !== undefined,
      ...(laid.shares === undefined ? {} : { shares: laid.shares }),
    };
    const { labels } = set;
    const row = (values: ArrayBufferView) => ({ shape: [count], values });
    const vector = (values: Float32Array) => ({ shape: [codeSize], values });
    const pack = writePack(head, {
      points: { shape: [count, 2], values: laid.points },
      images: row(images),
      errors: row(errors),
      ...(labels === undefined ? {} : { labels: row(Int32Array.from(images, (image) => labels[image] as number)) }),
      ...(codes.byteLength > mostCodeBytes ? {} : { codes: { shape: [count, codeSize], values: codes } }),
      ...(laid.plane === undefined
        ? {}
        : { origin: vector(laid.plane.origin), right: vector(laid.plane.right), up: vector(laid.plane.up) }),
    });
    return { head, pack };
  } finally {
    model.dispose();
  }
}

interface Plane {
  readonly origin: Float32Array;
  readonly right: Float32Array;
  readonly up: Float32Array;
}

async function layOut(
  codes: Float32Array,
  codeSize: number,
  count: number,
  options: Extract<Work, { kind: "map" }>["options"],
  { report, signal }: TaskContext,
): Promise<{ readonly points: Float32Array; readonly plane?: Plane; readonly shares?: readonly [number, number] }> {
  const { method, units = [0, 1], neighbours = 15, minimumDistance = 0.1, seed = 0 } = options;
  if (method === "umap") {
    if (count <= neighbours) {
      throw new UserError(`${neighbours} neighbours need more than ${count} pictures`, { at: "neighbours" });
    }
    const points = await neighbourMapInThread(codes, codeSize, {
      ...{ neighbours, minimumDistance, seed, signal },
      progress: (done) => report({ done: Math.round(done * count), of: count, what: "laying out the map" }),
    });
    return { points };
  }
  if (method === "pca") {
    const { points, shares, mean, directions } = await principalMap(codes, codeSize, signal);
    const along = (axis: 0 | 1) => Float32Array.from(directions.subarray(axis * codeSize, (axis + 1) * codeSize));
    return { points, shares, plane: { origin: Float32Array.from(mean), right: along(0), up: along(1) } };
  }
  const [first, second] = units;
  for (const unit of units) {
    if (unit >= codeSize) throw new UserError(`there is no unit ${unit}: the code has ${codeSize}`, { at: "units" });
  }
  const points = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    points[2 * i] = codes[i * codeSize + first] as number;
    points[2 * i + 1] = codes[i * codeSize + second] as number;
  }
  const along = (unit: number) => Float32Array.from({ length: codeSize }, (_, i) => (i === unit ? 1 : 0));
  const origin = meanOf(codes, codeSize, count).map((value, unit) => (unit === first || unit === second ? 0 : value));
  return { points, plane: { origin, right: along(first), up: along(second) } };
}

function meanOf(codes: Float32Array, codeSize: number, count: number): Float32Array {
  const sums = new Float64Array(codeSize);
  for (let i = 0; i < codes.length; i++) sums[i % codeSize] = (sums[i % codeSize] as number) + (codes[i] as number);
  return Float32Array.from(sums, (sum) => sum / count);
}

function pixelsOf(set: ImageSet, images: Uint32Array, size: number): Uint8Array {
  const pixels = new Uint8Array(images.length * size);
  for (const [i, image] of images.entries()) pixels.set(readPixels(set, image, 1), i * size);
  return pixels;
}

/** Pictures [n, c, h, w] side by side, 64 in a row, without gaps. */
async function sheetOf(pixels: Uint8Array, shape: readonly number[]): Promise<Uint8Array> {
  const [channels = 1, height = 1, width = 1] = shape;
  const count = pixels.length / (channels * height * width);
  const rows = Math.ceil(count / columns);
  const colours = channels === 1 ? 1 : 3;
  const sheet = new Uint8Array(columns * width * rows * height * colours);
  for (let image = 0; image < count; image++) {
    const left = (image % columns) * width;
    const top = Math.floor(image / columns) * height;
    for (let colour = 0; colour < colours; colour++) {
      const from = (image * channels + Math.min(colour, channels - 1)) * height * width;
      for (let y = 0; y < height; y++) {
        const to = ((top + y) * columns * width + left) * colours + colour;
        for (let x = 0; x < width; x++) sheet[to + x * colours] = pixels[from + y * width + x] as number;
      }
    }
  }
  const raw = { width: columns * width, height: rows * height, channels: colours } as const;
  return await sharp(sheet, { raw }).webp({ lossless: true, effort: 0 }).toBuffer();
}

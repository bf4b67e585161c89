// A run's model, used by way of the server: codes to pictures, pictures to codes, pictures of the data.
import {
  type DecodeHead,
  type ImagesHead,
  type MadeReady,
  type PictureChoice,
  paths,
  type RunId,
  type Uploaded,
  writePack,
} from "../../api.js";
import { ask, askPack } from "./ask.js";

/** Codes or pictures that the server takes at once. */
export const mostAtOnce = 256;

/** @returns what makes pictures of codes, as many as there are: [image, channel, height, width] in [0, 1] */
export function decoderOf(run: RunId, known?: number): (codes: Float32Array) => Promise<Float32Array> {
  let codeSize = known;
  const part = async (codes: Float32Array, size: number): Promise<Float32Array> => {
    const pack = await askPack<DecodeHead>(paths.decode(run), {
      method: "POST",
      body: writePack({}, { codes: { shape: [codes.length / size, size], values: codes } }),
    });
    return pack.arrays.pixels?.values as Float32Array;
  };
  return async (codes) => {
    // The server knows how long a code is, and cuts by itself; only what is too much at once has to be cut here.
    codeSize ??= (await encoded(run, { on: "test", places: [0] })).codeSize;
    const most = mostAtOnce * codeSize;
    if (codes.length <= most) return part(codes, codeSize);
    const parts: Float32Array[] = [];
    for (let first = 0; first < codes.length; first += most) {
      parts.push(await part(codes.slice(first, first + most), codeSize));
    }
    return joined(parts);
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export interface Encoded {
  /** [image, unit] */
  readonly codes: Float32Array;
  readonly codeSize: number;
  /** What the model saw: [image, channel, height, width]. */
  readonly pixels: Float32Array;
  /** Absent of a model without decoder. */
  readonly restored: Float32Array | undefined;
  /** [channel, height, width] */
  readonly shape: readonly number[];
  /** Of pictures of one's own: what was done to each. */
  readonly ready: readonly MadeReady[];
}

/** What was done to a picture of one's own before the model saw it: `200×150 in colour; its middle, scaled to 28×28, turned grey`. */
export function readyText(
  { channels, fit }: MadeReady,
  { width, height }: { readonly width: number; readonly height: number },
  [ownChannels = 1, ownHeight = 1, ownWidth = 1]: readonly number[],
): string {
  const isSameShape = width * ownHeight === height * ownWidth;
  const isSameSize = width === ownWidth && height === ownHeight;
  const done = [
    ...(isSameShape
      ? []
      : [{ cover: "its middle", contain: "the whole with black around", stretch: "stretched" }[fit]]),
    ...(isSameSize ? [] : [`scaled to ${ownWidth}×${ownHeight}`]),
    ...(channels > 1 && ownChannels === 1
      ? ["turned grey"]
      : channels === 1 && ownChannels > 1
        ? ["its grey in all channels"]
        : []),
  ];
  const size = `${width}×${height} ${channels > 1 ? "in colour" : "in grey"}`;
  return `${size}; ${done.length === 0 ? "taken as it is" : done.join(", ")}`;
}

export async function encoded(
  run: RunId,
  pictures: PictureChoice,
  { signal, isInverted = false }: { readonly signal?: AbortSignal; readonly isInverted?: boolean } = {},
): Promise<Encoded> {
  const { head, arrays } = await askPack<DecodeHead>(paths.encode(run), {
    method: "POST",
    body: { pictures, ...(isInverted ? { invert: true } : {}) },
    ...(signal === undefined ? {} : { signal }),
  });
  return {
    ready: head.ready ?? [],
    codes: arrays.codes?.values as Float32Array,
    codeSize: head.codeSize,
    pixels: arrays.pixels?.values as Float32Array,
    restored: arrays.restored?.values as Float32Array | undefined,
    shape: arrays.pixels?.shape.slice(1) ?? [],
  };
}

const splits = new Map<string, Promise<ImagesHead>>();

/** How many images a split of a run's data has, and of what size: asked for once. */
export function splitOf(run: RunId, on: "train" | "test"): Promise<ImagesHead> {
  const key = `${run} ${on}`;
  const known = splits.get(key);
  if (known !== undefined) return known;
  const asked = askPack<ImagesHead>(paths.images(run), {
    method: "POST",
    body: { pictures: { on, places: [0] } },
  }).then(({ head }) => head);
  splits.set(key, asked);
  asked.catch(() => splits.delete(key));
  return asked;
}

/** Sends a picture of one's own; it is kept until the server ends. */
export function upload(file: Blob): Promise<Uploaded> {
  return ask<Uploaded>(paths.uploads, { method: "POST", body: file });
}

/** Mean squared error of each picture. */
export function errorsOf(first: Float32Array, second: Float32Array, size: number): number[] {
  return Array.from({ length: first.length / size }, (_, i) => {
    let sum = 0;
    for (let at = i * size; at < (i + 1) * size; at++) sum += ((first[at] ?? 0) - (second[at] ?? 0)) ** 2;
    return sum / size;
  });
}

/** Rows of `codes` that are nearest to one code by Euclidean distance, the nearest first. */
export function nearestCodes(
  codes: Float32Array,
  code: Float32Array,
  few: number,
): readonly { readonly place: number; readonly distance: number }[] {
  const size = code.length;
  const found: { place: number; distance: number }[] = [];
  for (let place = 0; place < codes.length / size; place++) {
    let squares = 0;
    for (let unit = 0; unit < size; unit++) squares += ((codes[place * size + unit] ?? 0) - (code[unit] ?? 0)) ** 2;
    if (found.length === few && squares >= (found.at(-1)?.distance ?? 0)) continue;
    const at = found.findIndex(({ distance }) => distance > squares);
    found.splice(at < 0 ? found.length : at, 0, { place, distance: squares });
    if (found.length > few) found.pop();
  }
  return found.map(({ place, distance }) => ({ place, distance: Math.sqrt(distance) }));
}

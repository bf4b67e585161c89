// Pictures in an NPY file, as NumPy saves an array.
import { createHash } from "node:crypto";
import { UserError } from "../../base/errors.js";
import { timesText, withThousands } from "../../base/text.js";
import { checkNpyLength, decodeNpy, type NpyFile, readNpyHeader } from "../../formats/npy.js";
import { defineSourceKind, type ImageSet, type OpenSource } from "../define.js";
import { npy as description } from "../descriptions/npy.js";
import { readStart } from "../fileStart.js";
import { createImageStore } from "../imageStore.js";
import { partedSource } from "../partedSource.js";
import { readRegularFile } from "../regularFile.js";

export const npy = defineSourceKind({
  ...description,
  look: async ({ path }) => [layoutOf(readNpyHeader(readStart(path).start, path), path).shape],
  /**
   * Values are stored as bytes: (value − black)/(white − black)·255, rounded.
   * @throws UserError when a file is missing, damaged, of other axes, or has values outside of its range
   */
  async open({ path, labels, range, split }): Promise<OpenSource> {
    const { file, checksum } = readArray(path);
    const { count, shape, order } = layoutOf(file, path);
    const pixels = storePixels(file, { count, shape, order, path, range });
    const whole: ImageSet = { count, shape, pixels, indices: Uint32Array.from({ length: count }, (_, i) => i) };
    const checksums = { images: checksum };
    const title = `${withThousands(count)} images in an NPY file`;
    const card = { name: "npy", title, origin: path, licence: "not stated", checksums };
    if (labels === undefined) return partedSource(whole, split, card, path);
    const answers = readArray(labels);
    return partedSource(
      { ...whole, labels: labelsOf(answers.file, labels, count) },
      split,
      { ...card, checksums: { ...checksums, labels: answers.checksum } },
      path,
    );
  },
});

function readArray(path: string): { file: NpyFile; checksum: string } {
  // What the header promises is held against the file's size before memory is taken for it.
  const { start, size } = readStart(path);
  checkNpyLength(readNpyHeader(start, path), size, path);
  const bytes = readRegularFile(path);
  return { file: decodeNpy(bytes, path), checksum: createHash("sha256").update(bytes).digest("hex") };
}

interface Layout {
  readonly count: number;
  /** [channel, height, width] */
  readonly shape: readonly number[];
  /** Whether the file has a pixel's channels together. */
  readonly order: "planes" | "pixels";
}

function layoutOf({ shape }: Pick<NpyFile, "shape">, path: string): Layout {
  const [count = 0, a = 0, b = 0, c = 0] = shape;
  if (shape.includes(0)) {
    throw new UserError(`an array of ${timesText(shape)} has nothing in it`, {
      at: path,
      hint: "Save an array with pictures in it.",
    });
  }
  if (shape.length === 3) return { count, shape: [1, a, b], order: "planes" };
  if (shape.length === 4 && (a === 1 || a === 3)) return { count, shape: [a, b, c], order: "planes" };
  if (shape.length === 4 && (c === 1 || c === 3)) return { count, shape: [c, a, b], order: "pixels" };
  throw new UserError(`an array of ${timesText(shape)} holds no pictures`, {
    at: path,
    hint:
      shape.length === 2
        ? "It looks like codes; isthmus decode makes images of them."
        : "Its axes must be [image, height, width], or [image, channel, height, width] with 1 or 3 channels.",
  });
}

function storePixels(
  { type, data }: NpyFile,
  { count, shape, order, path, range }: Layout & { path: string; range: readonly [number, number] | undefined },
): ImageSet["pixels"] {
  const [low, high] = range ?? (type.startsWith("float") ? [0, 1] : [0, 255]);
  const size = shape.reduce((product, length) => product * length, 1);
  const [channels = 1] = shape;
  const plane = size / channels;
  const scale = 255 / (high - low);
  const store = createImageStore(count, size);
  const image = new Uint8Array(size);
  for (let i = 0; i < count; i++) {
    const start = i * size;
    for (let at = 0; at < size; at++) {
      const value = data[start + at] as number;
      // Written so that what is not a number is refused too.
      if (!(value >= low && value <= high)) throw outside(value, i, [low, high], path);
      const place = order === "planes" ? at : (at % channels) * plane + Math.floor(at / channels);
      image[place] = Math.floor((value - low) * scale + 0.5);
    }
    store.write(i, image);
  }
  return store.finish();
}

function outside(value: number, image: number, [low, high]: readonly [number, number], path: string): UserError {
  return new UserError(`image ${withThousands(image)} has the value ${value}, expected ${low} to ${high}`, {
    at: path,
    hint: Number.isNaN(value)
      ? "Replace what is not a number before saving, for example by numpy.nan_to_num."
      : "Say which values are black and white by the option range, for example range: [-1, 1].",
  });
}

function labelsOf({ shape, data }: NpyFile, path: string, count: number): Uint8Array | Uint16Array {
  if (shape.length !== 1 || shape[0] !== count) {
    throw new UserError(`labels of ${timesText(shape)} do not fit ${withThousands(count)} images`, {
      at: path,
      hint: "Save one whole number for each image.",
    });
  }
  let largest = 0;
  for (const label of data) {
    if (!Number.isInteger(label) || label < 0 || label > 65_535) {
      throw new UserError(`${label} is no label: expected whole numbers from 0 to 65,535`, { at: path });
    }
    largest = Math.max(largest, label);
  }
  return largest <= 255 ? Uint8Array.from(data) : Uint16Array.from(data);
}

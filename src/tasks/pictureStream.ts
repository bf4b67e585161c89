// Pictures one block after the other, wherever they come from, so that memory does not grow with their number: files and
// folders, or a split of a data source.
import { pause } from "../base/turns.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import type { TrainedModel } from "../inference/index.js";
import { type Picture, pictureOfPlanes, pixelsFromUnit, unitFromPixels } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import { type PictureFile, type ReadyOptions, readyPictureOfMany } from "./pictureInputs.js";

export interface PictureBlock {
  /** [picture, channel, height, width] in [0, 1] */
  readonly images: Float32Array;
  /** Which pictures these are; those that can't be read are missing. */
  readonly places: readonly number[];
}

export interface PictureStream {
  /** As many as there are, some of which may turn out not to be readable. */
  readonly count: number;
  /** A path, or `test:17`. */
  nameOf(place: number): string;
  /** Its class, where that is known. */
  classOf(place: number): string | undefined;
  /** Each picture once, in order. @throws UserError for a named file that is no picture; AbortError */
  blocks(signal?: AbortSignal): AsyncGenerator<PictureBlock>;
  /** One picture as it came and as the model takes it; undefined where it can't be read any more. */
  picture(place: number): Promise<{ readonly original: Picture; readonly input: Float32Array } | undefined>;
}

/** Numbers in a block: 32 MB of floats. */
const blockNumbers = 8_000_000;
const mostPictures = 500;

function blockSize(size: number): number {
  return Math.max(1, Math.min(mostPictures, Math.floor(blockNumbers / size)));
}

/** Files as a person named them. What is damaged in a folder is left out, with a note. */
export function fileStream(
  files: readonly PictureFile[],
  model: Pick<TrainedModel, "inputShape" | "preprocessing">,
  how: ReadyOptions,
): PictureStream {
  const size = sizeOf(model.inputShape);
  const most = blockSize(size);
  const nameOf = (place: number): string => files[place]?.path ?? "";
  return {
    count: files.length,
    nameOf,
    classOf(place) {
      const file = files[place];
      // As the source `folder` has it: the first folder below the one that was named.
      const [first, ...rest] = file?.isFound === true ? file.name.split(/[\\/]/) : [];
      return rest.length > 0 ? first : undefined;
    },
    async *blocks(signal) {
      for (let first = 0; first < files.length; first += most) {
        const places: number[] = [];
        const images = new Float32Array(Math.min(most, files.length - first) * size);
        for (const [i, file] of files.slice(first, first + most).entries()) {
          await pause(signal);
          const ready = await readyPictureOfMany(file, model, how);
          if (ready === undefined) continue;
          images.set(ready.input, places.length * size);
          places.push(first + i);
        }
        if (places.length > 0) yield { images: images.subarray(0, places.length * size), places };
      }
    },
    async picture(place) {
      const file = files[place];
      // It has been read once, and may be gone by now.
      return file === undefined
        ? undefined
        : await readyPictureOfMany({ ...file, isFound: true }, model, { ...how, note: () => {} });
    },
  };
}

/** The pictures of a split. @param on the split's name */
export function setStream(set: ImageSet, on: string, { classes }: Pick<OpenSource, "classes">): PictureStream {
  const [channels = 1, height = 1, width = 1] = set.shape;
  const size = channels * height * width;
  const most = blockSize(size);
  return {
    count: set.count,
    nameOf: (place) => `${on}:${place}`,
    classOf(place) {
      const label = set.labels?.[place];
      return label === undefined ? undefined : (classes?.[label] ?? String(label));
    },
    async *blocks(signal) {
      for (let first = 0; first < set.count; first += most) {
        await pause(signal);
        const count = Math.min(most, set.count - first);
        const places = Array.from({ length: count }, (_, i) => first + i);
        yield { images: unitFromPixels(readPixels(set, first, count)), places };
      }
    },
    async picture(place) {
      const input = unitFromPixels(readPixels(set, place, 1));
      return { original: pictureOfPlanes(pixelsFromUnit(input), channels, height, width), input };
    },
  };
}

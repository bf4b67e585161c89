// Where the pixels of a set lie: in shared memory up to a bound, beyond it in a file without a name. How they are read.
import { closeSync, existsSync, ftruncateSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InternalError, UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import { sizeOf } from "../tensor/ops/define.js";
import { waitForImages } from "./arriving.js";
import type { ImageSet, PixelFile } from "./define.js";

/**
 * Bytes of one set's pixels that stay in memory: 1 GiB, enough for the common sets and an eighth of a small machine, or as
 * many MB (10⁶ bytes) as ISTHMUS_PIXEL_MEMORY says.
 * @throws UserError for a value of that variable that is no number of at least 0
 */
export function usualMemoryBound(environment: Readonly<Record<string, string | undefined>> = process.env): number {
  const given = environment.ISTHMUS_PIXEL_MEMORY;
  if (given === undefined || given === "") return 2 ** 30;
  const megabytes = Number(given);
  if (!(megabytes >= 0)) {
    throw new UserError(`expected a number of megabytes, got ${given}`, {
      at: "ISTHMUS_PIXEL_MEMORY",
      hint: "It is how much memory the decoded pictures of one split may take, for example 512; more lie in a file.",
    });
  }
  return megabytes * 1e6;
}

/** Takes the images of a set one by one, in any order. What is never written is black. */
export interface ImageStore {
  /** @param bytes [channel, height, width] of image number `image`; several images in a row are taken too */
  write(image: number, bytes: Uint8Array): void;
  /**
   * The pixels for an `ImageSet`; nothing is to be written afterwards.
   * @param count keep the first so many images, where fewer came than were announced
   */
  finish(count?: number): ImageSet["pixels"];
}

/**
 * A place for `count` images of `imageSize` bytes: shared memory, or a temporary file where they are more than
 * `memoryBound` bytes. The file has lost its name before it is written, so whatever ends the process leaves nothing behind.
 * @param options.memoryBound default `usualMemoryBound()`
 * @param options.folder where the file lies. Default TMPDIR, else /var/tmp (which is a disk where /tmp may be memory)
 * @throws UserError when the file can't be made, and on `write` when the disk is full
 */
export function createImageStore(
  count: number,
  imageSize: number,
  options: { readonly memoryBound?: number; readonly folder?: string } = {},
): ImageStore {
  const { memoryBound = usualMemoryBound(), folder = temporaryFolder() } = options;
  const length = count * imageSize;
  const check = (image: number, bytes: Uint8Array): void => {
    if (bytes.length % imageSize !== 0 || image < 0 || image * imageSize + bytes.length > length) {
      throw new InternalError(`${bytes.length} bytes at image ${image} do not fit ${count} images of ${imageSize}`);
    }
  };
  if (length <= memoryBound) {
    const pixels = new Uint8Array(new SharedArrayBuffer(length));
    return {
      write(image, bytes) {
        check(image, bytes);
        pixels.set(bytes, image * imageSize);
      },
      finish: (kept = count) => pixels.subarray(0, kept * imageSize),
    };
  }
  const file = namelessFile(folder, length);
  return {
    write(image, bytes) {
      check(image, bytes);
      writeWhole(file.descriptor, bytes, image * imageSize, folder, length);
    },
    finish: (kept = count) => ({ file, offset: 0, length: kept * imageSize }),
  };
}

/**
 * Pixels of `count` images from `first` on, [image, channel, height, width]: a view where they lie in memory, else read
 * from the file. Blocks the thread while they are still being decoded. Do not write into them.
 * @param into used for what is read from a file, where it is long enough; a new array else
 * @throws InternalError when the set does not have these images
 */
export function readPixels(set: ImageSet, first: number, count: number, into?: Uint8Array): Uint8Array {
  const size = sizeOf(set.shape);
  const { pixels } = set;
  if (first < 0 || count < 0 || (first + count) * size > pixels.length) {
    throw new InternalError(`images ${first} to ${first + count} were asked for of ${pixels.length / size}`);
  }
  waitForImages(set, first, count);
  if (pixels instanceof Uint8Array) return pixels.subarray(first * size, (first + count) * size);
  const length = count * size;
  const out = into !== undefined && into.length >= length ? into.subarray(0, length) : new Uint8Array(length);
  readPixelFile(pixels, first * size, out, 0, length);
  return out;
}

/** Reads `length` bytes of a pixel file from `from` on into `out` at `to`. */
export function readPixelFile(pixels: PixelFile, from: number, out: Uint8Array, to: number, length: number): void {
  for (let done = 0; done < length; ) {
    const position = pixels.offset + from + done;
    const count = readSync(pixels.file.descriptor, out, to + done, length - done, position);
    if (count === 0) throw new InternalError(`the file of pixels ends at byte ${position}`);
    done += count;
  }
}

/** The images of a set from `first` on, at most `count` of them, as views on the same pixels. */
export function someImages(set: ImageSet, first: number, count: number): ImageSet {
  const end = Math.min(set.count, first + count);
  const size = sizeOf(set.shape);
  const { pixels, labels, attributes } = set;
  return {
    ...set,
    count: end - first,
    pixels:
      pixels instanceof Uint8Array
        ? pixels.subarray(first * size, end * size)
        : { ...pixels, offset: pixels.offset + first * size, length: (end - first) * size },
    ...(labels === undefined ? {} : { labels: labels.subarray(first, end) }),
    ...(attributes === undefined
      ? {}
      : {
          attributes: Object.fromEntries(
            Object.entries(attributes).map(([name, values]) => [name, values.subarray(first, end)]),
          ),
        }),
    indices: set.indices.subarray(first, end),
    ...(set.groups === undefined ? {} : { groups: set.groups.subarray(first, end) }),
  };
}

function temporaryFolder(): string {
  if (process.env.TMPDIR === undefined && existsSync("/var/tmp")) return "/var/tmp";
  return tmpdir();
}

const closing = new FinalizationRegistry<number>((descriptor) => {
  try {
    closeSync(descriptor);
  } catch {
    // A thread that ends closes what it has opened itself.
  }
});

function namelessFile(folder: string, length: number): PixelFile["file"] {
  const path = join(folder, `isthmus-${process.pid}-${Math.random().toString(36).slice(2)}.pixels`);
  let descriptor: number;
  try {
    descriptor = openSync(path, "wx+", 0o600);
  } catch (cause) {
    throw storeError(cause, folder, length);
  }
  const file = { descriptor };
  closing.register(file, descriptor);
  unlinkSync(path);
  try {
    ftruncateSync(descriptor, length);
  } catch (cause) {
    throw storeError(cause, folder, length);
  }
  return file;
}

function writeWhole(descriptor: number, bytes: Uint8Array, position: number, folder: string, length: number): void {
  try {
    for (let done = 0; done < bytes.length; )
      done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  } catch (cause) {
    throw storeError(cause, folder, length);
  }
}

function storeError(cause: unknown, folder: string, length: number): UserError {
  const code = (cause as NodeJS.ErrnoException).code;
  const reason = code === "ENOSPC" ? "the disk is full" : (code ?? String(cause));
  return new UserError(`${withThousands(length)} bytes of decoded pixels can't be put aside: ${reason}`, {
    at: folder,
    hint: "Make room there, or name another folder by the environment variable TMPDIR.",
    cause,
  });
}

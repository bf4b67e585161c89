// Picture files become the pixels of sets: decoded several at a time, or taken from what was kept of them.

import { escapeName } from "../base/controls.js";
import { UserError } from "../base/errors.js";
import { isAbortError, pause } from "../base/turns.js";
import { sizeOf } from "../tensor/ops/define.js";
import { isOfTheFile, type PictureHeader, readPictureHeader } from "./decode.js";
import { type DecodeSettings, fittedPixels } from "./decodeFitted.js";
import type { ImageSet, OpenContext } from "./define.js";
import { type FolderDisk, folderDisk } from "./folderDisk.js";
import { createImageStore, type ImageStore } from "./imageStore.js";
import type { PictureFile, Skipped } from "./pictureFolder.js";
import type { KeptPicture, PixelCache, PixelCacheWriter } from "./pixelCache.js";
import { readError } from "./readError.js";

/** Where files and what is known of them come from, and what becomes of one that is no picture. */
export interface FileOptions {
  /** Refuse the first picture that cannot be read, instead of leaving it out. */
  readonly strict?: boolean;
  readonly disk?: FolderDisk;
  /** What is kept of the files from before, and where they are kept for the next time. Default: neither. */
  readonly cache?: PixelCache | undefined;
  /** Default `usualMemoryBound()`. */
  readonly memoryBound?: number;
  /** Headers of the files that were read already, in the files' order. */
  readonly headers?: readonly (PictureHeader | undefined)[] | undefined;
}

export interface LoadedPictures {
  /** For each file what was read of it; undefined where it was left out. */
  readonly hashes: readonly (string | undefined)[];
  readonly skipped: readonly Skipped[];
  /** One set for each list of files, without the files that were left out; `indices` are the files' places in `files`. */
  readonly sets: readonly ImageSet[];
  /** Why the pixels are not kept for the next time, where they should be. */
  readonly note?: string;
}

/** What became of a file. */
export type Loaded =
  | { readonly header: PictureHeader | undefined; readonly hash: string; readonly pixels: Uint8Array }
  | { readonly header: PictureHeader | undefined; readonly error: UserError };

/**
 * Decodes pictures into sets, several at a time, in bounded memory.
 * @param files in their order
 * @param setOf which set each file belongs to, counted from 0
 * @throws UserError for a file that cannot be read where `strict`; the others are counted
 * @throws AbortError
 */
export async function loadPictures(
  files: readonly PictureFile[],
  setOf: ArrayLike<number>,
  sets: number,
  settings: DecodeSettings,
  options: FileOptions = {},
  context: OpenContext = {},
): Promise<LoadedPictures> {
  const { strict = false, memoryBound } = options;
  const { shape } = settings;
  const lists = Array.from({ length: sets }, (_, set) => files.flatMap((_, i) => (setOf[i] === set ? [i] : [])));
  const stores: readonly ImageStore[] = lists.map((list) =>
    createImageStore(list.length, sizeOf(shape), memoryBound === undefined ? {} : { memoryBound }),
  );
  const kept = lists.map((): number[] => []);
  const hashes: (string | undefined)[] = new Array(files.length).fill(undefined);
  const skipped: Skipped[] = [];
  const note = await eachPicture(files, settings, options, context, (i, loaded) => {
    if ("error" in loaded) {
      if (strict) throw loaded.error;
      skipped.push({ name: escapeName((files[i] as PictureFile).name), reason: loaded.error.message });
      return;
    }
    const set = setOf[i] as number;
    const places = kept[set] as number[];
    stores[set]?.write(places.length, loaded.pixels);
    places.push(i);
    hashes[i] = loaded.hash;
  });
  return {
    hashes,
    skipped,
    sets: kept.map((places, set) => ({
      count: places.length,
      shape,
      pixels: stores[set]?.finish(places.length) ?? new Uint8Array(),
      indices: Uint32Array.from(places),
    })),
    ...(note === undefined ? {} : { note }),
  };
}

/** What is kept of each file for these settings; undefined for those that have to be decoded. */
export function keptOf(
  files: readonly PictureFile[],
  settings: DecodeSettings,
  cache: PixelCache | undefined,
): readonly (KeptPicture | undefined)[] {
  const hasPixels = cache?.shape?.join() === settings.shape.join();
  return files.map((file) => {
    const found = cache?.find(file);
    return found === undefined || "reason" in found || hasPixels ? found : undefined;
  });
}

/**
 * Every file once, in order. Where one had to be decoded, all are kept anew; when it is aborted, what there is if that is more
 * than was kept before.
 * @returns a sentence where they can't be kept
 * @throws AbortError
 */
export async function eachPicture(
  files: readonly PictureFile[],
  settings: DecodeSettings,
  { disk = folderDisk, cache, headers = [] }: FileOptions,
  { progress, signal }: OpenContext,
  take: (i: number, loaded: Loaded) => void,
): Promise<string | undefined> {
  const known = keptOf(files, settings, cache);
  const left = known.filter((found) => found === undefined).length;
  const told = counted("reading pictures", left, progress);
  const writer = left > 0 ? cache?.write(settings.shape, files.length) : undefined;
  let done = 0;
  try {
    await inOrder(
      files.length,
      async (i): Promise<Loaded> => {
        const file = files[i] as PictureFile;
        return fromCache(known[i], cache, file) ?? (await decoded(file, settings, disk, headers[i]));
      },
      (i, loaded) => {
        if (known[i] === undefined) told.one();
        keep(writer, files[i] as PictureFile, loaded);
        done++;
        take(i, loaded);
      },
      signal,
    );
    told.end();
    return writer?.finish();
  } catch (error) {
    if (isAbortError(error) && done > files.length - left) writer?.finish();
    throw error;
  } finally {
    writer?.discard();
  }
}

/** What is kept of a file; undefined where nothing is, or it is damaged. */
function fromCache(
  found: KeptPicture | undefined,
  cache: PixelCache | undefined,
  file: PictureFile,
): Loaded | undefined {
  if (found === undefined || cache === undefined) return undefined;
  const { header } = found;
  if ("reason" in found) return { header, error: new UserError(found.reason, { at: file.path }) };
  const pixels = cache.pixels(found);
  if (pixels !== undefined) return { header, hash: found.hash, pixels };
  // So that it is made anew the next time.
  cache.forget();
  return undefined;
}

/** A file decoded, or why it is no picture. */
export async function decoded(
  { path }: PictureFile,
  settings: DecodeSettings,
  disk: FolderDisk = folderDisk,
  known: PictureHeader | undefined,
): Promise<Loaded> {
  try {
    const bytes = await disk.read(path).catch((cause) => Promise.reject(readError(cause, path)));
    return await fittedPixels(bytes, path, settings, known);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { header: known, error };
  }
}

/** What the disk or the machine had against a file may be otherwise the next time: only what the file itself says is kept. */
function keep(writer: PixelCacheWriter | undefined, file: PictureFile, loaded: Loaded): void {
  if (!("error" in loaded)) writer?.add(file, loaded.header, loaded);
  else if (isOfTheFile(loaded.error)) writer?.add(file, loaded.header, { reason: loaded.error.message });
}

/**
 * The headers of pictures, in the files' order; undefined for those that have none.
 * @throws AbortError
 */
export async function readHeaders(
  files: readonly PictureFile[],
  { disk = folderDisk, cache }: FileOptions,
  limitPixels: number,
  { progress, signal }: OpenContext = {},
): Promise<readonly (PictureHeader | undefined)[]> {
  const headers: (PictureHeader | undefined)[] = new Array(files.length).fill(undefined);
  const known = files.map((file) => cache?.find(file));
  const told = counted("looking at pictures", known.filter((found) => found === undefined).length, progress);
  await inOrder(
    files.length,
    async (i) => {
      const found = known[i];
      if (found !== undefined) return found.header;
      const file = files[i] as PictureFile;
      try {
        // Of a long file the decoder itself reads only what it needs, where it is on the disk.
        const isLong = file.facts.bytes > longFile && disk === folderDisk;
        return await readPictureHeader(isLong ? file.path : await disk.read(file.path), { limitPixels });
      } catch {
        // Decoding says what is wrong with it.
        return undefined;
      }
    },
    (i, header) => {
      if (known[i] === undefined) told.one();
      headers[i] = header;
    },
    signal,
  );
  told.end();
  return headers;
}

/** Bytes of a file above which it is not read whole for its header. */
export const longFile = 2 ** 18;

/** Tells how many of `of` are done, and how many in a second. */
function counted(what: string, of: number, progress: OpenContext["progress"]) {
  const began = performance.now();
  let done = 0;
  const tell = (): void => {
    const seconds = (performance.now() - began) / 1000;
    progress?.({ done, of, what, ...(seconds > 0.2 && done > 0 ? { perSecond: done / seconds } : {}) });
  };
  return {
    one(): void {
      if (done++ % 20 === 0) tell();
    },
    end(): void {
      if (of > 0) tell();
    },
  };
}

/** Pictures being decoded at once: enough for the decoder's threads, few enough to bound the memory they take. */
const atOnce = 8;

/** Works on several items at once and takes the results in the items' order. */
async function inOrder<Result>(
  count: number,
  work: (item: number) => Promise<Result>,
  take: (item: number, result: Result) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  const running: Promise<Result>[] = [];
  const begin = (item: number): void => {
    const result = work(item);
    // A failure is met when its turn comes; until then it is no unhandled one.
    result.catch(() => {});
    running.push(result);
  };
  for (let next = 0; next < Math.min(atOnce, count); next++) begin(next);
  for (let item = 0; item < count; item++) {
    await pause(signal);
    const result = await (running.shift() as Promise<Result>);
    if (item + atOnce < count) begin(item + atOnce);
    take(item, result);
  }
}

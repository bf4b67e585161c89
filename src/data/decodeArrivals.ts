// What the thread does that decodes the pictures of a training which has begun: one file after the other in the order in which
// the training takes them, into the sets' memory, and into what is kept for the next opening.
import type { MessagePort } from "node:worker_threads";
import { isAbortError } from "../base/turns.js";
import { sizeOf } from "../tensor/ops/define.js";
import { arrivalCell, arrivalState, tellChange } from "./arriving.js";
import type { PictureHeader } from "./decode.js";
import type { DecodeSettings } from "./decodeFitted.js";
import type { Arriving } from "./define.js";
import { type FolderDisk, folderDisk } from "./folderDisk.js";
import { eachPicture } from "./loadPictures.js";
import type { PictureFile } from "./pictureFolder.js";
import { openPixelCache, type PixelCacheOptions } from "./pixelCache.js";

/** Where decoded pictures are kept; plain data. */
export interface CachePlace extends Pick<PixelCacheOptions, "settings" | "folder" | "most"> {
  readonly root: string;
}

/** Plain data and shared memory. */
export interface ArrivalJob {
  /** Every file once, in the order in which they are decoded. */
  readonly files: readonly { readonly file: PictureFile; readonly number: number; readonly header?: PictureHeader }[];
  /** Numbers of the files that are known to be no pictures. */
  readonly skipped: ReadonlySet<number>;
  readonly settings: DecodeSettings;
  readonly cache: CachePlace;
  /** Where pictures go: the numbers of files, and memory for as many. */
  readonly sets: readonly { readonly indices: Uint32Array; readonly pixels: Uint8Array }[];
  readonly arriving: Arriving;
}

export type ArrivalMessage =
  /** Another thing than was expected has become of a file. */
  | { readonly kind: "unexpected"; readonly number: number; readonly reason: string }
  /** What was read of each file, by number, and why nothing is kept where that should be. */
  | { readonly kind: "done"; readonly hashes: readonly (string | undefined)[]; readonly note?: string }
  | { readonly kind: "failed"; readonly text: string };

/** Milliseconds between two signs of life. */
const beat = 500;

/** @param disk another one is for tests */
export async function decodeArrivals(
  { files, skipped, settings, cache: place, sets, arriving }: ArrivalJob,
  port: Pick<MessagePort, "postMessage" | "close">,
  disk: FolderDisk = folderDisk,
): Promise<void> {
  const { control, isHere } = arriving;
  const send = (message: ArrivalMessage): void => port.postMessage(message);
  // Whatever ends the thread, who waits hears of it.
  process.on("exit", () => {
    Atomics.compareExchange(control, arrivalCell.state, arrivalState.decoding, arrivalState.ended);
    tellChange(arriving);
  });
  const timer = setInterval(() => {
    Atomics.add(control, arrivalCell.beats, 1);
    tellChange(arriving);
  }, beat);
  const size = sizeOf(settings.shape);
  const targets = new Map<number, Uint8Array>();
  for (const { indices, pixels } of sets) {
    for (const [at, number] of indices.entries()) targets.set(number, pixels.subarray(at * size, (at + 1) * size));
  }
  const hashes: (string | undefined)[] = new Array(isHere.length).fill(undefined);
  const stopping = new AbortController();
  const { root, ...options } = place;
  const cache = openPixelCache(root, options);
  try {
    const note = await eachPicture(
      files.map(({ file }) => file),
      settings,
      { disk, cache, headers: files.map(({ header }) => header) },
      { signal: stopping.signal },
      (at, loaded) => {
        const number = files[at]?.number as number;
        const isPicture = !("error" in loaded);
        if (isPicture) {
          hashes[number] = loaded.hash;
          targets.get(number)?.set(loaded.pixels);
        }
        if (isPicture === skipped.has(number)) {
          send({ kind: "unexpected", number, reason: isPicture ? "it can be read now" : loaded.error.message });
        }
        Atomics.store(isHere, number, 1);
        Atomics.add(control, arrivalCell.taken, 1);
        tellChange(arriving);
        if (Atomics.load(control, arrivalCell.isStopping) !== 0) stopping.abort();
      },
    );
    send({ kind: "done", hashes, ...(note === undefined ? {} : { note }) });
    Atomics.store(control, arrivalCell.state, arrivalState.done);
  } catch (error) {
    if (!isAbortError(error)) {
      send({ kind: "failed", text: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
    Atomics.store(control, arrivalCell.state, arrivalState.ended);
  } finally {
    clearInterval(timer);
    cache?.close();
    port.close();
    tellChange(arriving);
  }
}

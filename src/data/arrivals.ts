// Pictures that are handed out before they are decoded, where decoding takes its time: which file has which place is known by
// looking at their headers; a thread decodes them then in the order in which they are needed.
import { availableParallelism } from "node:os";
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { escapeName } from "../base/controls.js";
import { InternalError } from "../base/errors.js";
import { sizeOf } from "../tensor/ops/define.js";
import { arrivalCell, arrivalState, arrivingMemory } from "./arriving.js";
import type { ArrivalJob, ArrivalMessage, CachePlace } from "./decodeArrivals.js";
import type { DecodeSettings } from "./decodeFitted.js";
import type { Arrivals, Arriving, ImageSet, OpenContext } from "./define.js";
import { createImageStore, usualMemoryBound } from "./imageStore.js";
import { decoded, type FileOptions, keptOf, type LoadedPictures, readHeaders } from "./loadPictures.js";
import type { PictureFile, Skipped } from "./pictureFolder.js";

/** Decoding takes about so much of one processor, for each picture and for each byte of its file: measured on JPEG and PNG. */
const secondsPerPicture = 1e-3;
const secondsPerByte = 40e-9;
/** The decoder's own threads. */
const mostProcessors = 4;
/** Below this a training waits for its pictures: it would gain less than it takes to look at all headers first. */
const usualFromSeconds = 3;
/** How long the thread may take to end when it is told so: it puts away what it has decoded. */
const graceMilliseconds = 10_000;

/** Pictures whose places are known, none of them decoded. */
export interface UndecodedPictures extends Pick<LoadedPictures, "skipped" | "sets"> {
  readonly arrivals: Omit<Arrivals, "finish"> & { finish(): Pick<LoadedPictures, "hashes" | "note"> };
}

/**
 * As `loadPictures`, but decoded later, where that is worth it.
 * @returns undefined where the pictures are to be loaded at once: where that is quick, and where they do not stay in memory
 * @throws AbortError
 */
export async function undecodedPictures(
  files: readonly PictureFile[],
  setOf: ArrayLike<number>,
  sets: number,
  settings: DecodeSettings,
  options: FileOptions & { readonly cachePlace: CachePlace },
  context: OpenContext,
): Promise<UndecodedPictures | undefined> {
  const { early } = context;
  if (early === undefined) return undefined;
  const kept = keptOf(files, settings, options.cache);
  const undecoded = files.filter((_, i) => kept[i] === undefined);
  const expectedSeconds = secondsToDecode(undecoded);
  if (undecoded.length === 0 || expectedSeconds < (early.fromSeconds ?? usualFromSeconds)) return undefined;
  const size = sizeOf(settings.shape);
  const counts = Array.from({ length: sets }, (_, set) => files.filter((_, i) => setOf[i] === set).length);
  if (Math.max(...counts) * size > usualMemoryBound()) return undefined;

  const headers = options.headers ?? (await readHeaders(files, options, settings.limitPixels, context));
  const left: number[][] = counts.map(() => []);
  const skipped = new Map<number, Skipped>();
  for (const [i, file] of files.entries()) {
    const known = kept[i];
    let reason = known !== undefined && "reason" in known ? known.reason : undefined;
    if (known === undefined && headers[i] === undefined) {
      const loaded = await decoded(file, settings, options.disk, undefined);
      // The disk has changed its mind.
      if (!("error" in loaded)) return undefined;
      reason = loaded.error.message;
    }
    if (reason === undefined) left[setOf[i] as number]?.push(i);
    else skipped.set(i, { name: escapeName(file.name), reason });
  }
  const arriving = arrivingMemory(files.length);
  return {
    skipped: [...skipped.values()],
    sets: left.map((places): ImageSet => {
      const pixels = createImageStore(places.length, size).finish();
      return { count: places.length, shape: settings.shape, pixels, indices: Uint32Array.from(places), arriving };
    }),
    arrivals: arrivalsOf(
      (first) => ({
        files: inOrder(files.length, first).map((number) => {
          const header = headers[number];
          return { file: files[number] as PictureFile, number, ...(header === undefined ? {} : { header }) };
        }),
        ...{ skipped: new Set(skipped.keys()), settings, cache: options.cachePlace, arriving },
      }),
      arriving,
      expectedSeconds,
      early.worker ?? new URL("./arrivalWorker.js", import.meta.url),
      (number) => files[number]?.name ?? "",
    ),
  };
}

function secondsToDecode(files: readonly PictureFile[]): number {
  const seconds = files.reduce((sum, { facts }) => sum + secondsPerPicture + secondsPerByte * facts.bytes, 0);
  return seconds / Math.min(mostProcessors, availableParallelism());
}

/** Every number once, the given ones first. */
function inOrder(count: number, first: Iterable<number>): readonly number[] {
  const order = new Set(first);
  for (let number = 0; number < count; number++) order.add(number);
  return [...order];
}

function arrivalsOf(
  jobOf: (first: Iterable<number>) => Omit<ArrivalJob, "sets">,
  arriving: Arriving,
  expectedSeconds: number,
  worker: URL,
  nameOf: (number: number) => string,
): UndecodedPictures["arrivals"] {
  const { control, isHere } = arriving;
  const { port1: port, port2: far } = new MessageChannel();
  let thread: Worker | undefined;
  let ended: Promise<void> | undefined;
  let hasExited = false;
  let began = 0;
  let unexpected: Skipped | undefined;
  let outcome: Extract<ArrivalMessage, { kind: "done" | "failed" }> | undefined;
  let thrown: unknown;
  const hear = (): void => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      const message = next.message as ArrivalMessage;
      if (message.kind !== "unexpected") outcome = message;
      else unexpected ??= { name: escapeName(nameOf(message.number)), reason: message.reason };
    }
  };
  return {
    expectedSeconds,
    begin(splits, first) {
      const sets = Object.values(splits).map(({ indices, pixels }) => {
        if (!(pixels instanceof Uint8Array)) throw new InternalError("pictures arrive in memory alone");
        return { indices, pixels };
      });
      const job: ArrivalJob = { ...jobOf(first), sets };
      began = performance.now();
      const started = new Worker(worker, { workerData: { job, port: far }, transferList: [far] });
      thread = started;
      started.unref();
      // Without a listener an error of the thread would end this one with a stack of its own.
      started.on("error", (error) => {
        thrown = error;
      });
      ended = new Promise((resolve) => {
        started.on("exit", () => {
          hasExited = true;
          resolve();
        });
      });
    },
    look() {
      const state = Atomics.load(control, arrivalCell.state);
      hear();
      const done = Atomics.load(control, arrivalCell.taken);
      const seconds = (performance.now() - began) / 1000;
      const come = { done, of: isHere.length, ...(seconds > 0.2 && done > 0 ? { perSecond: done / seconds } : {}) };
      if (unexpected !== undefined) return { ...come, isComplete: false, unexpected };
      if (state === arrivalState.done && outcome?.kind === "done") return { ...come, isComplete: true };
      if (state !== arrivalState.ended && !hasExited) return { ...come, isComplete: false };
      const reason = outcome?.kind === "failed" ? `with ${outcome.text}` : "without a word";
      throw new InternalError(`the thread that decodes pictures has stopped ${reason}`, { cause: thrown });
    },
    finish() {
      hear();
      if (outcome?.kind !== "done") throw new InternalError("pictures are asked for that are not decoded yet");
      const { hashes, note } = outcome;
      return { hashes, ...(note === undefined ? {} : { note }) };
    },
    async close() {
      if (thread === undefined || ended === undefined) {
        port.close();
        return;
      }
      thread.ref();
      Atomics.store(control, arrivalCell.isStopping, 1);
      const timer = setTimeout(() => void thread?.terminate(), graceMilliseconds);
      await ended;
      clearTimeout(timer);
      hear();
      port.close();
    },
  };
}

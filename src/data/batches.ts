// Batches of training images, made ahead in other threads. The consumer may block: it runs in a thread of its own.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { InternalError, UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import type { RandomInput } from "../tensor/index.js";
import { sizeOf } from "../tensor/ops/define.js";
import {
  type BatchJob,
  type BatchStart,
  type BatchTransforms,
  batchPlaces,
  failureBytes,
  failureLengthCell,
  progressCell,
  ringMemory,
  slotCell,
  slotState,
  stepsPerEpoch,
} from "./batchRing.js";
import type { BatchThreadData } from "./batchWorker.js";
import type { ImageSet } from "./define.js";
import { slotViewsByCount } from "./makeBatches.js";
import { definitionsForThread } from "./ownModules.js";
import { imagesPerEpoch, type Sample } from "./sampling.js";

export interface BatchOptions extends Partial<BatchTransforms> {
  readonly set: ImageSet;
  /** What an epoch takes of the set. Default each image once. */
  readonly sample?: Sample | undefined;
  /** Images in a batch; the last batch of an epoch has those that are left. */
  readonly batchSize: number;
  readonly seed: number;
  /** The program's random inputs; the first axis of each is the batch. */
  readonly randomInputs: readonly RandomInput[];
  readonly start: BatchStart;
  /** Batches that can be ready or in use at once. Default 4; raised to a multiple of the threads. */
  readonly slots?: number;
  /** Threads that make batches. Default `usualDataThreads`. No number that they give depends on it. */
  readonly threads?: number | undefined;
  /** Where batchSize, sample, augment and corrupt stand, for errors: `phases[0]`. */
  readonly at?: string;
}

/** One batch, valid until it is released. */
export interface Batch {
  /** Through all phases, from 1. */
  readonly epoch: number;
  /** Steps of this epoch before this one, from 0. */
  readonly stepInEpoch: number;
  /** Images in this batch. */
  readonly count: number;
  /** [image, channel, height, width] in [0, 1]. The same object whenever the slot and the count are the same. */
  readonly input: Float32Array;
  /** Likewise; the same object as `input` unless something corrupts the input. */
  readonly target: Float32Array;
  /** [batch], the class of each image, where the set has labels. Likewise the same object. */
  readonly label?: Float32Array;
  /** Random inputs by name, first axis the batch. Likewise the same objects. */
  readonly random: Readonly<Record<string, Float32Array>>;
  /** How long `next` waited for it. */
  readonly waitSeconds: number;
  /** Gives the arrays back to be filled again. Safe to call twice. */
  release(): void;
}

export interface BatchStream {
  readonly stepsPerEpoch: number;
  /**
   * The next batch; epochs follow one another without end. Blocks this thread until the batch is ready.
   * @throws InternalError when the batch's thread has stopped, or when all slots are held
   */
  next(): Batch;
  /** Ends the threads. Safe to call twice. A stream that is not closed does not keep the process alive. */
  close(): Promise<void>;
}

/** How a thread is started and for how long all may be silent; other values than the default are for tests. */
export interface BatchThread {
  readonly worker: URL;
  /** Seconds without a finished batch after which the threads are taken for dead. */
  readonly patienceSeconds: number;
}
const ownThread: BatchThread = { worker: new URL("./batchWorker.js", import.meta.url), patienceSeconds: 60 };

/**
 * Threads that make batches where nobody says how many. They share the processors with the training step, which waits for
 * them only where one alone can't keep up: one for pictures as they are, half the processors, at most four, where each is changed.
 */
export function usualDataThreads({ augment, corrupt }: BatchTransforms): number {
  if (augment.length + corrupt.length === 0) return 1;
  return Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2)));
}

/**
 * Starts threads that make the batches from `start` on. The order of an epoch is keyed by (seed, epoch), an image's changes by
 * (seed, epoch, its index in the unsplit source), random inputs by (seed, step, name): the same numbers come whatever the
 * number of slots and threads and the size of the batch, and wherever the stream was taken up.
 * @throws UserError when a batch is larger than the data, and for a sample or transforms that do not fit it
 */
export function openBatches(options: BatchOptions, thread: BatchThread = ownThread): BatchStream {
  const { set, sample, batchSize, seed, randomInputs, start, augment = [], corrupt = [], at } = options;
  checkBatches({ ...options, augment, corrupt }, at);
  if (set.pixels.length !== set.count * sizeOf(set.shape)) {
    throw new InternalError(`${set.count} images of [${set.shape.join(", ")}] have ${set.pixels.length} pixels`);
  }
  const threads = Math.max(1, Math.min(options.threads ?? usualDataThreads({ augment, corrupt }), options.slots ?? 4));
  const slots = threads * Math.ceil((options.slots ?? 4) / threads);
  const planned = { set, sample, batchSize, seed, randomInputs, start, augment, corrupt, slots, threads };
  const job: BatchJob = { ...planned, ...ringMemory(planned) };
  const { control } = job;
  const places = batchPlaces(job);
  const views = slotViewsByCount(job);
  const held = new Set<number>();
  let taken = 0;
  let closing: Promise<void> | undefined;

  let thrown: unknown;
  const workers = Array.from({ length: threads }, (_, number) => {
    const workerData: BatchThreadData = { job, thread: number, own: definitionsForThread() };
    const worker = new Worker(thread.worker, { workerData });
    worker.unref();
    // Without a listener an error of the thread would end the consumer's thread with a stack of its own.
    worker.on("error", (error) => {
      thrown = error;
    });
    return worker;
  });

  const stopped = (slot: number): InternalError => {
    const maker = slot % threads;
    const start = maker * failureBytes;
    const length = Atomics.load(control, failureLengthCell(job, maker));
    // Copied, since not every TextDecoder reads shared memory.
    const text = new TextDecoder().decode(job.failure.slice(start, start + length));
    const reason = text === "" ? "without a word" : `with ${text}`;
    return new InternalError(`the thread that makes batches has stopped ${reason}`, { cause: thrown });
  };

  /** Blocks until the slot has a batch. */
  const waitFor = (slot: number): void => {
    const cell = slotCell(slot);
    let progress = Atomics.load(control, progressCell);
    let silent = 0;
    for (;;) {
      const state = Atomics.load(control, cell);
      if (state === slotState.full) return;
      if (state !== slotState.empty) throw stopped(slot);
      // Waits are counted and not the clock read, so that a computer that slept is not taken for a dead thread.
      const pause = Math.min(1, thread.patienceSeconds);
      if (Atomics.wait(control, cell, slotState.empty, 1000 * pause) !== "timed-out") continue;
      const now = Atomics.load(control, progressCell);
      silent = now === progress ? silent + pause : 0;
      progress = now;
      if (silent >= thread.patienceSeconds) throw stopped(slot);
    }
  };

  return {
    stepsPerEpoch: stepsPerEpoch(imagesPerEpoch(set, sample), batchSize),
    next() {
      if (closing !== undefined) throw new InternalError("a batch was asked for after the stream was closed");
      const slot = taken % slots;
      if (held.has(slot)) throw new InternalError(`all ${slots} batches are in use; release one before the next`);
      let waitSeconds = 0;
      if (Atomics.load(control, slotCell(slot)) !== slotState.full) {
        const before = performance.now();
        waitFor(slot);
        waitSeconds = (performance.now() - before) / 1000;
      }
      const { epoch, stepInEpoch, count } = places(taken);
      taken++;
      held.add(slot);
      let released = false;
      return {
        epoch,
        stepInEpoch,
        count,
        ...views(slot, count),
        waitSeconds,
        release() {
          if (released) return;
          released = true;
          held.delete(slot);
          Atomics.compareExchange(control, slotCell(slot), slotState.full, slotState.empty);
          Atomics.notify(control, slotCell(slot));
        },
      };
    },
    close() {
      closing ??= Promise.all(workers.map((worker) => worker.terminate())).then(() => {});
      return closing;
    },
  };
}

/**
 * Whether batches can be made of a set, without making one.
 * @returns images of an epoch
 * @throws UserError when a batch is larger than an epoch, and for a sample or transforms that do not fit the set
 */
export function checkBatches(
  { set, sample, batchSize, augment, corrupt }: Pick<BatchOptions, "set" | "sample" | "batchSize"> & BatchTransforms,
  at?: string,
): number {
  const within = (name: string): string => (at === undefined ? name : `${at}.${name}`);
  pipeline(readTransforms(augment, "augment", within("augment")), set.shape);
  pipeline(readTransforms(corrupt, "corrupt", within("corrupt")), set.shape);
  const images = imagesPerEpoch(set, sample, within("sample"));
  if (batchSize <= images) return images;
  const part = images === set.count ? "the data has" : "an epoch takes";
  throw new UserError(`batchSize is ${withThousands(batchSize)} but ${part} ${withThousands(images)} training images`, {
    at: within("batchSize"),
    hint: `Choose a batch size of at most ${withThousands(images)}.`,
  });
}

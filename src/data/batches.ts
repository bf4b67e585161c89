// Batches of training images, made ahead in another thread. The consumer may block: it runs in a thread of its own.
import { Worker } from "node:worker_threads";
import { InternalError, UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import type { RandomInput } from "../tensor/index.js";
import { sizeOf } from "../tensor/ops/define.js";
import {
  type BatchJob,
  type BatchStart,
  batchPlace,
  failureLengthCell,
  progressCell,
  ringMemory,
  slotCell,
  slotState,
  stepsPerEpoch,
} from "./batchRing.js";
import type { ImageSet } from "./define.js";
import { slotViewsByCount } from "./makeBatches.js";

export interface BatchOptions {
  readonly set: ImageSet;
  /** Images in a batch; the last batch of an epoch has those that are left. */
  readonly batchSize: number;
  readonly seed: number;
  /** The program's random inputs; the first axis of each is the batch. */
  readonly randomInputs: readonly RandomInput[];
  readonly start: BatchStart;
  /** Batches that can be ready or in use at once. Default 4. */
  readonly slots?: number;
  /** Where the batch size stands, for errors: `phases[0].batchSize`. */
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
   * @throws InternalError when the batch thread has stopped, or when all slots are held
   */
  next(): Batch;
  /** Ends the thread. Safe to call twice. A stream that is not closed does not keep the process alive. */
  close(): Promise<void>;
}

/** How the thread is started and for how long it may be silent; other values than the default are for tests. */
export interface BatchThread {
  readonly worker: URL;
  /** Seconds without a finished batch after which the thread is taken for dead. */
  readonly patienceSeconds: number;
}
const ownThread: BatchThread = { worker: new URL("./batchWorker.js", import.meta.url), patienceSeconds: 60 };

/**
 * Starts a thread that makes the batches from `start` on. The order of an epoch is keyed by (seed, epoch), random inputs by
 * (seed, step, name): the same numbers come whatever the number of slots and wherever the stream was taken up.
 * @throws UserError when a batch is larger than the data
 */
export function openBatches(options: BatchOptions, thread: BatchThread = ownThread): BatchStream {
  const { set, batchSize, seed, randomInputs, start, slots = 4, at } = options;
  checkBatchSize(batchSize, set.count, at);
  if (set.pixels.length !== set.count * sizeOf(set.shape)) {
    throw new InternalError(`${set.count} images of [${set.shape.join(", ")}] have ${set.pixels.length} pixels`);
  }
  const ring = ringMemory({ set, batchSize, randomInputs, slots });
  const job: BatchJob = { set, batchSize, seed, randomInputs, start, slots, ...ring };
  const { control } = job;
  const views = slotViewsByCount(job);
  const held = new Set<number>();
  let taken = 0;
  let closing: Promise<void> | undefined;

  const worker = new Worker(thread.worker, { workerData: job });
  worker.unref();
  let thrown: unknown;
  // Without a listener an error of the thread would end the consumer's thread with a stack of its own.
  worker.on("error", (error) => {
    thrown = error;
  });

  const stopped = (): InternalError => {
    const length = Atomics.load(control, failureLengthCell);
    // Copied, since not every TextDecoder reads shared memory.
    const text = new TextDecoder().decode(job.failure.slice(0, length));
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
      if (state !== slotState.empty) throw stopped();
      // Waits are counted and not the clock read, so that a computer that slept is not taken for a dead thread.
      const pause = Math.min(1, thread.patienceSeconds);
      if (Atomics.wait(control, cell, slotState.empty, 1000 * pause) !== "timed-out") continue;
      const now = Atomics.load(control, progressCell);
      silent = now === progress ? silent + pause : 0;
      progress = now;
      if (silent >= thread.patienceSeconds) throw stopped();
    }
  };

  return {
    stepsPerEpoch: stepsPerEpoch(set.count, batchSize),
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
      const { epoch, stepInEpoch, count } = batchPlace(job, taken);
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
      closing ??= worker.terminate().then(() => {});
      return closing;
    },
  };
}

/** @throws UserError when `batchSize` is larger than the data */
export function checkBatchSize(batchSize: number, count: number, at?: string): void {
  if (batchSize <= count) return;
  throw new UserError(
    `batchSize is ${withThousands(batchSize)} but the data has ${withThousands(count)} training images`,
    { ...(at === undefined ? {} : { at }), hint: `Choose a batch size of at most ${withThousands(count)}.` },
  );
}

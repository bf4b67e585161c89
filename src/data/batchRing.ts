// The memory that the batch threads and their consumer share: slots that batches are made in, and who may touch which.
// A slot belongs to its maker while it is EMPTY and to the consumer while it is FULL; nothing else is locked.
import type { RandomInput } from "../tensor/index.js";
import { sizeOf } from "../tensor/ops/define.js";
import type { ImageSet } from "./define.js";
import { imagesPerEpoch, type Sample } from "./sampling.js";

/** States of a slot. BROKEN: its maker has stopped, no batch will come. */
export const slotState = { empty: 0, full: 1, broken: 2 } as const;

/** Places in `control`: batches made so far; then the slots' states; then the lengths of the threads' texts in `failure`. */
export const progressCell = 0;
/** Bytes of `failure` for each thread. */
export const failureBytes = 32_768;

export interface BatchStart {
  /** Through all phases, from 1. */
  readonly epoch: number;
  /** Steps of this epoch already done. */
  readonly stepInEpoch: number;
  /** Steps done through all phases: the key of the random inputs. */
  readonly step: number;
}

/** What is done to each image. Read by `readTransforms`, as plain data, which crosses to a thread. */
export interface BatchTransforms {
  /** Of input and target alike. */
  readonly augment: readonly unknown[];
  /** Of the input alone. */
  readonly corrupt: readonly unknown[];
}

/** All that a batch thread needs but its number; plain data and shared memory, so that handing it over copies no pictures. */
export interface BatchJob extends BatchTransforms {
  readonly set: ImageSet;
  readonly sample: Sample | undefined;
  readonly batchSize: number;
  readonly seed: number;
  readonly randomInputs: readonly RandomInput[];
  readonly start: BatchStart;
  /** A multiple of `threads`: the n-th batch is made by thread n mod threads in slot n mod slots, so a slot has one maker. */
  readonly slots: number;
  readonly threads: number;
  readonly control: Int32Array;
  readonly failure: Uint8Array;
  readonly memory: SharedArrayBuffer;
}

/** The float arrays of one slot, each for as many images as asked for. */
export interface SlotViews {
  readonly input: Float32Array;
  /** The same object as `input` unless something corrupts the input. */
  readonly target: Float32Array;
  /** [batch], where the set has labels. */
  readonly label?: Float32Array;
  readonly random: Readonly<Record<string, Float32Array>>;
}

/** Which batch the `n`-th of a stream is, counted from 0. */
export interface BatchPlace {
  readonly epoch: number;
  readonly stepInEpoch: number;
  readonly step: number;
  readonly count: number;
}

export function stepsPerEpoch(count: number, batchSize: number): number {
  return Math.ceil(count / batchSize);
}

/** Gives the place of the `n`-th batch of a job. */
export function batchPlaces(job: Pick<BatchJob, "set" | "sample" | "batchSize" | "start">): (n: number) => BatchPlace {
  const images = imagesPerEpoch(job.set, job.sample);
  return (n) => batchPlace(job, images, n);
}

function batchPlace(
  { batchSize, start }: Pick<BatchJob, "batchSize" | "start">,
  images: number,
  n: number,
): BatchPlace {
  const steps = stepsPerEpoch(images, batchSize);
  const at = start.stepInEpoch + n;
  const stepInEpoch = at % steps;
  return {
    epoch: start.epoch + Math.floor(at / steps),
    stepInEpoch,
    step: start.step + n,
    count: Math.min(batchSize, images - stepInEpoch * batchSize),
  };
}

/** Shared memory for a job, all slots empty. */
export function ringMemory(
  job: SlotContents & Pick<BatchJob, "slots" | "threads">,
): Pick<BatchJob, "control" | "failure" | "memory"> {
  return {
    control: new Int32Array(new SharedArrayBuffer(4 * (1 + job.slots + job.threads))),
    failure: new Uint8Array(new SharedArrayBuffer(failureBytes * job.threads)),
    memory: new SharedArrayBuffer(job.slots * slotLayout(job).bytes),
  };
}

/** A slot's place in `control`. */
export function slotCell(slot: number): number {
  return 1 + slot;
}

/** A thread's place in `control`. */
export function failureLengthCell({ slots }: Pick<BatchJob, "slots">, thread: number): number {
  return 1 + slots + thread;
}

/** The arrays of a slot, for `count` images. Makes new objects: keep them. */
export function slotViews(job: BatchJob, slot: number, count: number): SlotViews {
  const { pictures, corrupted, label, random, bytes } = slotLayout(job);
  const view = ({ offset, perImage }: SlotArray): Float32Array =>
    new Float32Array(job.memory, slot * bytes + offset, count * perImage);
  const target = view(pictures);
  return {
    input: corrupted === undefined ? target : view(corrupted),
    target,
    ...(label === undefined ? {} : { label: view(label) }),
    random: Object.fromEntries(random.map((array): [string, Float32Array] => [array.name, view(array)])),
  };
}

interface SlotArray {
  /** Bytes from the start of the slot, a multiple of 64: a cache line, and enough for every vector instruction. */
  readonly offset: number;
  readonly perImage: number;
}
type SlotContents = Pick<BatchJob, "set" | "batchSize" | "randomInputs" | "corrupt">;

function slotLayout({ set, batchSize, randomInputs, corrupt }: SlotContents) {
  let bytes = 0;
  const place = (perImage: number): SlotArray => {
    const array = { offset: bytes, perImage };
    bytes += Math.ceil((4 * perImage * batchSize) / 64) * 64;
    return array;
  };
  const arrays = {
    pictures: place(sizeOf(set.shape)),
    corrupted: corrupt.length === 0 ? undefined : place(sizeOf(set.shape)),
    label: set.labels === undefined ? undefined : place(1),
    random: randomInputs.map(({ name, shape }) => ({ name, ...place(sizeOf(shape.slice(1))) })),
  };
  return { ...arrays, bytes };
}

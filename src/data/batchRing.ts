// The memory that the batch thread and its consumer share: slots that batches are made in, and who may touch which.
// A slot belongs to the maker while it is EMPTY and to the consumer while it is FULL; nothing else is locked.
import type { RandomInput } from "../tensor/index.js";
import { sizeOf } from "../tensor/ops/define.js";
import type { ImageSet } from "./define.js";

/** States of a slot. BROKEN: the maker has stopped, no batch will come. */
export const slotState = { empty: 0, full: 1, broken: 2 } as const;

/** Places in `control`: batches made so far, length of the text in `failure`; then the slots' states. */
export const progressCell = 0;
export const failureLengthCell = 1;
const firstSlotCell = 2;

export interface BatchStart {
  /** Through all phases, from 1. */
  readonly epoch: number;
  /** Steps of this epoch already done. */
  readonly stepInEpoch: number;
  /** Steps done through all phases: the key of the random inputs. */
  readonly step: number;
}

/** All that the batch thread needs; plain data and shared memory, so that handing it over copies no pictures. */
export interface BatchJob {
  readonly set: ImageSet;
  readonly batchSize: number;
  readonly seed: number;
  readonly randomInputs: readonly RandomInput[];
  readonly start: BatchStart;
  readonly slots: number;
  readonly control: Int32Array;
  readonly failure: Uint8Array;
  readonly memory: SharedArrayBuffer;
}

/** The float arrays of one slot, each for as many images as asked for. */
export interface SlotViews {
  readonly input: Float32Array;
  /** The same object as `input` unless something corrupts the input. */
  readonly target: Float32Array;
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

export function batchPlace(job: Pick<BatchJob, "set" | "batchSize" | "start">, n: number): BatchPlace {
  const { set, batchSize, start } = job;
  const steps = stepsPerEpoch(set.count, batchSize);
  const at = start.stepInEpoch + n;
  const stepInEpoch = at % steps;
  return {
    epoch: start.epoch + Math.floor(at / steps),
    stepInEpoch,
    step: start.step + n,
    count: Math.min(batchSize, set.count - stepInEpoch * batchSize),
  };
}

/** Shared memory for a job, all slots empty. */
export function ringMemory(
  job: Pick<BatchJob, "set" | "batchSize" | "randomInputs" | "slots">,
): Pick<BatchJob, "control" | "failure" | "memory"> {
  return {
    control: new Int32Array(new SharedArrayBuffer(4 * (firstSlotCell + job.slots))),
    failure: new Uint8Array(new SharedArrayBuffer(32_768)),
    memory: new SharedArrayBuffer(job.slots * slotLayout(job).bytes),
  };
}

/** A slot's place in `control`. */
export function slotCell(slot: number): number {
  return firstSlotCell + slot;
}

/** The arrays of a slot, for `count` images. Makes new objects: keep them. */
export function slotViews(job: BatchJob, slot: number, count: number): SlotViews {
  const { arrays, bytes } = slotLayout(job);
  const view = ({ offset, perImage }: SlotArray): Float32Array =>
    new Float32Array(job.memory, slot * bytes + offset, count * perImage);
  const [pictures, ...randoms] = arrays;
  const input = pictures === undefined ? new Float32Array() : view(pictures);
  const random = randoms.map((array): [string, Float32Array] => [array.name, view(array)]);
  return { input, target: input, random: Object.fromEntries(random) };
}

interface SlotArray {
  readonly name: string;
  /** Bytes from the start of the slot, a multiple of 64: a cache line, and enough for every vector instruction. */
  readonly offset: number;
  readonly perImage: number;
}

function slotLayout(job: Pick<BatchJob, "set" | "batchSize" | "randomInputs">): {
  readonly arrays: readonly SlotArray[];
  readonly bytes: number;
} {
  let bytes = 0;
  const place = (name: string, perImage: number): SlotArray => {
    const array = { name, offset: bytes, perImage };
    bytes += Math.ceil((4 * perImage * job.batchSize) / 64) * 64;
    return array;
  };
  const arrays = [
    place("input", sizeOf(job.set.shape)),
    ...job.randomInputs.map(({ name, shape }) => place(name, sizeOf(shape.slice(1)))),
  ];
  return { arrays, bytes };
}

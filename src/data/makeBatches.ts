// Makes batches one after the other, into the slots of a ring: what the batch thread does. Knows nothing of threads but
// the slots' states.
import { fillDropoutMask, fillNormals, randomOrder } from "../base/random.js";
import { unitValues } from "../pixels/index.js";
import { sizeOf } from "../tensor/ops/define.js";
import {
  type BatchJob,
  type BatchPlace,
  batchPlace,
  progressCell,
  type SlotViews,
  slotCell,
  slotState,
  slotViews,
} from "./batchRing.js";

/** Fills slot after slot without end, waiting where one is still in use. */
export function makeBatches(job: BatchJob): never {
  const { control } = job;
  const views = slotViewsByCount(job);
  const make = batchMaker(job);
  for (let n = 0; ; n++) {
    const slot = n % job.slots;
    const cell = slotCell(slot);
    while (Atomics.load(control, cell) === slotState.full) Atomics.wait(control, cell, slotState.full);
    const place = batchPlace(job, n);
    make(place, views(slot, place.count));
    Atomics.add(control, progressCell, 1);
    Atomics.store(control, cell, slotState.full);
    Atomics.notify(control, cell);
  }
}

/** Each slot's arrays by number of images, the same objects each time. */
export function slotViewsByCount(job: BatchJob): (slot: number, count: number) => SlotViews {
  const known = Array.from({ length: job.slots }, () => new Map<number, SlotViews>());
  return (slot, count) => {
    const views = known[slot]?.get(count) ?? slotViews(job, slot, count);
    known[slot]?.set(count, views);
    return views;
  };
}

/** Makes the batch of a place into a slot's arrays. What it writes depends on the place alone, never on what came before. */
function batchMaker(job: BatchJob): (place: BatchPlace, views: SlotViews) => void {
  const { set, batchSize, seed, randomInputs } = job;
  const imageSize = sizeOf(set.shape);
  let order: Uint32Array = new Uint32Array();
  let orderEpoch: number | undefined;
  return (place, { input, random }) => {
    if (orderEpoch !== place.epoch) {
      order = randomOrder(set.count, seed, "shuffle", place.epoch);
      orderEpoch = place.epoch;
    }
    const first = place.stepInEpoch * batchSize;
    for (let i = 0; i < place.count; i++)
      copyImage(set.pixels, (order[first + i] as number) * imageSize, input, i * imageSize, imageSize);
    for (const { name, ...draw } of randomInputs) {
      const values = random[name] as Float32Array;
      if (draw.distribution === "bernoulli") fillDropoutMask(values, draw.probability, seed, place.step, name);
      else fillNormals(values, seed, "latent", place.step, name);
    }
  };
}

function copyImage(pixels: Uint8Array, from: number, out: Float32Array, to: number, size: number): void {
  // A local name: the engine does not know that a module's binding never changes, and looks it up for each pixel.
  const values = unitValues;
  for (let i = from, j = to, end = from + size; i < end; i++, j++) out[j] = values[pixels[i] as number] as number;
}

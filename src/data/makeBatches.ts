// Makes batches one after the other, into the slots of a ring: what a batch thread does. Knows nothing of threads but
// the slots' states and which of them are its own.
import { fillDropoutMask, fillNormals, randomSequences } from "../base/random.js";
import { unitFromPixels } from "../pixels/index.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import { sizeOf } from "../tensor/ops/define.js";
import { waitForImages } from "./arriving.js";
import {
  type BatchJob,
  type BatchPlace,
  batchPlaces,
  progressCell,
  type SlotViews,
  slotCell,
  slotState,
  slotViews,
} from "./batchRing.js";
import { readPixels } from "./imageStore.js";
import { type EpochOrder, epochOrder } from "./sampling.js";

/** Fills slot after slot without end, waiting where one is still in use. */
export function makeBatches(job: BatchJob, thread: number): never {
  const { control } = job;
  const views = slotViewsByCount(job);
  const places = batchPlaces(job);
  const make = batchMaker(job);
  for (let n = thread; ; n += job.threads) {
    const slot = n % job.slots;
    const cell = slotCell(slot);
    while (Atomics.load(control, cell) === slotState.full) Atomics.wait(control, cell, slotState.full);
    const place = places(n);
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
  const { set, sample, batchSize, seed, randomInputs } = job;
  const imageSize = sizeOf(set.shape);
  const augment = pipeline(readTransforms(job.augment, "augment", "augment"), set.shape);
  const corrupt = pipeline(readTransforms(job.corrupt, "corrupt", "corrupt"), set.shape);
  const augmentDraws = randomSequences(seed, "augment");
  const corruptDraws = randomSequences(seed, "corrupt");
  const picture = set.pixels instanceof Uint8Array ? undefined : new Uint8Array(imageSize);
  let order: EpochOrder = { images: new Uint32Array() };
  let orderEpoch: number | undefined;
  return (place, { input, target, label, random }) => {
    const { epoch } = place;
    if (orderEpoch !== epoch) {
      order = epochOrder(set, sample, seed, epoch);
      orderEpoch = epoch;
    }
    const first = place.stepInEpoch * batchSize;
    for (let i = 0; i < place.count; i++) {
      const image = order.images[first + i] as number;
      const wanted = target.subarray(i * imageSize, (i + 1) * imageSize);
      // A batch whose pictures are still being decoded is no sign of a dead thread.
      waitForImages(set, image, 1, () => Atomics.add(job.control, progressCell, 1));
      unitFromPixels(readPixels(set, image, 1, picture), wanted);
      // An image that comes again in the same epoch is changed in another way: the high half of the index is its own.
      const key = (set.indices[image] as number) + (order.repeats?.[first + i] ?? 0) * 2 ** 32;
      if (job.augment.length > 0) augment(wanted, augmentDraws(epoch, key));
      if (input !== target) {
        const given = input.subarray(i * imageSize, (i + 1) * imageSize);
        given.set(wanted);
        corrupt(given, corruptDraws(epoch, key));
      }
      if (label !== undefined) label[i] = set.labels?.[image] ?? 0;
    }
    for (const { name, ...draw } of randomInputs) {
      const values = random[name] as Float32Array;
      if (draw.distribution === "bernoulli") fillDropoutMask(values, draw.probability, seed, place.step, name);
      else fillNormals(values, seed, "latent", place.step, name);
    }
  };
}

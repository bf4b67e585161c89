// For tests, run by itself: makes a set with a bound, takes an epoch of batches of it, and prints the resident memory of the
// process at its highest, in bytes.
import { openBatches } from "../batches.js";
import type { ImageSet } from "../define.js";
import { createImageStore } from "../imageStore.js";

const [count = 0, side = 0, memoryBound = 0] = process.argv.slice(2).map(Number);

function storedSet(count: number): ImageSet {
  const store = createImageStore(count, side * side, { memoryBound });
  const image = new Uint8Array(side * side);
  for (let i = 0; i < count; i++) store.write(i, image.fill(i % 256));
  const indices = Uint32Array.from({ length: count }, (_, i) => i);
  return { count, shape: [1, side, side], pixels: store.finish(), indices };
}

async function takeEpoch(set: ImageSet, watch: () => void): Promise<void> {
  const start = { epoch: 1, stepInEpoch: 0, step: 0 };
  const stream = openBatches({ set, batchSize: 32, seed: 0, randomInputs: [], start, threads: 2 });
  for (let i = 0; i < stream.stepsPerEpoch; i++) {
    stream.next().release();
    watch();
  }
  await stream.close();
}

let most = 0;
const watch = (): void => {
  most = Math.max(most, process.memoryUsage.rss());
};
const set = storedSet(count);
watch();
await takeEpoch(set, watch);
process.stdout.write(`${most}\n`);

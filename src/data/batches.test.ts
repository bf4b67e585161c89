import { describe, expect, it } from "vitest";
import { fillDropoutMask, fillNormals, randomOrder, randomSequence } from "../base/random.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import type { RandomInput } from "../tensor/index.js";
import { type BatchOptions, type BatchStream, openBatches } from "./batches.js";
import type { ImageSet } from "./define.js";

/** `count` images of 1×2×3 whose pixels count up, so that each image can be told by its first pixel. */
function countingSet(count: number): ImageSet {
  const pixels = new Uint8Array(new SharedArrayBuffer(count * 6));
  for (let i = 0; i < pixels.length; i++) pixels[i] = i % 256;
  return { count, shape: [1, 2, 3], pixels, indices: Uint32Array.from({ length: count }, (_, i) => i) };
}

const randomInputs: readonly RandomInput[] = [
  { distribution: "bernoulli", probability: 0.25, name: "encoder.1.mask", shape: [4, 5] },
  { distribution: "normal", name: "noise", shape: [4, 3] },
];
const options: BatchOptions = {
  set: countingSet(10),
  batchSize: 4,
  seed: 5,
  randomInputs,
  start: { epoch: 1, stepInEpoch: 0, step: 0 },
};

interface Copy {
  readonly place: string;
  readonly input: number[];
  readonly random: Record<string, number[]>;
}
function take(stream: BatchStream, count: number): Copy[] {
  return Array.from({ length: count }, () => {
    const { epoch, stepInEpoch, count, input, random, release } = stream.next();
    const copy = {
      place: `${epoch}.${stepInEpoch}: ${count}`,
      input: [...input],
      random: Object.fromEntries(Object.entries(random).map(([name, values]) => [name, [...values]])),
    };
    release();
    return copy;
  });
}
async function batchesFrom(options: BatchOptions, count: number): Promise<Copy[]> {
  const stream = openBatches(options);
  try {
    return take(stream, count);
  } finally {
    await stream.close();
  }
}

const transforms = {
  augment: [{ randomRotation: { degrees: [-40, 40], interpolation: "bilinear" } }, { flip: { probability: 0.5 } }],
  corrupt: [{ gaussianNoise: 0.2 }],
};
/** The set with each image's position as its label, which tells the images of a batch apart. Keys begin at 100. */
const numbered: ImageSet = {
  ...countingSet(10),
  labels: Uint8Array.from({ length: 10 }, (_, i) => i),
  indices: Uint32Array.from({ length: 10 }, (_, i) => 100 + i),
};
/** Input and target of each image of the next batches, by `epoch.image` (the second time in an epoch `epoch.image again`). */
async function imagesFrom(options: BatchOptions, batches: number): Promise<Record<string, readonly number[][]>> {
  const stream = openBatches(options);
  const images: Record<string, readonly number[][]> = {};
  for (let n = 0; n < batches; n++) {
    const { epoch, count, input, target, label, release } = stream.next();
    for (let i = 0; i < count; i++) {
      const name = `${epoch}.${label?.[i]}`;
      const both = [input, target].map((array) => [...array.subarray(i * 6, (i + 1) * 6)]);
      images[Object.hasOwn(images, name) ? `${name} again` : name] = both;
    }
    release();
  }
  await stream.close();
  return images;
}

describe("openBatches", () => {
  it("goes through each epoch in its own keyed order, the smaller last batch included, as value/255", async () => {
    const batches = await batchesFrom(options, 6);
    expect(batches.map(({ place }) => place)).toEqual(["1.0: 4", "1.1: 4", "1.2: 2", "2.0: 4", "2.1: 4", "2.2: 2"]);
    const expected = [1, 2]
      .flatMap((epoch) => [...randomOrder(10, 5, "shuffle", epoch)])
      .flatMap((image) => Array.from({ length: 6 }, (_, i) => Math.fround((image * 6 + i) / 255)));
    expect(batches.flatMap(({ input }) => input)).toEqual(expected);
  });

  it("draws random inputs by (seed, step, name), for as many images as the batch has", async () => {
    const batches = await batchesFrom({ ...options, start: { epoch: 3, stepInEpoch: 1, step: 70 } }, 2);
    batches.forEach(({ random }, i) => {
      const mask = new Float32Array(i === 0 ? 20 : 10);
      const noise = new Float32Array(i === 0 ? 12 : 6);
      fillDropoutMask(mask, 0.25, 5, 70 + i, "encoder.1.mask");
      fillNormals(noise, 5, "latent", 70 + i, "noise");
      expect(random).toEqual({ "encoder.1.mask": [...mask], noise: [...noise] });
    });
  });

  it("gives the same bits whatever the number of slots and wherever it is taken up", async () => {
    const unbroken = await batchesFrom(options, 8);
    expect(await batchesFrom({ ...options, slots: 1 }, 8)).toEqual(unbroken);
    expect(await batchesFrom({ ...options, slots: 7 }, 8)).toEqual(unbroken);
    for (const step of [1, 2, 3, 5]) {
      const start = { epoch: 1 + Math.floor(step / 3), stepInEpoch: step % 3, step };
      expect(await batchesFrom({ ...options, start }, 8 - step)).toEqual(unbroken.slice(step));
    }
    // The end of an epoch is the beginning of the next.
    const start = { epoch: 1, stepInEpoch: 3, step: 3 };
    expect(await batchesFrom({ ...options, start }, 5)).toEqual(unbroken.slice(3));
  });

  it("gives other orders and masks to another seed", async () => {
    const [a] = await batchesFrom(options, 1);
    const [b] = await batchesFrom({ ...options, seed: 6 }, 1);
    expect(b?.input).not.toEqual(a?.input);
    expect(b?.random["encoder.1.mask"]).not.toEqual(a?.random["encoder.1.mask"]);
  });

  it("gives the same array objects for the same slot and count, and one object for input and target", async () => {
    const stream = openBatches({ ...options, slots: 2 });
    const seen = new Set<Float32Array>();
    const masks = new Set<Float32Array | undefined>();
    for (let i = 0; i < 24; i++) {
      const batch = stream.next();
      seen.add(batch.input).add(batch.target);
      masks.add(batch.random["encoder.1.mask"]);
      batch.release();
    }
    await stream.close();
    // Two slots, each with a full and a last, smaller array.
    expect(seen.size).toBe(4);
    expect(masks.size).toBe(4);
    for (const array of seen) expect(array.byteOffset % 64).toBe(0);
  });

  it("leaves a batch alone until it is released, and refuses to hand out more than there are slots", async () => {
    const stream = openBatches({ ...options, slots: 2 });
    const first = stream.next();
    const kept = [...first.input];
    const second = stream.next();
    expect(() => stream.next()).toThrow("internal: all 2 batches are in use; release one before the next");
    second.release();
    second.release();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([...first.input]).toEqual(kept);
    first.release();
    const third = stream.next();
    expect(third.stepInEpoch).toBe(2);
    await stream.close();
    await stream.close();
    expect(() => stream.next()).toThrow("internal: a batch was asked for after the stream was closed");
  });

  it("augments input and target alike and corrupts the input alone, by (seed, epoch, index in the source)", async () => {
    const stream = openBatches({ ...options, set: numbered, ...transforms, threads: 1 });
    const { input, target } = stream.next();
    await stream.close();
    const augment = pipeline(readTransforms(transforms.augment, "augment", ""), [1, 2, 3]);
    const corrupt = pipeline(readTransforms(transforms.corrupt, "corrupt", ""), [1, 2, 3]);
    [...randomOrder(10, 5, "shuffle", 1).subarray(0, 4)].forEach((image, i) => {
      const wanted = Float32Array.from({ length: 6 }, (_, j) => (image * 6 + j) / 255);
      augment(wanted, randomSequence(5, "augment", 1, 100 + image));
      const given = wanted.slice();
      corrupt(given, randomSequence(5, "corrupt", 1, 100 + image));
      expect(target.slice(i * 6, i * 6 + 6)).toEqual(wanted);
      expect(input.slice(i * 6, i * 6 + 6)).toEqual(given);
    });
  });

  it("gives an image the same draw in the same epoch with 1, 2 and 4 threads, any batch size, and taken up anywhere", async () => {
    const given = { ...options, set: numbered, ...transforms, randomInputs: [] };
    const unbroken = await imagesFrom({ ...given, threads: 1 }, 6);
    expect(Object.keys(unbroken)).toHaveLength(20);
    expect(unbroken["1.3"]).not.toEqual(unbroken["2.3"]);
    expect(await imagesFrom({ ...given, threads: 2, batchSize: 3 }, 8)).toEqual(unbroken);
    expect(await imagesFrom({ ...given, threads: 4, batchSize: 10, slots: 8 }, 2)).toEqual(unbroken);
    const resumed = await imagesFrom({ ...given, threads: 2, start: { epoch: 1, stepInEpoch: 2, step: 2 } }, 4);
    expect(Object.keys(resumed)).toHaveLength(12);
    expect(unbroken).toMatchObject(resumed);
  });

  it("gives batches in order with several threads, whichever is done first", async () => {
    expect(await batchesFrom({ ...options, threads: 3 }, 8)).toEqual(await batchesFrom({ ...options, threads: 1 }, 8));
  });

  it("takes a part of the images in each epoch, another one in the next", async () => {
    const given = { ...options, set: numbered, randomInputs: [], sample: { images: 0.4 }, batchSize: 3 };
    const images = Object.keys(await imagesFrom(given, 4));
    const of = (epoch: number) => images.filter((name) => name.startsWith(`${epoch}.`)).map((name) => name.slice(2));
    expect([of(1).length, of(2).length]).toEqual([4, 4]);
    expect(of(1)).toEqual([...randomOrder(10, 5, "shuffle", 1).subarray(0, 4)].sort().map(String));
    expect(of(2)).not.toEqual(of(1));
  });

  it("changes an image that balancing takes twice in an epoch in two ways", async () => {
    // Nine images of one class and one of the other: five of each, so that one image comes five times.
    const labels = Uint8Array.from({ length: 10 }, (_, i) => (i === 7 ? 1 : 0));
    const stream = openBatches({
      ...options,
      set: { ...numbered, labels },
      randomInputs: [],
      sample: { balanced: true },
      batchSize: 10,
      corrupt: transforms.corrupt,
    });
    const { label = new Float32Array(), input } = stream.next();
    const rare = [...label.keys()].filter((i) => label[i] === 1);
    expect(rare).toHaveLength(5);
    expect(new Set(rare.map((i) => input.subarray(i * 6, i * 6 + 6).join())).size).toBe(5);
    await stream.close();
  });

  it("refuses transforms and samples that do not fit, by their place in the experiment", () => {
    const at = "phases[1]";
    const refused = (changes: Partial<BatchOptions>) => {
      try {
        void openBatches({ ...options, ...changes, at }).close();
      } catch (error) {
        return error;
      }
      return undefined;
    };
    expect(refused({ augment: ["flop"] })).toMatchObject({ name: "UserError", at: "phases[1].augment[0]" });
    expect(refused({ sample: { balanced: true } })).toMatchObject({
      at: "phases[1].sample.balanced",
      message: "the data has no labels, so its classes can't be balanced",
    });
    expect(refused({ sample: { images: 11 } })).toMatchObject({
      at: "phases[1].sample.images",
      message: "expected at most 10, the training images, got 11",
    });
    expect(refused({ sample: { images: 3 } })).toMatchObject({
      at: "phases[1].batchSize",
      message: "batchSize is 4 but an epoch takes 3 training images",
    });
  });

  it("says how many batches an epoch has", async () => {
    const stream = openBatches(options);
    expect(stream.stepsPerEpoch).toBe(3);
    await stream.close();
  });

  it("refuses a batch larger than the data", () => {
    const set = { ...options.set, count: 60_000 };
    expect(() => openBatches({ ...options, set, batchSize: 70_000, at: "phases[0]" })).toThrow(
      expect.objectContaining({
        message: "batchSize is 70,000 but the data has 60,000 training images",
        at: "phases[0].batchSize",
      }),
    );
  });

  it("tells the consumer what went wrong in the thread", async () => {
    const broken: RandomInput = { distribution: "bernoulli", probability: 2, name: "mask", shape: [4, 1] };
    const stream = openBatches({ ...options, randomInputs: [broken] });
    expect(() => stream.next()).toThrow(
      /^internal: the thread that makes batches has stopped with .*the dropout mask mask has probability 2/,
    );
    await stream.close();
  });

  it("gives up on a thread that is dead without a word, instead of waiting for ever", async () => {
    const worker = new URL("data:text/javascript,process.exit(3)");
    const stream = openBatches(options, { worker, patienceSeconds: 0.3 });
    const before = performance.now();
    expect(() => stream.next()).toThrow("internal: the thread that makes batches has stopped without a word");
    expect(performance.now() - before).toBeLessThan(5000);
    await stream.close();
  });
});

import { describe, expect, it } from "vitest";
import { randomOrder } from "../base/random.js";
import { epochOrder, imagesPerEpoch } from "./sampling.js";

/** 100 images: 70 of class 0, none of class 1, 20 of class 2, 10 of class 3. */
const labels = Uint8Array.from({ length: 100 }, (_, i) => (i < 70 ? 0 : i < 90 ? 2 : 3));
const set = { count: 100, labels };
const tally = (values: Iterable<number>): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
};

describe("the images of an epoch", () => {
  it("are all of them in a keyed order where nothing is said", () => {
    expect(epochOrder(set, undefined, 3, 4)).toEqual({ images: randomOrder(100, 3, "shuffle", 4) });
    expect(epochOrder(set, {}, 3, 4)).toEqual({ images: randomOrder(100, 3, "shuffle", 4) });
  });

  it("are as many as asked for, or a part, each at most once", () => {
    expect(imagesPerEpoch(set, { images: 30 })).toBe(30);
    expect(imagesPerEpoch(set, { images: 0.255 })).toBe(26);
    expect(imagesPerEpoch(set, { images: 0.001 })).toBe(1);
    expect(imagesPerEpoch(set, { images: 1 })).toBe(1);
    const { images } = epochOrder(set, { images: 30 }, 3, 1);
    expect(new Set(images).size).toBe(30);
  });

  it("come several times, each as often as the others and counted, where that is said", () => {
    expect(imagesPerEpoch(set, { times: 3 })).toBe(300);
    const { images, repeats = new Uint32Array() } = epochOrder(set, { times: 3 }, 3, 1);
    expect(Object.values(tally(images))).toEqual(Array(100).fill(3));
    expect(new Set([...images].map((image, place) => `${image} ${repeats[place]}`)).size).toBe(300);
    expect(() => imagesPerEpoch(set, { times: 3, balanced: true })).toThrow("does not go with images or balanced");
  });

  it("come from each class equally often when balanced; small classes come again only after all of them came", () => {
    // 100 images of three classes: the nearest multiple of three is 99.
    expect(imagesPerEpoch(set, { balanced: true })).toBe(99);
    const { images, repeats = new Uint32Array() } = epochOrder(set, { balanced: true }, 3, 1);
    expect(tally([...images].map((image) => labels[image] ?? -1))).toEqual({ 0: 33, 2: 33, 3: 33 });
    const times = Object.entries(tally(images));
    for (const [image, count] of times) {
      if (Number(image) < 70) expect(count).toBe(1);
      else if (Number(image) < 90) expect([1, 2]).toContain(count);
      else expect([3, 4]).toContain(count);
    }
    // Every image of the small classes, and 33 of the large one.
    expect(times).toHaveLength(33 + 20 + 10);
    // The passes over an image are numbered, each once.
    const seen = new Set([...images].map((image, i) => `${image} ${repeats[i]}`));
    expect(seen.size).toBe(99);
    expect(Math.max(...repeats)).toBe(3);
  });

  it("are mixed: classes don't come one after the other", () => {
    const { images } = epochOrder(set, { balanced: true }, 3, 1);
    const changes = [...images].filter((image, i) => i > 0 && labels[image] !== labels[images[i - 1] ?? 0]).length;
    // Two neighbours differ with probability 2/3 · 99/98: 66 changes, standard deviation below 5; two if in a row.
    expect(changes).toBeGreaterThan(66 - 5 * 5);
  });

  it("depend on seed and epoch and nothing else", () => {
    const order = (seed: number, epoch: number) => epochOrder(set, { balanced: true, images: 30 }, seed, epoch).images;
    expect(order(3, 1)).toHaveLength(30);
    expect(order(3, 1)).toEqual(order(3, 1));
    expect(order(3, 2)).not.toEqual(order(3, 1));
    expect(order(4, 1)).not.toEqual(order(3, 1));
  });

  it("of one class each are at least one, however few are wanted", () => {
    expect(imagesPerEpoch(set, { balanced: true, images: 1 })).toBe(3);
  });
});

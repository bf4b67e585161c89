// Which test images a run shows: the first ones, or some of every class where folders come one after the other.
import { expect, it } from "vitest";
import { sequentialBatches } from "../data/sequentialBatches.js";
import { shownBatch, shownImagesOf } from "./shownImages.js";

const labelled = (labels: readonly number[]) => ({ count: labels.length, labels: Uint16Array.from(labels) });
const sorted = labelled(Array.from({ length: 200 }, (_, i) => Math.floor(i / 50)));

it("are the first ones where these are of many classes, or nothing tells", () => {
  expect(shownImagesOf(labelled(Array.from({ length: 200 }, (_, i) => i % 10)), 32)).toEqual({ count: 32 });
  // Nine of ten classes among the first, as by chance: not in order.
  expect(shownImagesOf(labelled(Array.from({ length: 200 }, (_, i) => (i < 32 ? i % 9 : i % 10))), 32)).toEqual({
    count: 32,
  });
  expect(shownImagesOf({ count: 200 }, 32)).toEqual({ count: 32 });
  expect(shownImagesOf(labelled(new Array<number>(200).fill(3)), 32)).toEqual({ count: 32 });
  expect(shownImagesOf(labelled([0, 0, 1, 1]), 32)).toEqual({ count: 4 });
});

it("are spread evenly over folders that come one after the other: as many of each class", () => {
  const { count, places = [] } = shownImagesOf(sorted, 32);
  expect(count).toBe(32);
  expect(places.slice(0, 3)).toEqual([0, 6, 12]);
  const ofClass = [0, 0, 0, 0];
  for (const place of places) ofClass[sorted.labels[place] ?? 0] = (ofClass[sorted.labels[place] ?? 0] ?? 0) + 1;
  expect(ofClass).toEqual([8, 8, 8, 8]);
});

it("are spread where the first are all of one class, whatever comes later", () => {
  const mixed = labelled(Array.from({ length: 320 }, (_, i) => (i < 160 ? 0 : i % 2)));
  expect(shownImagesOf(mixed, 32).places?.[31]).toBe(310);
});

it("stay what they were for a training that goes on", () => {
  const before = { count: 32, epochs: [1] };
  expect(shownImagesOf(sorted, 32, before)).toEqual({ count: 32 });
  expect(shownImagesOf(sorted, 32, { ...before, images: [1, 2] })).toEqual({ count: 32, places: [1, 2] });
  expect(shownImagesOf(sorted, 32, { ...before, epochs: [] }).places).toHaveLength(32);
});

it("are given as an evaluation gives them, corrupted by the image and not by its place among those that are shown", () => {
  const pixels = Uint8Array.from({ length: 40 * 16 }, (_, i) => (i * 31) % 256);
  const test = { count: 40, shape: [1, 4, 4], pixels, indices: Uint32Array.from({ length: 40 }, (_, i) => i + 7) };
  const corruption = { corrupt: ["gaussianNoise"], seed: 3 };
  const all = sequentialBatches(test, 40, corruption);
  all.fill(0);
  const { originals, inputs } = shownBatch(test, { count: 2, places: [5, 30] }, corruption);
  for (const [i, place] of [5, 30].entries()) {
    const part = (of: Float32Array, at: number) => [...of.subarray(16 * at, 16 * at + 16)];
    expect(part(originals, i)).toEqual(part(all.view(40), place));
    expect(part(inputs, i)).toEqual(part(all.input(40), place));
  }
  const first = shownBatch(test, { count: 3 }, corruption);
  expect([...first.inputs]).toEqual([...all.input(40).subarray(0, 48)]);
});

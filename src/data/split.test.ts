import { describe, expect, it } from "vitest";
import type { ImageSet, OpenSource } from "./define.js";
import { splitOptions } from "./descriptions/common.js";
import { readPixels } from "./imageStore.js";
import { holdBack, splitTest, withValidation } from "./split.js";

const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
const options = splitOptions.parse({});

describe("holdBack", () => {
  it("takes each class's share as nearly as whole images allow, and exactly as many as asked for", () => {
    // Classes of 100, 50 and 10 images; a tenth of each is 10, 5 and 1.
    const labels = [...new Array(100).fill(0), ...new Array(50).fill(1), ...new Array(10).fill(2)];
    const held = holdBack({ count: 160, labels }, 16, 3, "test");
    const perClass = [0, 1, 2].map((label) => sum(held.filter((_, image) => labels[image] === label)));
    expect(perClass).toEqual([10, 5, 1]);
  });

  it("gives the same images to the same seed, and others to another seed and purpose", () => {
    const draw = (seed: number, purpose: "test" | "validation") => [...holdBack({ count: 100 }, 10, seed, purpose)];
    expect(draw(1, "test")).toEqual(draw(1, "test"));
    expect(draw(2, "test")).not.toEqual(draw(1, "test"));
    expect(draw(1, "validation")).not.toEqual(draw(1, "test"));
    expect(sum(draw(2, "validation"))).toBe(10);
  });

  it("keeps groups whole, and takes no more images than asked for", () => {
    const groups = Array.from({ length: 100 }, (_, image) => Math.floor(image / 7));
    const held = holdBack({ count: 100, groups }, 20, 5, "test");
    for (let group = 0; group < 15; group++) {
      expect(new Set(held.filter((_, image) => groups[image] === group)).size).toBe(1);
    }
    // The last group has two images, the others seven: 14 or 16 fit into 20.
    expect([14, 16]).toContain(sum(held));
  });
});

describe("splitTest", () => {
  it("never takes a class's only picture for the test, and says so", () => {
    const labels = [...new Array(20).fill(0), 1];
    for (const train of [0.9, 0.5, 0.2]) {
      const { isTest, notes } = splitTest({ count: 21, labels }, { ...options, train }, ["cats", "dogs"], "pets");
      expect(isTest[20]).toBe(0);
      expect(sum(isTest)).toBe(Math.round(21 * (1 - train)));
      expect(notes).toEqual(["the class “dogs” has one picture, which is trained on and never tested"]);
    }
  });

  it("names classes that are too small to be tested", () => {
    const labels = [...new Array(96).fill(0), 1, 1, 2, 2];
    const { notes } = splitTest({ count: 100, labels }, { ...options, train: 0.99 }, ["a", "b", "c"], "x");
    expect(notes).toEqual(["2 classes are too small to have a test picture: “b”, “c”"]);
  });

  it.each([
    [{ count: 1 }, {}, "one picture cannot be parted into training and test"],
    [{ count: 9 }, { by: "class" }, "a split by class needs classes, and these pictures have none"],
    [{ count: 3, labels: [0, 0, 0] }, { by: "class" }, "a split by class needs at least two, there is one"],
    [
      { count: 40, groups: Array.from({ length: 40 }, (_, i) => i % 2) },
      { by: "group" },
      "no group is small enough to be 4 test images",
    ],
  ] as const)("refuses %j by %j", (images, given, message) => {
    expect(() => splitTest(images, { ...options, ...given }, undefined, "here")).toThrow(
      expect.objectContaining({ name: "UserError", message }),
    );
  });
});

describe("the option validation", () => {
  const set = (count: number, more: Partial<ImageSet> = {}): ImageSet => ({
    count,
    shape: [1, 1, 2],
    pixels: Uint8Array.from({ length: 2 * count }, (_, i) => i % 256),
    indices: Uint32Array.from({ length: count }, (_, i) => 1000 + i),
    ...more,
  });
  const card = { name: "x", title: "x", origin: "x", licence: "x", checksums: {} };
  const source = (train: ImageSet): OpenSource => ({ card, splits: { train, test: set(3) } });

  it("cuts a share or a number of images from train, each with its label, key and pixels", () => {
    const labels = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
    const attributes = { size: Float32Array.from({ length: 40 }, (_, i) => i / 2) };
    for (const validation of [0.25, 10]) {
      const { splits } = withValidation(source(set(40, { labels, attributes })), validation, "data.validation");
      const { train, validation: held, test } = splits;
      expect([train.count, held?.count, test.count]).toEqual([30, 10, 3]);
      expect(sum(held?.labels ?? [])).toBe(5);
      expect([...train.indices, ...(held?.indices ?? [])].sort((a, b) => a - b)).toEqual([...set(40).indices]);
      for (const part of [train, held as ImageSet]) {
        for (let image = 0; image < part.count; image++) {
          const before = (part.indices[image] as number) - 1000;
          expect([...readPixels(part, image, 1)]).toEqual([2 * before, 2 * before + 1]);
          expect(part.labels?.[image]).toBe(before % 2);
          expect(part.attributes?.size?.[image]).toBe(before / 2);
        }
      }
    }
  });

  it("keeps groups whole", () => {
    const groups = Uint32Array.from({ length: 40 }, (_, i) => Math.floor(i / 4));
    const { train, validation } = withValidation(source(set(40, { groups })), 8, "v").splits;
    expect(validation?.count).toBe(8);
    expect(new Set([...(train.groups ?? []), ...new Set(validation?.groups)]).size).toBe(10);
    expect([...new Set(validation?.groups)].filter((group) => train.groups?.includes(group))).toEqual([]);
  });

  it("refuses to take all, and a second validation split", () => {
    expect(() => withValidation(source(set(10)), 10, "data.validation")).toThrow(
      "10 validation images would leave none of the 10 training images",
    );
    const both: OpenSource = { card, splits: { train: set(9), validation: set(2), test: set(3) } };
    expect(() => withValidation(both, 2, "v")).toThrow("this source has a validation split of its own");
  });
});

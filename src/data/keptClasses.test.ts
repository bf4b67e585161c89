import { describe, expect, it } from "vitest";
import type { ImageSet, OpenSource } from "./define.js";
import { readPixels } from "./imageStore.js";
import { withClasses } from "./keptClasses.js";
import { readSource } from "./sources/index.js";

/** Images of one pixel, which is their index. */
const set = (labels: readonly number[] | undefined, first = 0): ImageSet => {
  const count = labels?.length ?? 3;
  return {
    count,
    shape: [1, 1, 1],
    pixels: Uint8Array.from({ length: count }, (_, i) => first + i),
    indices: Uint32Array.from({ length: count }, (_, i) => first + i),
    ...(labels === undefined ? {} : { labels: Uint8Array.from(labels) }),
  };
};
const source = (train: ImageSet, test: ImageSet): OpenSource => ({
  card: { name: "t", title: "", origin: "", licence: "", checksums: {} },
  classes: ["good", "scratch", "dent"],
  splits: { train, test },
});
const whole = source(set([0, 1, 0, 2, 0]), set([2, 0, 1], 5));

describe("classes that stay", () => {
  it("leave the others out of the named split alone, keeping pixels, labels and the keys of draws", () => {
    const { splits, classes } = withClasses(whole, { train: ["good"] }, "data.classes");
    expect([splits.train.count, [...(splits.train.labels ?? [])], [...splits.train.indices]]).toEqual([
      3,
      [0, 0, 0],
      [0, 2, 4],
    ]);
    expect([...readPixels(splits.train, 0, 3)]).toEqual([0, 2, 4]);
    expect(splits.test).toBe(whole.splits.test);
    expect(classes).toEqual(["good", "scratch", "dent"]);
    const both = withClasses(whole, { train: ["dent", "good"], test: ["dent"] }, "data.classes").splits;
    expect([[...both.train.indices], [...both.test.indices]]).toEqual([[0, 2, 3, 4], [5]]);
  });

  it("are named by number where classes have no names", () => {
    const { classes: _, ...nameless } = whole;
    expect(withClasses(nameless, { train: [2] }, "c").splits.train.count).toBe(1);
  });

  it("say in a sentence what there is not", () => {
    const says = (kept: Parameters<typeof withClasses>[1], from = whole) => {
      try {
        withClasses(from, kept, "data.classes");
        return "nothing";
      } catch (error) {
        const { at, message, hint } = error as { at: string; message: string; hint: string };
        return `${at}: ${message} | ${hint}`;
      }
    };
    expect(says({ train: ["god"] })).toBe(
      "data.classes.train: there is no class called god; did you mean good? | There are good, scratch, dent.",
    );
    expect(says({ validation: ["good"] })).toContain("data.classes.validation: this source has no split validation");
    expect(says({ train: ["good"] }, source(set(undefined), set([0])))).toContain(
      "data.classes.train: these pictures have no classes",
    );
    expect(says({ test: ["scratch"] }, source(set([0, 1]), set([0])))).toContain("no test image is of scratch");
  });

  it("are an option of every source, before validation and limit", async () => {
    const spec = { source: "mnist", classes: { train: ["3", 7] }, validation: 0.1, limit: { train: 100 } };
    const { splits } = await readSource(spec, "data").open();
    // MNIST has 6,131 threes and 6,265 sevens to train; the test split stays.
    expect([splits.validation?.count, splits.train.count, splits.test.count]).toEqual([1240, 100, 10_000]);
    expect(new Set(splits.validation?.labels)).toEqual(new Set([3, 7]));
    await expect(readSource({ source: "mnist", classes: { train: ["10"] } }, "data").open()).rejects.toMatchObject({
      at: "data.classes.train",
      message: expect.stringContaining("there is no class called 10"),
    });
    expect(() => readSource({ source: "mnist", classes: { train: "3" } }, "data")).toThrow(
      "expected a list of classes",
    );
    expect(() => readSource({ source: "mnist", classes: { train: [] } }, "data")).toThrow("at least one class");
  });
});

import { describe, expect, it } from "vitest";
import { readPixels } from "./imageStore.js";
import { limited } from "./limit.js";
import { readSource } from "./sources/index.js";

describe("the limit on images", () => {
  it("leaves the first images of each split with their labels and their keys", async () => {
    const whole = await readSource("mnist", "data").open();
    const { train, test } = limited(whole, { train: 3, test: 2 }).splits;
    expect([train.count, test.count]).toEqual([3, 2]);
    expect(readPixels(train, 0, 3)).toEqual(readPixels(whole.splits.train, 0, 3));
    expect(train.labels).toEqual(whole.splits.train.labels?.subarray(0, 3));
    // The test split's keys follow those of the 60,000 training images.
    expect([...test.indices]).toEqual([60_000, 60_001]);
  });

  it("is an option of every source", async () => {
    const { splits } = await readSource({ source: "mnist", limit: { train: 5 } }, "data").open();
    expect([splits.train.count, splits.test.count]).toEqual([5, 10_000]);
  });

  it("says what it expects", () => {
    expect(() => readSource({ source: "mnist", limit: { train: 0 } }, "data")).toThrow("expected at least 1");
    expect(() => readSource({ source: "mnist", limit: 9 }, "data")).toThrow(
      "expected the most images of each split, for example { train: 10000, test: 2000 }",
    );
  });
});

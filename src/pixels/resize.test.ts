// Sizes by hand; Pillow's results are in test/golden.
import { describe, expect, it } from "vitest";
import { makeResizer, resize } from "./resize.js";

const row = (values: readonly number[]) => ({
  values: Uint8Array.from(values),
  sizes: { channels: 1, height: 1, width: values.length },
});

describe("resize", () => {
  it.each(["nearest", "bilinear", "bicubic", "lanczos"] as const)(
    "with %s leaves an image of that size as it is",
    (filter) => {
      const { values, sizes } = row([0, 255, 7, 90, 13]);
      expect([...resize(values, sizes, { height: 1, width: 5 }, { filter })]).toEqual([...values]);
    },
  );

  it.each(["nearest", "bilinear", "bicubic", "lanczos"] as const)("with %s keeps an even image even", (filter) => {
    const grey = new Float32Array(2 * 9 * 7).fill(0.625);
    const found = resize(grey, { channels: 2, height: 9, width: 7 }, { height: 4, width: 11 }, { filter });
    expect(found.length).toBe(2 * 4 * 11);
    // Weights add up to 1 but for rounding: a float32 in between and one at the end.
    expect(Math.max(...found.map((value) => Math.abs(value - 0.625)))).toBeLessThanOrEqual(2 ** -23);
  });

  it("reduces with the filter widened: a triangle over four pixels", () => {
    const { values, sizes } = row([0, 0, 0, 80, 80, 80, 80, 80]);
    // Pixel 1 lies over pixels 1 to 4 with 1/8, 3/8, 3/8, 1/8; pixel 0 over 0 to 2 with 3/7, 3/7, 1/7.
    expect([...resize(values, sizes, { height: 1, width: 4 }, { filter: "bilinear" })]).toEqual([0, 40, 80, 80]);
  });

  it("clips bytes where bicubic overshoots, and leaves floats", () => {
    const { values, sizes } = row([0, 255]);
    expect([...resize(values, sizes, { height: 1, width: 8 })].every((value) => value >= 0 && value <= 255)).toBe(true);
    const floats = resize(new Float32Array([0, 0, 1, 1]), { ...sizes, width: 4 }, { height: 1, width: 16 });
    expect(Math.max(...floats)).toBeGreaterThan(1);
    expect(Math.min(...floats)).toBeLessThan(0);
  });

  it("takes the part of the image that is asked for", () => {
    const { values, sizes } = row([10, 20, 30, 40]);
    const box = { left: 1, top: 0, width: 2, height: 1 };
    expect([...resize(values, sizes, { height: 1, width: 2 }, { filter: "nearest", box })]).toEqual([20, 30]);
  });

  it("refuses arrays of other sizes or kinds, and parts that are not there", () => {
    const sizes = { channels: 1, height: 2, width: 2 };
    const run = makeResizer(sizes, { height: 1, width: 1 });
    expect(() => run(new Uint8Array(3), new Uint8Array(1))).toThrow("internal: a picture of 3 values is not 1×2×2");
    expect(() => run(new Uint8Array(4), new Uint8Array(2))).toThrow("internal: 2 values can't hold 1×1×1");
    expect(() => run(new Uint8Array(4), new Float32Array(1))).toThrow("internal: a resize goes from bytes to bytes");
    const box = { left: 1, top: 0, width: 2, height: 2 };
    expect(() => makeResizer(sizes, { height: 1, width: 1 }, { box })).toThrow(
      "internal: pixels 1 to 3 of 2 can't become 1",
    );
  });
});

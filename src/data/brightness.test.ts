import { describe, expect, it } from "vitest";
import { meanBrightness } from "./brightness.js";
import type { ImageSet } from "./define.js";

const setOf = (count: number, shape: readonly number[], pixels: Uint8Array): ImageSet => ({
  count,
  shape,
  pixels,
  indices: Uint32Array.from({ length: count }, (_, i) => i),
});

describe("the brightness of a set", () => {
  it("is the mean of all pixels, and of those in the outermost rows and columns", () => {
    // Two images of 3×3: the first white in its middle alone, the second white at one corner and in its middle.
    const pixels = Uint8Array.of(0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 0);
    expect(meanBrightness(setOf(2, [1, 3, 3], pixels))).toEqual({ brightness: 3 / 18, edgeBrightness: 1 / 16 });
  });

  it("counts every channel, and more images than are read at a time", () => {
    const pixels = new Uint8Array(2500 * 12).fill(51);
    const { brightness, edgeBrightness } = meanBrightness(setOf(2500, [3, 2, 2], pixels));
    expect(brightness).toBeCloseTo(0.2, 12);
    expect(edgeBrightness).toBeCloseTo(0.2, 12);
  });

  it("is 0 of nothing", () => {
    expect(meanBrightness(setOf(0, [1, 2, 2], new Uint8Array()))).toEqual({ brightness: 0, edgeBrightness: 0 });
  });
});

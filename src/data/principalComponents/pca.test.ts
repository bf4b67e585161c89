import { describe, expect, it } from "vitest";
import { largestDifference, readTensors, tensor } from "../../../test/golden/fixtures.js";
import { referenceEngine } from "../../engines/reference/index.js";
import type { ImageSet } from "../define.js";
import { decodePca, encodePca, fitPca, pcaReconstructor } from "./pca.js";

const fixture = readTensors("evaluation");
const pixels = Uint8Array.from(tensor(fixture, "pixels").values);
const size = 60;
const set = (first: number, count: number): ImageSet => ({
  count,
  shape: [1, 6, 10],
  pixels: pixels.subarray(first * size, (first + count) * size),
  indices: Uint32Array.from({ length: count }, (_, i) => first + i),
});
const engine = referenceEngine();

describe("principal components", () => {
  it("equal scikit-learn's, up to their sign: mean, directions and variances", async () => {
    const pca = await fitPca(engine, set(0, 200), 5);
    expect([pca.size, pca.count]).toEqual([60, 5]);
    // The mean and the directions are rounded to float32, whose numbers below 1 are 6e-8 apart.
    expect(largestDifference(pca.mean, tensor(fixture, "pca.mean").values)).toBeLessThan(1e-7);
    const expected = tensor(fixture, "pca.components").values;
    for (let k = 0; k < 5; k++) {
      const [found, of] = [
        pca.components.subarray(k * size, (k + 1) * size),
        expected.subarray(k * size, (k + 1) * size),
      ];
      const inner = found.reduce((sum, value, i) => sum + value * (of[i] as number), 0);
      expect(Math.abs(inner)).toBeCloseTo(1, 6);
      expect((pca.variances[k] ?? 0) / (tensor(fixture, "pca.variances").values[k] ?? 0)).toBeCloseTo(1, 6);
    }
  });

  it("reconstruct other pictures with scikit-learn's errors", async () => {
    const pca = await fitPca(engine, set(0, 200), 5);
    const { reconstruct, dispose } = await pcaReconstructor(engine, pca);
    const test = Float32Array.from(pixels.subarray(200 * size), (value) => value / 255);
    const found = await reconstruct(test);
    const errors = Array.from({ length: 100 }, (_, image) => {
      let sum = 0;
      for (let i = image * size; i < (image + 1) * size; i++) sum += ((found[i] as number) - (test[i] as number)) ** 2;
      return sum / size;
    });
    const expected = tensor(fixture, "pca.errors").values;
    // Pixels are off by some 1e-7 at most, errors of about 2e-4 by twice that times their root, 1.5e-2.
    expect(largestDifference(errors, expected)).toBeLessThan(1e-8);
    dispose();
  });

  it("are the same by subspace iteration, in variance kept and in what they reconstruct", async () => {
    const whole = await fitPca(engine, set(0, 200), 5);
    const large = await fitPca(engine, set(0, 200), 5, { largestWhole: 10 });
    const left = (pca: typeof whole) => pca.totalVariance - pca.variances.reduce((sum, value) => sum + value, 0);
    // It stops where the variance left over changes by less than 1e-5 of itself.
    expect(left(large) / left(whole)).toBeGreaterThan(1 - 1e-6);
    expect(left(large) / left(whole)).toBeLessThan(1 + 1e-4);
    const { components } = large;
    for (let k = 0; k < 5; k++) {
      for (let other = 0; other <= k; other++) {
        let inner = 0;
        for (let i = 0; i < size; i++) inner += (components[k * size + i] ?? 0) * (components[other * size + i] ?? 0);
        expect(inner).toBeCloseTo(k === other ? 1 : 0, 6);
      }
    }
  });

  it("are no more than pictures or pixels allow, and then leave nothing of the training pictures", async () => {
    const pca = await fitPca(engine, set(0, 4), 50);
    expect(pca.count).toBe(3);
    const { reconstruct, dispose } = await pcaReconstructor(engine, pca);
    const images = Float32Array.from(pixels.subarray(0, 4 * size), (value) => value / 255);
    expect(largestDifference(await reconstruct(images), images)).toBeLessThan(1e-6);
    dispose();
    await expect(fitPca(engine, set(0, 1), 1)).rejects.toThrow("need two training images");
  });

  it("come back from a file as they were, and are refused where it is damaged", async () => {
    const pca = await fitPca(engine, set(0, 20), 3);
    const bytes = encodePca(pca);
    expect(decodePca(bytes, "file")).toEqual(pca);
    expect(() => decodePca(bytes.subarray(0, 100), "file")).toThrow();
  });
});

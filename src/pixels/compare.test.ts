// Figures by hand; scikit-image's are in test/golden.
import { describe, expect, it } from "vitest";
import { meanAbsoluteError, meanSquaredError, peakSignalToNoise, structuralSimilarity } from "./compare.js";

describe("figures of two images", () => {
  it("are the means of squares and of absolute differences, and decibels", () => {
    const [a, b] = [
      [0, 1, 0.5, 0.5],
      [0, 0.5, 0.5, 1],
    ];
    expect(meanSquaredError(a, b)).toBe(0.125);
    expect(meanAbsoluteError(a, b)).toBe(0.25);
    // 10 log₁₀ 8
    expect(peakSignalToNoise(a, b)).toBeCloseTo(9.030899869919436, 12);
    expect(peakSignalToNoise(a, a)).toBe(Number.POSITIVE_INFINITY);
  });

  it("give even images the similarity of their brightness alone", () => {
    const sizes = { channels: 2, height: 12, width: 11 };
    const [x, y] = [0.25, 0.75];
    const image = (value: number): Float64Array => new Float64Array(2 * 12 * 11).fill(value);
    // Without variance the second factor is 1, but for rounding beside c₂ = 9e-4.
    const expected = (2 * x * y + 1e-4) / (x * x + y * y + 1e-4);
    expect(Math.abs(structuralSimilarity(image(x), image(y), sizes) - expected)).toBeLessThanOrEqual(1e-12);
    expect(structuralSimilarity(image(x), image(x), sizes)).toBe(1);
  });

  it("refuse images too small for the window, or of two sizes", () => {
    const small = new Float32Array(100);
    expect(() => structuralSimilarity(small, small, { channels: 1, height: 10, width: 10 })).toThrow(
      "ssim needs images of at least 11×11 pixels, got 10×10",
    );
    expect(() => meanSquaredError(small, new Float32Array(99))).toThrow(
      "internal: images of 100 and 99 values can't be compared",
    );
  });
});

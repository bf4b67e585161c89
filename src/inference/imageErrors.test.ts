import { describe, expect, it } from "vitest";
import { structuralSimilarity } from "../pixels/compare.js";
import { errorMap, imageError } from "./imageErrors.js";

describe("errors of a reconstruction", () => {
  const sizes = { channels: 2, height: 1, width: 2 };
  const made = Float32Array.of(0.5, 1, 0, 0.25);
  const image = Float32Array.of(1, 1, 0.5, 0);

  it("at each place are means over channels", () => {
    // Differences −0.5, 0 and −0.5, 0.25.
    expect([...errorMap(made, image, sizes)]).toEqual([0.5, 0.125]);
    expect([...errorMap(made, image, sizes, (difference) => difference ** 2)]).toEqual([0.25, 0.03125]);
  });

  it("are the mean of squares and of absolute values", () => {
    expect(imageError("mse", sizes)(made, image)).toBe((0.25 + 0 + 0.25 + 0.0625) / 4);
    expect(imageError("mae", sizes)(made, image)).toBe((0.5 + 0 + 0.5 + 0.25) / 4);
  });

  it("by structural similarity are 0 for equal images, and 1 less it for others", () => {
    const large = { channels: 1, height: 11, width: 12 };
    const a = Float32Array.from({ length: 132 }, (_, i) => (i % 7) / 7);
    const b = Float32Array.from({ length: 132 }, (_, i) => (i % 5) / 5);
    expect(imageError("ssim", large)(a, a)).toBeCloseTo(0, 12);
    expect(imageError("ssim", large)(a, b)).toBe(1 - structuralSimilarity(a, b, large));
  });

  it("are local: the largest value after a blur of σ 1 pixel that gives edges their weight", () => {
    // One row of three, the error 1 at its left end: e^0/(e^0 + e^−½ + e^−2) stays there.
    const row = { channels: 1, height: 1, width: 3 };
    const local = imageError("local", row)(Float32Array.of(1, 0, 0), Float32Array.of(0, 0, 0));
    expect(local).toBeCloseTo(1 / (1 + Math.exp(-0.5) + Math.exp(-2)), 14);
    // An even error is no larger anywhere.
    expect(imageError("local", row)(Float32Array.of(1, 1, 1), new Float32Array(3))).toBeCloseTo(1, 14);
  });
});

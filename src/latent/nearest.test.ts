import { describe, expect, it } from "vitest";
import { nearestCodes } from "./nearest.js";

const codes = Float32Array.of(0, 0, 3, 4, 10, 0, 3, 4);

describe("nearestCodes", () => {
  it("finds the nearest, of equally near ones the first", async () => {
    expect(await nearestCodes(Float32Array.of(0, 0, 3, 5, 9, 1), codes, 2)).toEqual([
      { index: 0, distance: 0 },
      { index: 1, distance: 1 },
      { index: 2, distance: Math.SQRT2 },
    ]);
  });

  it("leaves codes out", async () => {
    expect(await nearestCodes(Float32Array.of(0, 0), codes, 2, new Set([0, 1]))).toEqual([{ index: 3, distance: 5 }]);
  });

  it("says so where nothing can be near", async () => {
    await expect(nearestCodes(Float32Array.of(Number.NaN, 0), codes, 2)).rejects.toThrow("internal:");
    await expect(nearestCodes(Float32Array.of(0), Float32Array.of(1), 1, new Set([0]))).rejects.toThrow("internal:");
  });
});

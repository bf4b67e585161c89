// PyTorch 2.15's interpolate of 0 … 5 in two rows.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { upsampleBilinear } from "./upsampleBilinear.js";

describe("upsampleBilinear", () => {
  const x = [
    [1, 1, 2, 3],
    [0, 1, 2, 3, 4, 5],
  ] as const;

  function expectAll(found: readonly number[], expected: readonly number[]): void {
    expect(found.length).toBe(expected.length);
    expected.forEach((value, i) => {
      expect(found[i]).toBeCloseTo(value, 13);
    });
  }

  it("keeps the outer edges of the pixels on each other", () => {
    const [y] = evaluate(upsampleBilinear, [x], { outputSize: [4, 4], alignCorners: false });
    expectAll(y, [0, 0.625, 1.375, 2, 0.75, 1.375, 2.125, 2.75, 2.25, 2.875, 3.625, 4.25, 3, 3.625, 4.375, 5]);
  });

  it("or the centres of the corner pixels", () => {
    const [y] = evaluate(upsampleBilinear, [x], { outputSize: [3, 5], alignCorners: true });
    expectAll(y, [0, 0.5, 1, 1.5, 2, 1.5, 2, 2.5, 3, 3.5, 3, 3.5, 4, 4.5, 5]);
  });
});

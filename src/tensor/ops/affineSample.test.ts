// PyTorch 2.15's grid_sample of affine_grid, both without align_corners, in float64: values, and the gradients of image and map.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { affineSample, affineSampleGradient } from "./affineSample.js";

const identity = [
  [1, 2, 3],
  [1, 0, 0, 0, 1, 0],
] as const;

describe("affineSample", () => {
  it("takes an image at the places of a map, with zeros outside", () => {
    const x = [
      [1, 1, 2, 3],
      [0, 1, 2, 3, 4, 5],
    ] as const;
    const theta = [
      [1, 2, 3],
      [0.5, 0.25, 0.125, -0.5, 1, 0.25],
    ] as const;
    const [y] = evaluate(affineSample, [x, theta], { outputSize: [2, 4] });
    const expected = [2.3125, 1.9375, 1.5625, 1.3671875, 1.4296875, 2.6171875, 3.9921875, 4.5625];
    expect(y.length).toBe(expected.length);
    expected.forEach((value, i) => {
      expect(y[i]).toBeCloseTo(value, 13);
    });
  });

  it("leaves an image as it is under the map that changes nothing, where slopes are those to the right and below", () => {
    const squares = Array.from({ length: 16 }, (_, i) => (i + 1) ** 2);
    const upstream = Array.from({ length: 16 }, (_, i) => i);
    const x = [[1, 1, 4, 4], squares] as const;
    expect(evaluate(affineSample, [x, identity], { outputSize: [4, 4] })).toEqual([squares]);
    const dy = [[1, 1, 4, 4], upstream] as const;
    const [dx, dTheta] = evaluate(affineSampleGradient, [x, identity, dy], { outputSize: [4, 4] });
    expect(dx).toEqual(upstream);
    expect(dTheta).toEqual([-9594, -4396, -7992, -1339, -16581, -11868]);
  });

  it("gives what is no number for a map that is none, in that image alone", () => {
    const x = [
      [2, 1, 1, 2],
      [1, 2, 3, 4],
    ] as const;
    const theta = [
      [2, 2, 3],
      [...identity[1], Number.NaN, 0, 0, 0, 1, 0],
    ] as const;
    expect(evaluate(affineSample, [x, theta], { outputSize: [1, 2] })).toEqual([[1, 2, Number.NaN, Number.NaN]]);
  });

  it("refuses maps that are not one for each image, and sizes below 1", () => {
    expect(() =>
      affineSample.shapes(
        [
          [2, 1, 3, 3],
          [1, 2, 3],
        ],
        { outputSize: [3, 3] },
      ),
    ).toThrow("maps should be [2, 2, 3], got [1, 2, 3]");
    expect(() =>
      affineSample.shapes(
        [
          [1, 1, 3, 3],
          [1, 2, 3],
        ],
        { outputSize: [0, 3] },
      ),
    ).toThrow("output sizes must be whole numbers of 1 or more, got 0 and 3");
  });
});

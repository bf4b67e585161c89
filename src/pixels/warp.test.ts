// Warps by hand; torchvision's results are in test/golden.
import { describe, expect, it } from "vitest";
import { inverseAffine, inverseRotation, makeWarper, type Point, perspectiveCoefficients } from "./warp.js";

describe("inverseAffine", () => {
  it("undoes shift, scale and turn", () => {
    expect([...inverseAffine({ translate: [3, -2] })].map((value) => value + 0)).toEqual([1, 0, -3, 0, 1, 2]);
    expect([...inverseAffine({ scale: 2 })].map((value) => value + 0)).toEqual([0.5, 0, 0, 0, 0.5, 0]);
    // Counter-clockwise by a quarter: what stands at the right (1, 0) goes up, so the upper pixel (0, −1) comes from there.
    const [a, b, , d, e] = inverseRotation(90);
    const [x, y] = [a * 0 + b * -1, d * 0 + e * -1];
    expect(Math.abs(x - 1) + Math.abs(y)).toBeLessThanOrEqual(1e-15);
  });
});

describe("perspectiveCoefficients", () => {
  it("take each point of the target to its place in the original", () => {
    const from: [Point, Point, Point, Point] = [
      [0, 0],
      [27, 0],
      [27, 27],
      [0, 27],
    ];
    const to: [Point, Point, Point, Point] = [
      [3, 1],
      [25, 4],
      [22, 26],
      [0, 23],
    ];
    const [a, b, c, d, e, f, g, h] = perspectiveCoefficients(from, to) ?? [];
    const at = ([x, y]: Point): number[] => {
      const depth = Number(g) * x + Number(h) * y + 1;
      return [(Number(a) * x + Number(b) * y + Number(c)) / depth, (Number(d) * x + Number(e) * y + Number(f)) / depth];
    };
    // Float64 elimination of eight equations with entries below 27².
    const errors = to.flatMap((point, i) =>
      at(point).map((value, axis) => Math.abs(value - (from[i]?.[axis] ?? Number.NaN))),
    );
    expect(Math.max(...errors)).toBeLessThanOrEqual(1e-10);
  });
});

describe("a warper", () => {
  const image = (): Float32Array => new Float32Array([0.25, 0.5, 0.75, 1]);
  const sizes = { channels: 1, height: 1, width: 4 };

  it("shifts by half a pixel with bilinear, and treats the edge as torchvision does", () => {
    const shifted = image();
    makeWarper(sizes, { interpolation: "bilinear", fill: 0 }).affine(shifted, inverseAffine({ translate: [0.5, 0] }));
    // The first pixel lies half outside: half of 0.25, and half of that again.
    expect([...shifted]).toEqual([0.0625, 0.375, 0.625, 0.875]);
  });

  it("fills what comes from outside, in every channel", () => {
    const shifted = new Float32Array([...image(), ...image()]);
    makeWarper({ ...sizes, channels: 2 }, { interpolation: "nearest", fill: 0.125 }).affine(
      shifted,
      inverseAffine({ translate: [3, 0] }),
    );
    expect([...shifted]).toEqual([0.125, 0.125, 0.125, 0.25, 0.125, 0.125, 0.125, 0.25]);
  });

  it.each(["nearest", "bilinear"] as const)("with %s takes points at infinity for outside", (interpolation) => {
    const found = image();
    // The depth −2x + 1 is 0 at the first pixel's middle.
    makeWarper(sizes, { interpolation, fill: 0.5 }).perspective(found, [1, 0, 0, 0, 1, 0, -2, 0]);
    expect(found[0]).toBe(0.5);
    expect(found.every(Number.isFinite)).toBe(true);
  });
});

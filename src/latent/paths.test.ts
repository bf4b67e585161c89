import { describe, expect, it } from "vitest";
import { codePath, spherical, straight } from "./paths.js";

const length = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
/** Rounding of a result near 1 to float32. */
const float32 = 2 ** -24;

describe("straight", () => {
  it("goes evenly from one code to the other", () => {
    expect([...straight([0, 2], [4, -2], 0.25)]).toEqual([1, 1]);
    expect([...straight([0, 2], [4, -2], 1)]).toEqual([4, -2]);
  });
});

describe("spherical", () => {
  it("turns evenly: a quarter of a right angle is 22.5°", () => {
    const [x = 0, y = 0] = spherical([1, 0], [0, 1], 0.25);
    expect(Math.abs(x - Math.cos(Math.PI / 8))).toBeLessThanOrEqual(float32);
    expect(Math.abs(y - Math.sin(Math.PI / 8))).toBeLessThanOrEqual(float32);
  });

  it("stays on the sphere that both codes lie on", () => {
    const [a, b] = [Float32Array.of(1, 2, 2), Float32Array.of(-2, 2, 1)];
    for (const t of [0.1, 0.3, 0.5, 0.9]) {
      // Three coordinates of at most 3, each rounded to float32.
      expect(Math.abs(length(spherical(a, b, t)) - 3)).toBeLessThanOrEqual(3 * 2 * 2 ** -23);
    }
  });

  it("turns evenly, and changes the length on the way, between codes of different lengths", () => {
    const middle = spherical([1, 0], [0, 3], 0.5);
    // sin 45°/sin 90° of each: (0.7071, 2.1213), of length √5.
    expect(length(middle)).toBeCloseTo(Math.sqrt(5), 6);
  });

  it.each([
    ["one direction", [1, 1], [2, 2]],
    ["opposite directions", [1, 1], [-1, -1]],
    ["a code of length 0", [0, 0], [3, 1]],
    ["nearly one direction", [1, 1], [1, 1 + 1e-9]],
  ])("is straight where there is no arc: %s", (_, a, b) => {
    expect([...spherical(a, b, 0.3)]).toEqual([...straight(a, b, 0.3)]);
  });
});

describe("codePath", () => {
  it("has the stops' own codes at their places, and so many steps between", () => {
    const stops = Float32Array.of(0.1, 0.7, 1.3, -2.9, 0.4, 0.2);
    for (const kind of ["straight", "spherical"] as const) {
      const path = codePath(stops, 2, 5, kind);
      expect(path).toHaveLength(2 * 9);
      for (const [stop, place] of [0, 4, 8].entries()) {
        expect(path.subarray(2 * place, 2 * place + 2)).toEqual(stops.subarray(2 * stop, 2 * stop + 2));
      }
    }
    expect([...codePath(Float32Array.of(0, 4, 0), 1, 3, "straight")]).toEqual([0, 2, 4, 2, 0]);
    expect([...codePath(Float32Array.of(0, 4), 1, 2, "straight")]).toEqual([0, 4]);
  });

  it("refuses a single stop and a single step", () => {
    expect(() => codePath(Float32Array.of(1, 2), 2, 5, "straight")).toThrow("internal:");
    expect(() => codePath(Float32Array.of(1, 2), 1, 1, "straight")).toThrow("internal:");
  });
});

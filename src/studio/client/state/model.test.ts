import { expect, it } from "vitest";
import { errorsOf, nearestCodes } from "./model.js";

it("finds the nearest codes, the nearest first, equal ones in their order", () => {
  const codes = Float32Array.of(0, 0, 3, 4, 0, 1, 0, -1, 9, 9);
  expect(nearestCodes(codes, Float32Array.of(0, 0), 3)).toEqual([
    { place: 0, distance: 0 },
    { place: 2, distance: 1 },
    { place: 3, distance: 1 },
  ]);
  expect(nearestCodes(codes, Float32Array.of(3, 4), 9)).toHaveLength(5);
});

it("measures each picture by itself", () => {
  expect(errorsOf(Float32Array.of(0, 0, 1, 1), Float32Array.of(0, 1, 1, 1), 2)).toEqual([0.5, 0]);
});

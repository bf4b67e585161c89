import { expect, it } from "vitest";
import { errorsOf, nearestCodes, readyText } from "./model.js";

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

it("says what was done to a picture of one's own", () => {
  const shape = [1, 28, 28];
  const colour = { channels: 3, fit: "cover" } as const;
  expect(readyText(colour, { width: 200, height: 150 }, shape)).toBe(
    "200×150 in colour; its middle, scaled to 28×28, turned grey",
  );
  expect(readyText(colour, { width: 48, height: 48 }, shape)).toBe("48×48 in colour; scaled to 28×28, turned grey");
  expect(readyText({ channels: 1, fit: "stretch" }, { width: 28, height: 28 }, shape)).toBe(
    "28×28 in grey; taken as it is",
  );
  expect(readyText({ channels: 1, fit: "contain" }, { width: 9, height: 8 }, [3, 8, 8])).toBe(
    "9×8 in grey; the whole with black around, scaled to 8×8, its grey in all channels",
  );
});

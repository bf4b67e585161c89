// By hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { pad, slice } from "./slice.js";

describe("slice and pad", () => {
  const x = [
    [2, 3],
    [1, 2, 3, 4, 5, 6],
  ] as const;

  it("cut a box out and put one in", () => {
    expect(evaluate(slice, [x], { starts: [0, 1], ends: [2, 3] })).toEqual([[2, 3, 5, 6]]);
    const padding = { before: [1, 0], after: [0, 1], value: 9 };
    expect(evaluate(pad, [x], padding)).toEqual([[9, 9, 9, 9, 1, 2, 3, 9, 4, 5, 6, 9]]);
  });

  it("refuse what lies outside", () => {
    expect(() => slice.shapes([[2, 3]], { starts: [0, 1], ends: [2, 4] })).toThrow(
      new ShapeError("cannot take [0, 1] to [2, 4] of [2, 3]"),
    );
    expect(() => pad.shapes([[2]], { before: [-1], after: [0], value: 0 })).toThrow(
      new ShapeError("padding must be one whole number of 0 or more for each axis of [2], got [-1] and [0]"),
    );
  });
});

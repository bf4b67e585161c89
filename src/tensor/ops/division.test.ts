// By hand.
import { describe, expect, it } from "vitest";
import { evaluate } from "../testing/evaluate.js";
import { div } from "./division.js";

describe("div", () => {
  it("broadcasts both ways", () => {
    expect(
      evaluate(
        div,
        [
          [
            [2, 2],
            [2, 4, 6, 8],
          ],
          [[2], [2, 4]],
        ],
        {},
      ),
    ).toEqual([[1, 1, 3, 2]]);
    expect(
      evaluate(
        div,
        [
          [[], [8]],
          [[2], [2, 4]],
        ],
        {},
      ),
    ).toEqual([[4, 2]]);
  });
});

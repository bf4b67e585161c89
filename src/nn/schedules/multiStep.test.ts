import { describe, it } from "vitest";
import { expectClose, rates } from "../testing/rates.js";

describe("multiStep", () => {
  it("falls by the factor at each milestone, in any order, twice at one that is named twice", () => {
    expectClose(
      rates({ multiStep: { milestones: [3, 1], factor: 0.5 } }, 10, 2),
      [1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25],
    );
    expectClose(rates({ multiStep: [1, 1] }, 2), [1, 0.01]);
  });
});

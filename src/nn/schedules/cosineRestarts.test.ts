import { describe, it } from "vitest";
import { expectClose, rates } from "../testing/rates.js";

describe("cosineRestarts", () => {
  it("falls along half a cosine in each cycle and starts again", () => {
    // Cycles of two epochs of two steps: a quarter of the cycle a step.
    const h = Math.SQRT1_2;
    const cycle = [1, (1 + h) / 2, 0.5, (1 - h) / 2];
    expectClose(rates({ cosineRestarts: 2 }, 8, 2), [...cycle, ...cycle]);
  });

  it("has cycles that grow, by epoch where asked", () => {
    expectClose(
      rates({ cosineRestarts: { epochs: 1, growth: 2, minimum: 0.2, per: "epoch" } }, 7),
      // Cycles of 1, 2 and 4 epochs.
      [1, 1, 0.6, 1, 0.6 + 0.4 * Math.SQRT1_2, 0.6, 0.6 - 0.4 * Math.SQRT1_2],
    );
  });
});

import { describe, it } from "vitest";
import { expectClose, rates } from "../testing/rates.js";

describe("cosine", () => {
  it("is min + (learningRate − min)·(1 + cos(πt/T))/2 by step", () => {
    // T = 4: cosines 1, √½, 0, −√½.
    const h = Math.SQRT1_2;
    expectClose(rates("cosine", 4), [1, (1 + h) / 2, 0.5, (1 - h) / 2]);
    expectClose(rates({ cosine: { minimum: 0.2 } }, 2), [1, 0.6]);
  });

  it("stays the same within an epoch when it goes by epoch", () => {
    expectClose(rates({ cosine: { per: "epoch" } }, 6, 3), [1, 1, 1, 0.5, 0.5, 0.5]);
  });
});

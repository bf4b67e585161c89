import { describe, it } from "vitest";
import { expectClose, rates } from "../testing/rates.js";

describe("exponential", () => {
  it("is learningRate · factor^epoch, or by step", () => {
    expectClose(rates({ exponential: 0.5 }, 6, 2), [1, 1, 0.5, 0.5, 0.25, 0.25]);
    expectClose(rates({ exponential: { factor: 0.5, per: "step" } }, 4, 2), [1, 0.5, 0.25, 0.125]);
  });
});

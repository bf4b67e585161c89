import { describe, expect, it } from "vitest";
import { rates } from "../testing/rates.js";

describe("step", () => {
  it("is learningRate · factor^⌊epoch/every⌋", () => {
    // Two steps an epoch, a step down every two epochs.
    expect(rates({ step: { every: 2, factor: 0.5 } }, 10, 2)).toEqual([1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25]);
    expect(rates({ step: 1 }, 2)).toEqual([1, 0.1]);
  });
});

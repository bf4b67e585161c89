import { describe, expect, it } from "vitest";
import { expectClose, rates } from "../testing/rates.js";

describe("oneCycle", () => {
  it("rises to step 0.3·T − 1 and falls to learningRate/25/1e4 at T − 1, along half cosines", () => {
    // T = 10, top at 2, then seven parts: 0.005/25, halfway, 0.005, cosines of kπ/7 between 0.005 and 2e-8, by the formula;
    // torch 2's OneCycleLR(max_lr=0.005, total_steps=10, cycle_momentum=False) prints the same.
    const fall = (k: number) => 2e-8 + ((0.005 - 2e-8) / 2) * (1 + Math.cos((Math.PI * k) / 7));
    expectClose(rates("oneCycle", 10, 5, 0.005), [0.0002, 0.0026, 0.005, ...[1, 2, 3, 4, 5, 6, 7].map(fall)]);
    expectClose([fall(1), fall(4)], [0.004752423160067369, 0.001943709890318554]);
  });

  it("goes along lines with anneal linear", () => {
    const fall = (k: number) => 0.005 - ((0.005 - 2e-8) * k) / 7;
    expectClose(rates({ oneCycle: { anneal: "linear" } }, 10, 5, 0.005), [
      0.0002,
      0.0026,
      0.005,
      ...[1, 2, 3, 4, 5, 6, 7].map(fall),
    ]);
  });

  it("gives a rate at every step of phases too short for a rise", () => {
    for (const steps of [1, 2, 3, 4, 5]) {
      for (const warmUpFraction of [0, 0.25, 0.5]) {
        const all = rates({ oneCycle: { warmUpFraction } }, steps);
        expect(all.every((rate) => rate > 0 && rate <= 1)).toBe(true);
        // The last step is at the end of the fall: 1/25/1e4.
        expect(all.at(-1)).toBeCloseTo(4e-6, 15);
      }
    }
  });
});

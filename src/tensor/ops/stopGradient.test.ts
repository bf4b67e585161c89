import { describe, expect, it } from "vitest";
import { gradients } from "../gradients.js";
import { graphBuilder } from "../graph.js";
import { evaluate } from "../testing/evaluate.js";
import { mul } from "./arithmetic.js";
import { mean } from "./reductions.js";
import { stopGradient } from "./stopGradient.js";

describe("stopGradient", () => {
  it("is the same numbers", () => {
    expect(evaluate(stopGradient, [[[3], [1, -2, 0.5]]], {})).toEqual([[1, -2, 0.5]]);
  });

  it("takes what is computed from it for a constant: x·stop(x) has the slope of x·c", () => {
    const { add, input } = graphBuilder();
    const x = input("x", [2]);
    const stopped = add(stopGradient, [x], {});
    const [slope] = gradients(add(mean, [add(mul, [x, stopped], {})], {}), [x]);
    // d/dx mean(x·c) = c/2: one product with what is stopped, and none that adds the other factor's way.
    expect(slope?.node.op).toBe("mul");
    expect(slope?.node.inputs).toContain(stopped);
    const [none] = gradients(add(mean, [stopped], {}), [x]);
    expect(none).toBeNull();
  });
});

import { describe, expect, it } from "vitest";
import type { LayerSpec } from "../models/define.js";
import { buildLayer, evaluate } from "../testing/evaluate.js";

function at(spec: LayerSpec, x: number): number {
  return evaluate(buildLayer(spec, [1, 1]).program, { input: [x] }).outputs.output?.[0] ?? Number.NaN;
}

describe("activations", () => {
  it("relu is max(x, 0)", () => {
    expect([-2, 0, 3].map((x) => at("relu", x))).toEqual([0, 0, 3]);
  });

  it("elu is x above 0 and alpha·(eˣ − 1) below, alpha 1 where not given", () => {
    expect(at("elu", 3)).toBe(3);
    // e⁻¹ − 1 = −0.6321205588285577
    expect(at("elu", -1)).toBeCloseTo(-0.6321205588285577, 14);
    expect(at({ elu: 0.5 }, -1)).toBeCloseTo(-0.31606027941427883, 14);
  });

  it("sigmoid is 1/(1 + e⁻ˣ): a half at 0, three quarters at ln 3", () => {
    expect(at("sigmoid", 0)).toBe(0.5);
    expect(at("sigmoid", Math.log(3))).toBeCloseTo(0.75, 14);
  });

  it("tanh is (e²ˣ − 1)/(e²ˣ + 1): 0.8 at ln 3", () => {
    expect(at("tanh", Math.log(3))).toBeCloseTo(0.8, 14);
  });

  it("mish is x·tanh(ln(1 + eˣ)): a third of x where 1 + eˣ is √2", () => {
    expect(at("mish", 0)).toBe(0);
    // eˣ = √2 − 1 makes 1 + eˣ = √2, whose tanh of the logarithm is (2 − 1)/(2 + 1).
    const x = Math.log(Math.SQRT2 - 1);
    expect(at("mish", x)).toBeCloseTo(x / 3, 14);
  });
});

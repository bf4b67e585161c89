import { describe, expect, it } from "vitest";
import { readModel } from "./models/index.js";
import { readOptimizer } from "./optimizers/index.js";
import { modelState } from "./state.js";
import { mnistConv } from "./testing/networks.js";

describe("modelState", () => {
  const model = readModel(mnistConv);

  it("draws weights evenly from ±1/√fan-in: no value outside, mean and variance within five standard errors", () => {
    const weight = modelState(model, 0).find(({ name }) => name === "encoder.12.weight");
    const values = [...(weight?.values ?? [])];
    // 128·64·3·3 values uniform in ±b: variance b²/3, of the mean's estimate b²/(3n); the square's variance is 4b⁴/45.
    const bound = 1 / Math.sqrt(64 * 9);
    const n = values.length;
    expect(n).toBe(73728);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(bound));
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    const square = values.reduce((sum, value) => sum + value * value, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(5 * bound * Math.sqrt(1 / (3 * n)));
    expect(Math.abs(square - bound ** 2 / 3)).toBeLessThan(5 * bound ** 2 * Math.sqrt(4 / (45 * n)));
  });

  it("gives the same values for the same seed and others for another seed or another name", () => {
    const values = (seed: number, name: string) => modelState(model, seed).find((entry) => entry.name === name)?.values;
    expect(values(3, "encoder.4.weight")).toEqual(values(3, "encoder.4.weight"));
    expect(values(3, "encoder.4.weight")).not.toEqual(values(4, "encoder.4.weight"));
    expect(values(3, "encoder.4.bias")?.[0]).not.toBe(values(3, "encoder.8.bias")?.[0]);
  });

  it("starts batch norm at weight 1, bias 0, mean 0, variance 1, count 0, as PyTorch does", () => {
    const first = (name: string) => modelState(model, 0).find((entry) => entry.name === name)?.values?.[0];
    expect(
      ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"].map((name) =>
        first(`encoder.1.${name}`),
      ),
    ).toEqual([1, 0, 0, 1, 0]);
  });

  it("has the optimizer's slots for each parameter, named with optimizer and slot", () => {
    const slots = modelState(model, 0, readOptimizer("adam")).filter(({ kind }) => kind === "slot");
    expect(slots).toHaveLength(2 * model.parameters.length);
    expect(slots[0]).toEqual({
      name: "adam.firstMoment.encoder.0.weight",
      shape: [16, 1, 3, 3],
      kind: "slot",
      of: "encoder.0.weight",
    });
    expect(modelState(model, 0, readOptimizer("sgd")).some(({ kind }) => kind === "slot")).toBe(false);
  });
});

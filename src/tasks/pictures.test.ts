import { describe, expect, it } from "vitest";
import { resolveExperiment } from "./experiment.js";
import { objectiveUnit } from "./pictures.js";

describe("the unit of an objective", () => {
  it.each([
    ["mnist-codes-vae", "nats an image"],
    ["mnist-codes-relu", undefined],
    ["mnist-conv", undefined],
  ])("of %s is %s", (preset, unit) => {
    expect(objectiveUnit(resolveExperiment({ experiment: preset }).experiment)).toBe(unit);
  });

  it("is not told of a variational model whose loss is no cross-entropy", () => {
    const { experiment } = resolveExperiment({ experiment: "mnist-codes-vae", set: ["loss=mse"] });
    expect(objectiveUnit(experiment)).toBeUndefined();
  });
});

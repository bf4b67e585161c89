// What a run's pictures say that its figures are.
import { describe, expect, it } from "vitest";
import { experimentModel } from "../experiment/index.js";
import { figuresOf, figureTitle, readLoss, readMetrics } from "../nn/index.js";
import { resolveExperiment } from "./experiment.js";

function objectiveOf(preset: string, set: readonly string[] = []): string {
  const { experiment } = resolveExperiment({ experiment: preset, set: [...set] });
  const { loss, metrics } = experiment;
  const model = experimentModel(experiment, [1, 28, 28]);
  return figureTitle("objective", figuresOf(model, readLoss(loss), readMetrics(metrics)));
}

describe("the unit of an objective", () => {
  it.each([
    ["mnist-codes-vae", "objective, nats an image"],
    ["mnist-codes-relu", "objective, mean over images"],
    ["mnist-conv", "objective, mean over images"],
  ])("of %s is %s", (preset, unit) => {
    expect(objectiveOf(preset)).toBe(unit);
  });

  it("is not told of a variational model whose loss is no cross-entropy", () => {
    expect(objectiveOf("mnist-codes-vae", ["loss=mse"])).toBe("objective, mean over images");
  });
});

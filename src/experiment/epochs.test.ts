// Fitting a training to a number of epochs.
import { describe, expect, it } from "vitest";
import { loadPreset } from "../tasks/presetFiles.js";
import { fitEpochs } from "./epochs.js";
import { checkExperiment } from "./resolved.js";

const three = checkExperiment({
  name: "three",
  data: "mnist",
  model: { kind: "autoencoder", encoder: ["flatten"], decoder: [] },
  loss: "mse",
  phases: [{ epochs: 80 }, { epochs: 40 }, { epochs: 1 }],
});
const epochsOf = (epochs: number) => fitEpochs(three, epochs).experiment.phases.map((phase) => phase.epochs);

describe("fitEpochs", () => {
  it("gives all to the one phase", () => {
    const { experiment, chosen } = fitEpochs(loadPreset("mnist-dense"), 3);
    expect(experiment.phases.map(({ epochs }) => epochs)).toEqual([3]);
    expect(chosen).toBeUndefined();
  });
  it("gives each phase its length in turn until none is left, the last what lies beyond, and says so", () => {
    expect(epochsOf(121)).toEqual([80, 40, 1]);
    expect(epochsOf(90)).toEqual([80, 10]);
    expect(epochsOf(3)).toEqual([3]);
    expect(epochsOf(130)).toEqual([80, 40, 10]);
    expect(fitEpochs(three, 90).chosen).toBe("90 epochs in all: phase-1 80, phase-2 10; not trained: phase-3");
  });
  it("refuses what is no number of epochs, naming the flag", () => {
    expect(() => fitEpochs(three, -3)).toThrow(
      expect.objectContaining({ at: "--epochs", message: "expected a whole number of at least 1, got -3" }),
    );
  });
});

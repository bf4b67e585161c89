// Fitting a training to a number of epochs.
import { describe, expect, it } from "vitest";
import { fitEpochs } from "./epochs.js";
import { loadPreset } from "./presets.js";
import { checkExperiment } from "./schema.js";

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
  it("shares among several in proportion, at least one each, and says so", () => {
    // 121 epochs are what it says. Of 12, 80/121 and 40/121 are due 7.93 and 3.97; the third is due 0.1 and gets 1,
    // so 9 beyond one each are shared as 6.93 : 2.97 = 6.30 : 2.70, rounded to 6 and 3.
    expect(epochsOf(121)).toEqual([80, 40, 1]);
    expect(epochsOf(12)).toEqual([7, 4, 1]);
    expect(epochsOf(3)).toEqual([1, 1, 1]);
    expect(fitEpochs(three, 12).chosen).toBe("12 epochs in all: phase-1 7, phase-2 4, phase-3 1");
  });
  it("refuses what is no number of epochs, naming the flag", () => {
    expect(() => fitEpochs(three, -3)).toThrow(
      expect.objectContaining({ at: "--epochs", message: "expected a whole number of at least 1, got -3" }),
    );
    expect(() => fitEpochs(three, 2)).toThrow(
      expect.objectContaining({ at: "--epochs", message: "expected at least 3, one for each phase, got 2" }),
    );
  });
});

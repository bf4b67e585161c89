import { describe, expect, it } from "vitest";
import { fitEpochs, readDocument, settingChange } from "../experiment/index.js";
import { plannedLearningRates } from "./learningRates.js";
import { loadPreset } from "./presetFiles.js";

describe("the planned learning rate", () => {
  it("of a one-cycle phase begins at a 25th, tops after 30% of the phase, and ends near nothing", () => {
    const preset = loadPreset("mnist-conv", [settingChange("phases.0.optimizer.soap.learningRate=0.005")]);
    const { experiment } = fitEpochs({ ...preset, phases: preset.phases.slice(0, 1) }, 10);
    const curve = plannedLearningRates(readDocument(experiment), { count: 60_000 }) ?? [];
    const [firstEpoch, firstRate] = curve[0] ?? [];
    // PyTorch's OneCycleLR: div_factor 25, pct_start 0.3, final_div_factor 1e4. A point stands at its step's middle.
    expect(firstEpoch).toBe(0.5 / 938);
    // The formula subtracts numbers of 0.005: a few units of its last place, 2⁻⁶⁰ each.
    expect(Math.abs((firstRate ?? 0) - 0.005 / 25)).toBeLessThan(8 * 2 ** -60);
    const [topEpoch, topRate] = curve.reduce((top, point) => (point[1] > top[1] ? point : top));
    // 200 points over 10 epochs lie 0.05 apart, so the top is met within that.
    expect(Math.abs(topEpoch - 3)).toBeLessThan(0.05);
    expect(topRate).toBeGreaterThan(0.005 * 0.999);
    expect(curve.at(-1)?.[1]).toBeCloseTo(0.005 / 25 / 1e4, 15);
  });

  it("is unknown beforehand where a schedule waits for figures", () => {
    const experiment = loadPreset("mnist-dense", [settingChange("phases.0.schedule=reduceOnPlateau")]);
    expect(plannedLearningRates(readDocument(experiment), { count: 60_000 })).toBeUndefined();
  });
});

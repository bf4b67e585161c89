// The presets that come with the package.
import { describe, expect, it } from "vitest";
import { findPreset, listPresets, loadPreset } from "./presets.js";
import { experimentModel } from "./schema.js";

describe("presets", () => {
  it("are listed by name with a sentence each, and each of them is an experiment that carries its name", () => {
    const presets = listPresets();
    expect(presets.map(({ name }) => name)).toEqual(["mnist-conv", "mnist-dense"]);
    for (const { name, summary } of presets) {
      expect(summary).toMatch(/^A .*\.$/);
      expect(loadPreset(name).name).toBe(name);
    }
  });
  it("have the number of parameters that their tables say", () => {
    const parameters = (name: string): number =>
      experimentModel(loadPreset(name)).rows.reduce((sum, row) => sum + row.parameters, 0);
    expect(parameters("mnist-conv")).toBe(194_499);
    // 784·64 + 64 in, 64·784 + 784 out.
    expect(parameters("mnist-dense")).toBe(101_200);
  });
  it("an unknown name is answered with the nearest", () => {
    expect(() => findPreset("mnist-cov")).toThrow(
      expect.objectContaining({
        message: 'no preset is called "mnist-cov"; did you mean mnist-conv?',
        hint: "There are: mnist-conv, mnist-dense.",
      }),
    );
  });
});

// The presets that come with the package.
import { describe, expect, it } from "vitest";
import { experimentModel } from "../experiment/index.js";
import { findPreset, listPresets, loadPreset } from "./presetFiles.js";

describe("presets", () => {
  it("are listed by name with a sentence each, and each of them is an experiment that carries its name", () => {
    const presets = listPresets();
    expect(presets.map(({ name }) => name)).toEqual([
      "digits-denoise",
      "digits-denoise-conv",
      "digits-restore",
      "faces",
      "faces-best",
      "fashion-upright-best",
      "fashion-upright-conv",
      "fashion-upright-dense",
      "mnist-codes-conv",
      "mnist-codes-relu",
      "mnist-codes-tanh",
      "mnist-codes-vae",
      "mnist-conv",
      "mnist-dense",
      "mnist-vae-20",
    ]);
    for (const { name, summary } of presets) {
      expect(summary).toMatch(/^[A-Z].*\.$/);
      expect(loadPreset(name).name).toBe(name);
    }
  });
  it("have the number of parameters that their tables say", () => {
    const parameters = (name: string): number =>
      experimentModel(loadPreset(name)).rows.reduce((sum, row) => sum + row.parameters, 0);
    expect(parameters("mnist-conv")).toBe(194_499);
    expect(parameters("digits-denoise")).toBe(16_012_750);
    expect(parameters("faces")).toBe(3_082_749);
    // Finding the angle 228,114: convolutions of 272, 8,224 and 18,496 and their norms' 32, 64 and 128, 3,136·64 + 64, and 64·2 + 2;
    // mending 5,041: convolutions of 160, 2,320, 2,320 and 145 and three norms of 32.
    expect(parameters("fashion-upright-best")).toBe(233_155);
    // Convolutions of 272, 8,224, three of 9,248, 4,624 and 580, norms' 32, four of 64 and 32.
    expect(parameters("digits-restore")).toBe(41_764);
    // 6,912·500 + 500 in, 500·6,912 + 6,912 out.
    expect(parameters("faces-best")).toBe(6_919_412);
    // 784·64 + 64 in, 64·784 + 784 out.
    expect(parameters("mnist-dense")).toBe(101_200);
  });
  it("an unknown name is answered with the nearest", () => {
    expect(() => findPreset("mnist-cov")).toThrow(
      expect.objectContaining({
        message: 'no preset is called "mnist-cov"; did you mean mnist-conv?',
        hint: expect.stringMatching(/^There are: digits-denoise, .*, mnist-vae-20\.$/),
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { buildLayer, evaluate, thrownBy } from "../testing/evaluate.js";

describe("dropout2d", () => {
  it("drops whole channels in training, with one number of the mask for each", () => {
    const { program, randomInputs } = buildLayer({ dropout2d: 0.2 }, [1, 2, 1, 2], "training");
    expect(randomInputs).toEqual([
      { distribution: "bernoulli", probability: 0.2, name: "encoder.0.mask", shape: [1, 2, 1, 1] },
    ]);
    const given = { input: [4, 8, 12, 16], "encoder.0.mask": [1.25, 0] };
    expect(evaluate(program, given).outputs.output).toEqual([5, 10, 0, 0]);
    expect(buildLayer("dropout2d", [1, 2, 1, 2]).randomInputs).toEqual([]);
    expect(thrownBy(() => buildLayer("dropout2d", [1, 2])).message).toContain("dropout2d needs images");
  });
});

describe("gaussianNoise", () => {
  it("adds sigma times a standard normal in training and nothing in inference", () => {
    const { program, randomInputs } = buildLayer({ gaussianNoise: 0.5 }, [1, 2], "training");
    expect(randomInputs).toEqual([{ distribution: "normal", name: "encoder.0.noise", shape: [1, 2] }]);
    expect(evaluate(program, { input: [1, 2], "encoder.0.noise": [2, -4] }).outputs.output).toEqual([2, 0]);
    expect(buildLayer("gaussianNoise", [1, 2]).randomInputs).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { buildLayer, evaluate } from "../testing/evaluate.js";

describe("dropout", () => {
  it("multiplies with a mask that is drawn for each step in training", () => {
    const { program, randomInputs } = buildLayer({ dropout: 0.2 }, [1, 4], "training");
    expect(randomInputs).toEqual([
      { distribution: "bernoulli", probability: 0.2, name: "encoder.0.mask", shape: [1, 4] },
    ]);
    // Kept numbers grow by 1/(1 − 0.2) = 1.25.
    const given = { input: [4, 8, 12, 16], "encoder.0.mask": [1.25, 0, 1.25, 1.25] };
    expect(evaluate(program, given).outputs.output).toEqual([5, 0, 15, 20]);
  });

  it("gives its input in inference and asks for no random numbers", () => {
    const { program, randomInputs } = buildLayer("dropout", [1, 2]);
    expect(randomInputs).toEqual([]);
    expect(evaluate(program, { input: [3, 4] }).outputs.output).toEqual([3, 4]);
  });
});

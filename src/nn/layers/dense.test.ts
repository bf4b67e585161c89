import { describe, expect, it } from "vitest";
import { buildLayer, evaluate, thrownBy } from "../testing/evaluate.js";

describe("dense", () => {
  it("gives x·weightᵀ + bias, by a hand calculation", () => {
    const { program } = buildLayer({ dense: { units: 2 } }, [1, 3]);
    const given = { input: [1, 2, 3], "encoder.0.weight": [1, 0, -1, 2, 2, 2], "encoder.0.bias": [0.5, -1] };
    expect(evaluate(program, given).outputs.output).toEqual([-1.5, 11]);
  });

  it("has PyTorch's parameters: weight [out, in] and bias, within 1/√in", () => {
    expect(buildLayer({ dense: 64 }, [1, 784]).parameters).toEqual([
      { name: "encoder.0.weight", shape: [64, 784], initialise: { uniform: 1 / 28 }, trainable: true },
      { name: "encoder.0.bias", shape: [64], initialise: { uniform: 1 / 28 }, trainable: true },
    ]);
    expect(buildLayer({ dense: { units: 4, bias: false } }, [1, 3]).parameters).toHaveLength(1);
  });

  it("refuses images and says that flatten helps", () => {
    expect(thrownBy(() => buildLayer({ dense: 64 }, [1, 64, 3, 3]))).toMatchObject({
      at: "encoder[0] dense",
      message: "dense needs a flat vector, got 64×3×3; put flatten before it",
    });
  });
});

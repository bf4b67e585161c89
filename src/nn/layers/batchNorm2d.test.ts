import { describe, expect, it } from "vitest";
import { buildLayer, evaluate, thrownBy } from "../testing/evaluate.js";

const initial = {
  "encoder.0.weight": [2],
  "encoder.0.bias": [1],
  "encoder.0.running_mean": [0],
  "encoder.0.running_var": [1],
  "encoder.0.num_batches_tracked": [0],
};

describe("batchNorm2d", () => {
  it("normalises by the batch in training, by a hand calculation", () => {
    // 1 2 3 6 has mean 3 and biased variance (4 + 1 + 0 + 9)/4 = 3.5.
    const { program } = buildLayer("batchNorm2d", [2, 1, 1, 2], "training");
    const { output } = evaluate(program, { ...initial, input: [1, 2, 3, 6] }).outputs;
    const deviation = Math.sqrt(3.5 + 1e-5);
    const byHand = [1, 2, 3, 6].map((x) => (2 * (x - 3)) / deviation + 1);
    output?.forEach((value, i) => {
      expect(value).toBeCloseTo(byHand[i] as number, 12);
    });
  });

  it("moves the running statistics by momentum 0.1, the variance as the unbiased one", () => {
    const { program } = buildLayer("batchNorm2d", [2, 1, 1, 2], "training");
    const { updates } = evaluate(program, { ...initial, input: [1, 2, 3, 6] });
    expect(updates["encoder.0.running_mean"]?.[0]).toBeCloseTo(0.9 * 0 + 0.1 * 3, 14);
    // Unbiased: 3.5 · 4/3 = 14/3.
    expect(updates["encoder.0.running_var"]?.[0]).toBeCloseTo(0.9 + 0.1 * (14 / 3), 14);
    expect(updates["encoder.0.num_batches_tracked"]).toEqual([1]);
  });

  it("normalises by the running statistics in inference and updates nothing", () => {
    const { program } = buildLayer({ batchNorm2d: { epsilon: 0.25 } }, [1, 1, 1, 2]);
    const given = { ...initial, "encoder.0.running_mean": [4], "encoder.0.running_var": [2], input: [4, 7] };
    const { outputs, updates } = evaluate(program, given);
    // (7 − 4)/√(2 + 0.25) = 2; times 2, plus 1.
    expect(outputs.output).toEqual([1, 5]);
    expect(updates).toEqual({});
  });

  it("declares what PyTorch saves, in its order, the count as int64", () => {
    const { parameters, buffers } = buildLayer("batchNorm2d", [2, 3, 1, 1]);
    expect(parameters).toEqual([
      { name: "encoder.0.weight", shape: [3], initialise: { constant: 1 }, trainable: true },
      { name: "encoder.0.bias", shape: [3], initialise: { constant: 0 }, trainable: true },
    ]);
    expect(buffers).toEqual([
      { name: "encoder.0.running_mean", shape: [3], initial: 0, written: "float32" },
      { name: "encoder.0.running_var", shape: [3], initial: 1, written: "float32" },
      { name: "encoder.0.num_batches_tracked", shape: [], initial: 0, written: "int64" },
    ]);
  });

  it("refuses a single value per channel in training, not in inference", () => {
    expect(thrownBy(() => buildLayer("batchNorm2d", [1, 3, 1, 1], "training"))).toMatchObject({
      at: "encoder[0] batchNorm2d",
      message:
        "batch norm in training needs more than one value for each channel, got a batch of 1 with images of 1×1; use a larger batch",
    });
    expect(buildLayer("batchNorm2d", [1, 3, 1, 1]).outputShape).toEqual([1, 3, 1, 1]);
  });
});

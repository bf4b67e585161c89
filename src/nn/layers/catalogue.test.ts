import { describe, expect, it } from "vitest";
import { buildLayer, evaluate, thrownBy } from "../testing/evaluate.js";

// Numbers against PyTorch are in test/golden; here is what a fixture does not say.
describe("normalisations", () => {
  it("declare weight and bias at 1 and 0, or nothing", () => {
    expect(buildLayer("layerNorm", [2, 3, 4, 5]).parameters).toEqual([
      { name: "encoder.0.weight", shape: [3, 4, 5], initialise: { constant: 1 }, trainable: true },
      { name: "encoder.0.bias", shape: [3, 4, 5], initialise: { constant: 0 }, trainable: true },
    ]);
    expect(buildLayer({ groupNorm: 2 }, [2, 6, 4, 5]).parameters.map(({ shape }) => shape)).toEqual([[6], [6]]);
    expect(buildLayer("instanceNorm", [2, 6, 4, 5]).parameters).toEqual([]);
    expect(buildLayer("batchNorm1d", [2, 6]).buffers.map(({ name }) => name)).toEqual([
      "encoder.0.running_mean",
      "encoder.0.running_var",
      "encoder.0.num_batches_tracked",
    ]);
  });

  it("refuse what they cannot normalise", () => {
    const message = (spec: Parameters<typeof buildLayer>[0], shape: readonly number[]) =>
      thrownBy(() => buildLayer(spec, shape)).message;
    expect(message({ groupNorm: 4 }, [2, 6, 4, 5])).toBe("4 groups do not divide 6 channels");
    expect(message({ layerNorm: { axes: 2 } }, [2, 6])).toBe(
      "layer norm over 2 axes, the input has 1 beside the batch",
    );
    expect(message("instanceNorm", [2, 6, 1, 1])).toBe(
      "instance norm needs more than one pixel in each channel, got images of 1×1",
    );
    expect(message("batchNorm1d", [2, 6, 1, 1])).toBe(
      "batchNorm1d needs a flat vector, got 6×1×1; put flatten before it",
    );
  });
});

describe("pools and enlargements", () => {
  it("have the sizes of their formulas", () => {
    expect(buildLayer({ avgPool2d: { kernel: 3, stride: 2, padding: 1 } }, [1, 2, 7, 6]).outputShape).toEqual([
      1, 2, 4, 3,
    ]);
    expect(buildLayer({ adaptiveAvgPool2d: [3, 1] }, [1, 2, 7, 6]).outputShape).toEqual([1, 2, 3, 1]);
    expect(buildLayer({ upsample: { mode: "bilinear", scale: [2, 3] } }, [1, 2, 7, 6]).outputShape).toEqual([
      1, 2, 14, 18,
    ]);
    expect(buildLayer("pixelShuffle", [1, 8, 7, 6]).outputShape).toEqual([1, 2, 14, 12]);
  });

  it("pixelShuffle puts four channels into a square, row by row", () => {
    const { program } = buildLayer("pixelShuffle", [1, 4, 1, 2]);
    const { output } = evaluate(program, { input: [1, 2, 3, 4, 5, 6, 7, 8] }).outputs;
    expect(output).toEqual([1, 3, 2, 4, 5, 7, 6, 8]);
  });

  it("refuse what does not fit", () => {
    expect(thrownBy(() => buildLayer("pixelShuffle", [1, 6, 2, 2])).message).toBe(
      "pixelShuffle with scale 2 needs a multiple of 4 channels, got 6",
    );
    expect(thrownBy(() => buildLayer({ upsample: { alignCorners: true } }, [1, 1, 2, 2])).message).toBe(
      "expected mode bilinear with alignCorners",
    );
    expect(thrownBy(() => buildLayer({ avgPool2d: { kernel: 2, padding: 2 } }, [1, 1, 4, 4])).message).toBe(
      "padding 2×2 is more than half of the kernel 2×2",
    );
    expect(thrownBy(() => buildLayer({ softmax: 2 }, [1, 3])).message).toBe(
      "softmax along axis 2, the input has axes 1 to 1",
    );
  });
});

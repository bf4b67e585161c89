import { describe, expect, it } from "vitest";
import { buildLayer, evaluate } from "../testing/evaluate.js";

describe("convTranspose2d", () => {
  it("lays the kernel at each pixel's place, times the pixel, by a hand calculation", () => {
    // Pixels 1 and 2 side by side, stride 1, kernel 1 2 / 3 4: columns overlap in the middle. Bias 10.
    const { program, outputShape } = buildLayer({ convTranspose2d: { channels: 1, kernel: 2 } }, [1, 1, 1, 2]);
    const given = { input: [1, 2], "encoder.0.weight": [1, 2, 3, 4], "encoder.0.bias": [10] };
    expect(outputShape).toEqual([1, 1, 2, 3]);
    expect(evaluate(program, given).outputs.output).toEqual([11, 14, 14, 13, 20, 18]);
  });

  it("has PyTorch's weight [in, out/groups, kh, kw], its fan-in taken from the second axis", () => {
    const { parameters } = buildLayer({ convTranspose2d: { channels: 6, kernel: 3, groups: 2 } }, [1, 4, 5, 5]);
    const uniform = 1 / Math.sqrt(3 * 3 * 3);
    expect(parameters).toEqual([
      { name: "encoder.0.weight", shape: [4, 3, 3, 3], initialise: { uniform }, trainable: true },
      { name: "encoder.0.bias", shape: [6], initialise: { uniform }, trainable: true },
    ]);
  });

  it("has the output size of PyTorch's formula with stride, padding, dilation and output padding", () => {
    const options = { channels: 2, kernel: 3, stride: 2, padding: 1, outputPadding: 1, dilation: [1, 2] };
    // height (4 − 1)·2 − 2 + 1·2 + 1 + 1 = 8, width (5 − 1)·2 − 2 + 2·2 + 1 + 1 = 12
    expect(buildLayer({ convTranspose2d: options }, [1, 3, 4, 5]).outputShape).toEqual([1, 2, 8, 12]);
  });
});

import { describe, expect, it } from "vitest";
import { buildLayer, evaluate, thrownBy } from "../testing/evaluate.js";

describe("conv2d", () => {
  it("correlates the image with the kernel and adds the bias, by a hand calculation", () => {
    // Input 1 2 3 / 4 5 6 / 7 8 9, kernel 1 0 / 0 -1 (not flipped): each window gives its upper left minus its lower right,
    // always -4; with the bias 0.5 that is -3.5.
    const { program, outputShape } = buildLayer({ conv2d: { channels: 1, kernel: 2 } }, [1, 1, 3, 3]);
    const given = { input: [1, 2, 3, 4, 5, 6, 7, 8, 9], "encoder.0.weight": [1, 0, 0, -1], "encoder.0.bias": [0.5] };
    expect(outputShape).toEqual([1, 1, 2, 2]);
    expect(evaluate(program, given).outputs.output).toEqual([-3.5, -3.5, -3.5, -3.5]);
  });

  it("has PyTorch's parameters: weight [out, in/groups, kh, kw] and bias, within 1/√(in/groups·kh·kw)", () => {
    const { parameters } = buildLayer({ conv2d: { channels: 6, kernel: [3, 5], groups: 2 } }, [1, 4, 8, 8]);
    const uniform = 1 / Math.sqrt(2 * 3 * 5);
    expect(parameters).toEqual([
      { name: "encoder.0.weight", shape: [6, 2, 3, 5], initialise: { uniform }, trainable: true },
      { name: "encoder.0.bias", shape: [6], initialise: { uniform }, trainable: true },
    ]);
  });

  it("has the output size of PyTorch's formula with stride, padding and dilation in pairs", () => {
    const spec = {
      conv2d: { channels: 2, kernel: [3, 2], stride: [2, 1], padding: [1, 0], dilation: [2, 1], bias: false },
    };
    // height ⌊(9 + 2 − 2·2 − 1)/2⌋ + 1 = 4, width ⌊(7 − 1 − 1)/1⌋ + 1 = 6
    const { outputShape, parameters } = buildLayer(spec, [3, 1, 9, 7]);
    expect(outputShape).toEqual([3, 2, 4, 6]);
    expect(parameters.map(({ name }) => name)).toEqual(["encoder.0.weight"]);
  });

  it("keeps height and width with padding same, the odd zero below and right as in PyTorch", () => {
    const { program, outputShape } = buildLayer(
      { conv2d: { channels: 1, kernel: 2, padding: "same", bias: false } },
      [1, 1, 2, 2],
    );
    expect(outputShape).toEqual([1, 1, 2, 2]);
    // A kernel that picks the lower right of its window: zeros come in from below and from the right.
    const { output } = evaluate(program, { input: [1, 2, 3, 4], "encoder.0.weight": [0, 0, 0, 1] }).outputs;
    expect(output).toEqual([4, 0, 0, 0]);
  });

  it("says what does not fit, and where", () => {
    expect(
      thrownBy(() => buildLayer({ conv2d: { channels: 1, kernel: 3, stride: 2, padding: "same" } }, [1, 1, 8, 8])),
    ).toMatchObject({ at: "encoder[0] conv2d", message: "padding same needs stride 1; give padding as a number" });
    expect(thrownBy(() => buildLayer({ conv2d: { channels: 1, kernel: 3 } }, [1, 128]))).toMatchObject({
      at: "encoder[0] conv2d",
      message: "conv2d needs images [channel, height, width], got a vector of 128 numbers; put unflatten before it",
    });
    expect(thrownBy(() => buildLayer({ conv2d: { channels: 4, kernel: 3, groups: 2 } }, [1, 3, 8, 8]))).toMatchObject({
      message: "2 groups do not divide 3 input and 4 output channels",
    });
    expect(thrownBy(() => buildLayer({ conv2d: { channels: 1, kernel: 5 } }, [1, 1, 3, 3]))).toMatchObject({
      at: "encoder[0] conv2d",
      message: "kernel 5 does not fit an input of 3×3",
    });
  });
});

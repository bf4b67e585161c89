import { describe, expect, it } from "vitest";
import { buildLayer, evaluate, thrownBy } from "../testing/evaluate.js";

describe("maxPool2d", () => {
  it("takes the largest of each window, windows side by side where no stride is given", () => {
    const { program, outputShape } = buildLayer({ maxPool2d: 2 }, [1, 1, 2, 5]);
    expect(outputShape).toEqual([1, 1, 1, 2]);
    expect(evaluate(program, { input: [1, 2, 3, 4, 9, 5, 6, 7, -8, 9] }).outputs.output).toEqual([6, 7]);
  });

  it("never lets padding win, even among negative numbers", () => {
    const { program } = buildLayer({ maxPool2d: { kernel: 2, stride: 1, padding: 1 } }, [1, 1, 1, 1]);
    expect(evaluate(program, { input: [-5] }).outputs.output).toEqual([-5, -5, -5, -5]);
  });

  it("refuses padding of more than half the kernel, as PyTorch does", () => {
    expect(thrownBy(() => buildLayer({ maxPool2d: { kernel: 3, padding: 2 } }, [1, 1, 8, 8]))).toMatchObject({
      at: "encoder[0] maxPool2d",
      message: "padding 2×2 is more than half of the kernel 3×3",
    });
  });
});

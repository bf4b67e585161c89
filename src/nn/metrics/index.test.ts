import { describe, expect, it } from "vitest";
import { graphBuilder, program } from "../../tensor/index.js";
import { evaluate, thrownBy } from "../testing/evaluate.js";
import { readMetrics } from "./index.js";

function figure(name: string, shape: readonly number[], prediction: readonly number[], target: readonly number[]) {
  const [metric] = readMetrics([name]);
  const { input, add } = graphBuilder();
  const targetShape = metric?.compares === "labels" ? [shape[0] ?? 0] : shape;
  const value = metric?.build(input("prediction", shape), input("target", targetShape), add);
  if (value === undefined) throw new Error("no metric");
  return evaluate(program({ name, outputs: { value } }), { prediction, target }).outputs.value?.[0] ?? Number.NaN;
}

describe("metrics", () => {
  it("mae is the mean absolute difference", () => {
    expect(figure("mae", [1, 1, 1, 4], [1, 2, 3, 4], [0, 4, 3, 1])).toBe(1.5);
  });

  it("bce is the mean cross-entropy in nats: ln 2 at a half, −ln ¾ at three quarters of a 1", () => {
    expect(figure("bce", [1, 1, 1, 2], [0.5, 0.75], [0, 1])).toBeCloseTo((Math.LN2 - Math.log(0.75)) / 2, 14);
  });

  it("psnr is the mean of the images' −10·log₁₀ mse, not that of the mean, and 100 for equal images", () => {
    // Mean squared errors 0.01 and 1e-4: 20 and 40 decibels.
    expect(figure("psnr", [2, 1, 1, 1], [0.1, 0.01], [0, 0])).toBeCloseTo(30, 12);
    expect(figure("psnr", [1, 1, 1, 2], [0.3, 0.4], [0.3, 0.4])).toBeCloseTo(100, 12);
  });

  it("ssim is 1 for equal images, and by hand for two flat ones", () => {
    const flat = (grey: number) => Array.from({ length: 144 }, () => grey);
    expect(figure("ssim", [1, 1, 12, 12], flat(0.4), flat(0.4))).toBeCloseTo(1, 12);
    // Without variance only means count: (2·0.2·0.6 + c₁)/(0.2² + 0.6² + c₁), c₁ = 1e-4.
    expect(figure("ssim", [1, 1, 12, 12], flat(0.2), flat(0.6))).toBeCloseTo(0.2401 / 0.4001, 10);
    expect(thrownBy(() => figure("ssim", [1, 1, 8, 12], [], []))).toMatchObject({
      message: "ssim needs images of at least 11×11 pixels, got 1×8×12",
      hint: "For smaller images take mse, mae or psnr.",
    });
  });

  it("accuracy is the part of the images whose largest logit is the label's", () => {
    expect(figure("accuracy", [4, 3], [0, 1, 0.5, 2, 1.9999999, -1, 0, 0, 5, -1, -2, -3], [1, 1, 2, 0])).toBe(0.75);
  });
});

import { describe, expect, it } from "vitest";
import { graphBuilder, program } from "../../tensor/index.js";
import { readMetrics } from "../metrics/index.js";
import { evaluate, thrownBy } from "../testing/evaluate.js";
import { losses, readLoss } from "./index.js";

function lossOf(name: string, prediction: readonly number[], target: readonly number[]): number | undefined {
  const { input, add } = graphBuilder();
  const shape = [1, prediction.length];
  const value = readLoss(name).build(input("prediction", shape), input("target", shape), add);
  return evaluate(program({ name, outputs: { value } }), { prediction, target }).outputs.value?.[0];
}

describe("losses", () => {
  it("mse is the mean of the squared differences, by hand", () => {
    // (1 + 4 + 0 + 9)/4
    expect(lossOf("mse", [1, 2, 3, 4], [0, 4, 3, 1])).toBe(3.5);
  });

  it("bce is the mean cross-entropy in nats: ln 2 at a half, the entropy of the target at the target", () => {
    expect(lossOf("bce", [0.5, 0.5], [1, 0])).toBeCloseTo(Math.LN2, 14);
    // −(0.25·ln 0.25 + 0.75·ln 0.75) = 0.5623351446188083
    expect(lossOf("bce", [0.25], [0.25])).toBeCloseTo(0.5623351446188083, 14);
  });

  it("bce holds logarithms at −100, as PyTorch's BCELoss does", () => {
    expect(lossOf("bce", [0, 1], [1, 1])).toBe(50);
  });

  it("sum adds losses times their weights and says so", () => {
    const spec = { sum: [{ loss: "mse", weight: 2 }, { loss: { huber: 0.5 } }] };
    const { input, add } = graphBuilder();
    const value = readLoss(spec).build(input("prediction", [1, 2]), input("target", [1, 2]), add);
    const given = { prediction: [3, 0.25], target: [0, 0] };
    // mse (9 + 0.0625)/2; huber 0.5·(3 − 0.25) and 0.25²/2.
    const byHand = 2 * 4.53125 + (1.375 + 0.03125) / 2;
    expect(evaluate(program({ name: "sum", outputs: { value } }), given).outputs.value?.[0]).toBeCloseTo(byHand, 14);
    expect(readLoss(spec)).toMatchObject({
      figure: "sum",
      label: "(2·mse + huber)",
      formula: "2·(mean (prediction − target)²) + mean huber(prediction − target, delta 0.5)",
    });
    expect(thrownBy(() => readLoss({ sum: [{ loss: "mse" }, { loss: "msee" }] }))).toMatchObject({
      at: "loss.sum.of[1].loss",
      message: "no loss is called msee; did you mean mse?",
    });
    expect(thrownBy(() => readLoss({ sum: [{ loss: "mse" }, { loss: "crossEntropy" }] }))).toMatchObject({
      message: "mse compares pictures and crossEntropy labels",
    });
  });

  it("names the nearest loss and metric for one that does not exist", () => {
    expect(thrownBy(() => readLoss("msee", "loss"))).toEqual({
      at: "loss",
      message: "no loss is called msee; did you mean mse?",
      hint: `There are: ${Object.keys(losses).join(", ")}.`,
    });
    expect(thrownBy(() => readLoss(3))).toMatchObject({
      message: "expected the name of a loss, or its name with its options, got 3",
    });
    expect(thrownBy(() => readMetrics(["mse", "bec"]))).toMatchObject({
      at: "metrics[1]",
      message: "no metric is called bec; did you mean bce?",
    });
    expect(readMetrics(["bce", "mse", "bce"]).map(({ name }) => name)).toEqual(["bce", "mse"]);
  });
});

import { describe, expect, it } from "vitest";
import { figuresOf } from "./figures.js";
import { readLoss } from "./losses/index.js";
import { readMetrics } from "./metrics/index.js";
import { readModel } from "./models/index.js";
import { evaluationProgram } from "./programs.js";

const pictures = {
  input: [1, 2, 2],
  encoder: ["flatten"],
  decoder: [{ dense: 4 }, "sigmoid", { unflatten: [1, 2, 2] }],
};
const specs: readonly (readonly [
  spec: Readonly<Record<string, unknown>>,
  loss: unknown,
  metrics: readonly string[],
])[] = [
  [{ kind: "autoencoder", ...pictures }, "mse", ["mse", "psnr"]],
  [{ kind: "autoencoder", ...pictures }, { sum: [{ loss: "mse" }, { loss: "bce" }] }, ["mae"]],
  [{ kind: "variationalAutoencoder", ...pictures, code: 2 }, "bce", ["mse", "bce"]],
  [{ kind: "variationalAutoencoder", ...pictures, code: 2, beta: 4 }, "mse", ["mse"]],
  [{ kind: "supervisedAutoencoder", ...pictures, classes: 3 }, "mse", ["mse"]],
  [{ kind: "sparseAutoencoder", ...pictures }, "bceWithLogits", ["mse"]],
  [{ kind: "classifier", input: [1, 2, 2], encoder: ["flatten"] }, "crossEntropy", ["accuracy"]],
];

describe("figuresOf", () => {
  it.each(specs)("tells every figure of the records of %o, in their order, and no other", (spec, loss, metrics) => {
    const model = readModel(spec);
    const measured = { model, loss: readLoss(loss), metrics: readMetrics(metrics) };
    const told = figuresOf(model, measured.loss, measured.metrics);
    const outputs = Object.keys(evaluationProgram({ ...measured, batchSize: 2 }).outputs);
    expect(told.map(({ name }) => name)).toEqual(outputs);
    for (const { unit, summary } of told) {
      expect(unit).toMatch(/\S/);
      expect(summary).toMatch(/\S/);
    }
  });

  it("knows the units of a variational objective: nats an image where the loss has nats a pixel", () => {
    const units = (loss: string) => {
      const model = readModel({ kind: "variationalAutoencoder", ...pictures, code: 2, beta: 4 });
      return Object.fromEntries(figuresOf(model, readLoss(loss), []).map(({ name, unit }) => [name, unit]));
    };
    const [nats, means] = ["nats an image", "mean over images"];
    expect(units("bce")).toEqual({ objective: nats, reconstruction: nats, penalty: nats, kl: nats });
    expect(units("mse")).toEqual({ objective: means, reconstruction: means, penalty: means, kl: nats });
  });
});

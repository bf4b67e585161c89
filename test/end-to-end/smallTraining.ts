// A training of seconds on MNIST's first images, on the reference engine.
import { checkExperiment } from "../../src/experiment/index.js";
import type { TrainingRequest } from "../../src/training/index.js";

export function smallRequest(out: string): TrainingRequest {
  const experiment = checkExperiment({
    name: "small",
    data: { source: "mnist", limit: { train: 40, test: 20 } },
    model: {
      kind: "autoencoder",
      encoder: ["flatten", { dense: 4 }],
      decoder: [{ dense: 784 }, "sigmoid", { unflatten: [1, 28, 28] }],
    },
    loss: "mse",
    phases: [
      { name: "plain", epochs: 3, batchSize: 16, optimizer: { adam: { learningRate: 0.01 } }, schedule: "oneCycle" },
    ],
  });
  return { kind: "new", experiment, out, date: "2026-11-22", engine: "reference" };
}

// For tests: the network of the reference experiment `mnist-conv`, in the form of an experiment file.
import type { ModelSpec } from "../models/index.js";

export const mnistConv: ModelSpec = {
  kind: "autoencoder",
  input: [1, 28, 28],
  encoder: [
    { conv2d: { channels: 16, kernel: 3, padding: 1 } },
    "batchNorm2d",
    { maxPool2d: 2 },
    "elu",
    { conv2d: { channels: 32, kernel: 3 } },
    "batchNorm2d",
    { maxPool2d: 2 },
    "elu",
    { conv2d: { channels: 64, kernel: 3, padding: 1 } },
    "batchNorm2d",
    { maxPool2d: 2 },
    "elu",
    { conv2d: { channels: 128, kernel: 3 } },
    "flatten",
  ],
  decoder: [
    { unflatten: [128, 1, 1] },
    { convTranspose2d: { channels: 64, kernel: 3 } },
    "upsample",
    { convTranspose2d: { channels: 32, kernel: 3, padding: 1 } },
    "batchNorm2d",
    "elu",
    "upsample",
    { convTranspose2d: { channels: 16, kernel: 3 } },
    "batchNorm2d",
    "elu",
    "upsample",
    { convTranspose2d: { channels: 1, kernel: 3, padding: 1 } },
    "batchNorm2d",
    "elu",
  ],
};

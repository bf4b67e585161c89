import { describe, expect, it } from "vitest";
import { readModel } from "./models/index.js";
import { summaryText } from "./summary.js";
import { mnistConv } from "./testing/networks.js";

// EXPERIMENTS.md, section 1: the 28 rows that the experiment states.
const rows = `
            Conv2d-1           [-1, 16, 28, 28]             160
       BatchNorm2d-2           [-1, 16, 28, 28]              32
         MaxPool2d-3           [-1, 16, 14, 14]               0
               ELU-4           [-1, 16, 14, 14]               0
            Conv2d-5           [-1, 32, 12, 12]           4,640
       BatchNorm2d-6           [-1, 32, 12, 12]              64
         MaxPool2d-7             [-1, 32, 6, 6]               0
               ELU-8             [-1, 32, 6, 6]               0
            Conv2d-9             [-1, 64, 6, 6]          18,496
      BatchNorm2d-10             [-1, 64, 6, 6]             128
        MaxPool2d-11             [-1, 64, 3, 3]               0
              ELU-12             [-1, 64, 3, 3]               0
           Conv2d-13            [-1, 128, 1, 1]          73,856
          Flatten-14                  [-1, 128]               0
        Unflatten-15            [-1, 128, 1, 1]               0
  ConvTranspose2d-16             [-1, 64, 3, 3]          73,792
         Upsample-17             [-1, 64, 6, 6]               0
  ConvTranspose2d-18             [-1, 32, 6, 6]          18,464
      BatchNorm2d-19             [-1, 32, 6, 6]              64
              ELU-20             [-1, 32, 6, 6]               0
         Upsample-21           [-1, 32, 12, 12]               0
  ConvTranspose2d-22           [-1, 16, 14, 14]           4,624
      BatchNorm2d-23           [-1, 16, 14, 14]              32
              ELU-24           [-1, 16, 14, 14]               0
         Upsample-25           [-1, 16, 28, 28]               0
  ConvTranspose2d-26            [-1, 1, 28, 28]             145
      BatchNorm2d-27            [-1, 1, 28, 28]               2
              ELU-28            [-1, 1, 28, 28]               0`
  .split("\n")
  .slice(1);

describe("summaryText", () => {
  const lines = summaryText(readModel(mnistConv)).split("\n");

  it("has the rows of mnist-conv one by one", () => {
    expect(lines.slice(3, 31)).toEqual(rows);
  });

  it("has torchsummary's frame, total 194,499 and sizes by its definitions", () => {
    const line = "-".repeat(64);
    expect(lines.slice(0, 3)).toEqual([
      line,
      "        Layer (type)               Output Shape         Param #",
      "=".repeat(64),
    ]);
    // Input 784·4/1024² = 0.003; the rows' outputs add up to 84,272 numbers: 2·84,272·4/1024² = 0.643;
    // parameters 194,499·4/1024² = 0.742.
    expect(lines.slice(31)).toEqual([
      "=".repeat(64),
      "Total params: 194,499",
      "Trainable params: 194,499",
      "Non-trainable params: 0",
      line,
      "Input size (MB): 0.00",
      "Forward/backward pass size (MB): 0.64",
      "Params size (MB): 0.74",
      "Estimated Total Size (MB): 1.39",
      line,
      "",
    ]);
  });
});

// The layer table, with the look that PyTorch users know from torchsummary.
import { sum } from "../base/numbers.js";
import { withThousands } from "../base/text.js";
import { sizeOf } from "../tensor/index.js";
import type { Model } from "./models/define.js";

const line = "-".repeat(64);
const doubleLine = "=".repeat(64);
const bytesOfFloat32 = 4;
const bytesOfMegabyte = 1024 ** 2;

/**
 * The layers of encoder and decoder with output shapes (−1 for the batch) and parameters; totals; sizes in MB of 1024² bytes
 * at float32 for one image. Forward/backward size is twice all layers' outputs, as torchsummary (1.5.1) has it: what a
 * framework would take that keeps each output and its gradient.
 * @returns lines ended by "\n"
 */
export function summaryText(model: Model): string {
  const { rows } = model;
  const total = sum(rows.map(({ parameters }) => parameters));
  const trainable = sum(rows.map((row) => row.trainable));
  const input = megabytes(sizeOf(model.inputShape));
  const passes = megabytes(2 * sum(rows.map(({ outputShape }) => sizeOf(outputShape))));
  const parameters = megabytes(total);
  return [
    line,
    row("Layer (type)", "Output Shape", "Param #"),
    doubleLine,
    ...rows.map(({ number, title, outputShape, parameters: own }) =>
      row(`${title}-${number}`, `[${[-1, ...outputShape].join(", ")}]`, withThousands(own)),
    ),
    doubleLine,
    `Total params: ${withThousands(total)}`,
    `Trainable params: ${withThousands(trainable)}`,
    `Non-trainable params: ${withThousands(total - trainable)}`,
    line,
    `Input size (MB): ${input.toFixed(2)}`,
    `Forward/backward pass size (MB): ${passes.toFixed(2)}`,
    `Params size (MB): ${parameters.toFixed(2)}`,
    `Estimated Total Size (MB): ${(input + passes + parameters).toFixed(2)}`,
    line,
    "",
  ].join("\n");
}

function row(layer: string, shape: string, parameters: string): string {
  return `${layer.padStart(20)}  ${shape.padStart(25)} ${parameters.padStart(15)}`;
}

function megabytes(numbers: number): number {
  return (numbers * bytesOfFloat32) / bytesOfMegabyte;
}

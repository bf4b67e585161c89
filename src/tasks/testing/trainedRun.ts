// A run of a second for tests of what is done with runs: 40 of MNIST's digits, on the reference engine.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { taskFunction } from "../call.js";
import { train } from "../train.js";

/** @param optimizer YAML in place of the plain Adam @returns the run folder */
export async function trainedRun(folder: string, optimizer = "adam", codeSize = 4): Promise<string> {
  const experiment = join(folder, "small.yaml");
  writeFileSync(
    experiment,
    `name: small
data: { source: mnist, limit: { train: 40, test: 20 } }
model: { kind: autoencoder, encoder: [flatten, dense: ${codeSize}], decoder: [dense: 784, sigmoid, unflatten: [1, 28, 28]] }
loss: mse
metrics: [mse, psnr]
phases: [{ epochs: 2, batchSize: 16, optimizer: ${optimizer} }]
`,
  );
  const { run } = await taskFunction(train)({ experiment, engine: "reference", out: join(folder, "runs") });
  return run;
}

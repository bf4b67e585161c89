// Training steps whose rate is counted in units of each parameter's first spread, and of which some parameters do not decay: every
// parameter has a step size of its own, so that an engine may not update neighbours as one.
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { modelState, readLoss, readModel, readOptimizer, trainingProgram } from "../../src/nn/index.js";
import { sizeOf } from "../../src/tensor/index.js";
import { caseValues } from "./cases.js";
import { openEngines } from "./engines.js";

const input = [1, 4, 4];
const batchSize = 6;
const steps = 3;
const model = readModel({
  kind: "autoencoder",
  input,
  encoder: [{ conv2d: { channels: 3, kernel: 3 } }, "batchNorm2d", "elu", "flatten", { dense: 5 }],
  decoder: [{ dense: 12 }, "tanh", { dense: 16 }, { unflatten: input }],
});

/** All parameters after some steps. */
async function trained(engine: Engine, spec: unknown): Promise<ReadonlyMap<string, Float64Array>> {
  const optimizer = readOptimizer(spec);
  const session = await engine.open(modelState(model, 0, optimizer));
  const step = await session.compile(
    trainingProgram({ model, loss: readLoss("mse"), metrics: [], batchSize, optimizer }),
  );
  for (let at = 1; at <= steps; at++) {
    const scalars = Object.entries(optimizer.optimizer.scalars(optimizer.options, at, 0.02));
    const images = caseValues(`relative images ${at}`, batchSize * sizeOf(input), "unit");
    await step.run({
      input: images,
      target: images,
      ...Object.fromEntries(scalars.map(([name, value]) => [`optimizer.${name}`, Float32Array.of(value)])),
    });
  }
  const found = new Map<string, Float64Array>();
  for (const { name } of model.parameters) found.set(name, Float64Array.from(await session.read(name)));
  session.dispose();
  return found;
}

describe("steps of adam, adamw and soap in units of the first spread", async () => {
  const engines = await openEngines();
  it.each([
    ["adam", { adam: { relative: true, epsilon: 1e-4 } }],
    ["adamw", { adamw: { relative: true, epsilon: 1e-4, weightDecay: 0.5, exclude: ["bias", "norm"] } }],
    ["soap", { soap: { relative: true, epsilon: 1e-4, weightDecay: 0.5, exclude: ["bias", "norm"] } }],
  ])("are the reference's on every engine: %s", async (name, spec) => {
    const expected = await trained(referenceEngine(), spec);
    const plain = await trained(referenceEngine(), { [name]: { ...Object.values(spec)[0], relative: false } });
    expect(plain.get("decoder.0.weight")).not.toEqual(expected.get("decoder.0.weight"));
    for (const engine of engines) {
      for (const [parameter, values] of await trained(engine, spec)) {
        values.forEach((value, i) => {
          // Three steps of up to 0.02; where a gradient is small beside epsilon its rounding is divided by 1e-4.
          const error = Math.abs(value - (expected.get(parameter)?.[i] ?? Number.NaN));
          expect(error, `${engine.name}, ${parameter} ${i}`).toBeLessThan(2e-5);
        });
      }
    }
  });
});

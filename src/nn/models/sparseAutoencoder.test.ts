import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../engines/reference/index.js";
import { gradients, graphBuilder, program } from "../../tensor/index.js";
import { readLoss } from "../losses/index.js";
import { readOptimizer } from "../optimizers/index.js";
import { encodeProgram, evaluationProgram, modelState, reconstructProgram, trainingProgram } from "../programs.js";
import { thrownBy } from "../testing/evaluate.js";
import type { BuildContext } from "./define.js";
import { readModel } from "./index.js";

const spec = {
  kind: "sparseAutoencoder",
  input: [1, 1, 2],
  encoder: ["flatten", { dense: { units: 3, bias: false } }, "relu"],
  decoder: [{ dense: { units: 2, bias: false } }, { unflatten: [1, 1, 2] }],
  sparsity: 0.5,
};
// Image (1, 0) has the code (2, 0, 0.01), image (0, 1) the code (1, 3, 0) before and after relu; −4 becomes 0. The decoder's
// weights 0 make every pixel 0.
const encoderWeights = [2, 1, -4, 3, 0.01, -1];
const given = { input: Float64Array.of(1, 0, 0, 1), target: Float64Array.of(1, 0, 0, 1) };
const l1 = (2 + 0.01 + 1 + 3) / 2;

async function opened() {
  const model = readModel(spec);
  const optimizer = readOptimizer({ sgd: { learningRate: 1 } });
  const session = await referenceEngine().open(modelState(model, 0, optimizer));
  await session.write("encoder.1.weight", encoderWeights);
  await session.write("decoder.0.weight", [0, 0, 0, 0, 0, 0]);
  return { model, session, optimizer, measured: { model, loss: readLoss("mse"), metrics: [], batchSize: 2 } };
}

describe("sparseAutoencoder", () => {
  it("adds the weighted L1 norm of the code, a mean over images, to the loss, by a hand calculation; the parts add up", async () => {
    const { session, measured } = await opened();
    const found = await (await session.compile(evaluationProgram(measured))).run(given);
    expect(Object.keys(found)).toEqual(["objective", "reconstruction", "sparsity", "l1", "active"]);
    // Half of the pixels are 1 away from 0.
    expect(found.reconstruction?.[0]).toBe(0.5);
    expect(found.l1?.[0]).toBeCloseTo(l1, 14);
    expect(found.sparsity?.[0]).toBeCloseTo(l1 / 2, 14);
    expect(found.objective?.[0]).toBe((found.reconstruction?.[0] ?? 0) + (found.sparsity?.[0] ?? 0));
    // Of the first code one unit of three: 0.01 is below a hundredth of 2. Of the second two.
    expect(found.active?.[0]).toBeCloseTo(0.5, 14);
  });

  it("calls no unit active where the whole code is 0", async () => {
    const { session, measured } = await opened();
    await session.write("encoder.1.weight", [0, 0, 0, 0, 0, 0]);
    const found = await (await session.compile(evaluationProgram(measured))).run(given);
    expect(found.active?.[0]).toBe(0);
    expect(found.l1?.[0]).toBe(0);
  });

  it("moves active units down by sparsity/batch each, by a hand calculation", async () => {
    const { session, measured, optimizer } = await opened();
    const train = await session.compile(trainingProgram({ ...measured, optimizer }));
    await train.run({ ...given, "optimizer.learningRate": Float64Array.of(1) });
    // The decoder's weights are 0, so only the norm has a slope: ½·½ for each weight between a lit pixel and an active unit.
    const expected = [2 - 0.25, 1 - 0.25, -4, 3 - 0.25, 0.01 - 0.25, -1];
    [...(await session.read("encoder.1.weight"))].forEach((weight, i) => {
      expect(weight).toBeCloseTo(expected[i] ?? Number.NaN, 14);
    });
  });

  it("has the gradient of its objective: central differences", async () => {
    const model = readModel({
      ...spec,
      encoder: ["flatten", { dense: 3 }],
      decoder: [{ dense: 2 }, { unflatten: [1, 1, 2] }],
    });
    const session = await referenceEngine().open(modelState(model, 3));
    const context: BuildContext = { graph: graphBuilder(), mode: "training", updates: {}, randomInputs: [] };
    const { input, state, add } = context.graph;
    const mse = readLoss("mse");
    const { objective } = model.objective(
      context,
      input("input", [2, 1, 1, 2]),
      input("target", [2, 1, 1, 2]),
      (p, t) => mse.build(p, t, add),
    );
    const slopes = gradients(
      objective,
      model.parameters.map(({ name, shape }) => state(name, shape)),
    );
    const named = model.parameters.map(({ name }, i) => [name, slopes[i]] as const);
    const outputs = Object.fromEntries(named.flatMap(([name, slope]) => (slope == null ? [] : [[name, slope]])));
    const executable = await session.compile(program({ name: "slopes", outputs: { objective, ...outputs } }));
    const inputs = { input: Float64Array.of(0.3, -0.7, 0.9, 0.2), target: Float64Array.of(0.1, 0.4, 0.8, 0.6) };
    const found = Object.fromEntries(
      Object.entries(await executable.run(inputs)).map(([name, values]) => [name, [...values]]),
    );
    const step = 1e-6;
    for (const { name } of model.parameters) {
      const before = await session.read(name);
      for (const i of before.keys()) {
        const at = async (shift: number) => {
          await session.write(
            name,
            before.map((value, j) => (j === i ? value + shift : value)),
          );
          return (await executable.run(inputs)).objective?.[0] ?? Number.NaN;
        };
        const difference = ((await at(step)) - (await at(-step))) / (2 * step);
        await session.write(name, before);
        // Rounding of an objective of about 1 by 2⁻⁵³, over 2e-6: 1e-10; the second-order error is smaller.
        expect(Math.abs((found[name]?.[i] ?? Number.NaN) - difference), `${name}[${i}]`).toBeLessThan(1e-8);
      }
    }
  });

  it("encodes and decodes as the plain autoencoder of the same layers does", () => {
    const { kind: _, sparsity: __, ...layers } = spec;
    const plain = readModel({ kind: "autoencoder", ...layers });
    const sparse = readModel(spec);
    const ops = (program: ReturnType<typeof encodeProgram>) => program.nodes.map(({ op }) => op);
    expect(ops(encodeProgram(sparse, 2))).toEqual(ops(encodeProgram(plain, 2)));
    expect(ops(reconstructProgram(sparse, 2))).toEqual(ops(reconstructProgram(plain, 2)));
    expect(sparse.parameters).toEqual(plain.parameters);
  });

  it("says its objective as a formula, gives its whole spec back, and what is wrong with its option", () => {
    const model = readModel(spec);
    expect(model.formula("mse")).toBe("mse(reconstruction, target) + 0.5·Σ |code|");
    expect(readModel(model.spec).spec).toEqual(model.spec);
    const { sparsity: _, ...usual } = spec;
    expect(readModel(usual).spec).toMatchObject({ sparsity: 1e-4 });
    expect(thrownBy(() => readModel({ ...spec, sparsity: -1 }))).toMatchObject({
      at: "model.sparsity",
      message: "expected a number of at least 0, got -1",
    });
    expect(thrownBy(() => readModel({ ...spec, sparsety: 1 }))).toMatchObject({
      message: "no field is called sparsety; did you mean sparsity?",
    });
  });
});

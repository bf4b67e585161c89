import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../engines/reference/index.js";
import { readLoss } from "../losses/index.js";
import { readMetrics } from "../metrics/index.js";
import { readOptimizer } from "../optimizers/index.js";
import { evaluationProgram, modelState, trainingProgram } from "../programs.js";
import { thrownBy } from "../testing/evaluate.js";
import { readModel } from "./index.js";

const spec = {
  kind: "supervisedAutoencoder",
  input: [1, 1, 2],
  encoder: [{ unflatten: [2, 1, 1] }],
  decoder: [{ unflatten: [1, 1, 2] }],
  classes: 2,
  supervision: 0.5,
};

describe("supervisedAutoencoder", () => {
  const model = readModel(spec);
  const measured = { model, loss: readLoss("mse"), metrics: readMetrics(["mse"]), batchSize: 2 };
  const given = {
    input: Float64Array.of(1, 0, 0, 1),
    target: Float64Array.of(1, 0, 0, 0),
    label: Float64Array.of(0, 1),
  };

  it("adds the weighted cross-entropy of the head's logits to the loss, by a hand calculation", async () => {
    const session = await referenceEngine().open(modelState(model, 0));
    await session.write("classes.weight", [Math.log(3), 0, 0, 0]);
    await session.write("classes.bias", [0, 0]);
    const found = await (await session.compile(evaluationProgram(measured))).run(given);
    // Probabilities of the labels: 3/(3 + 1), and 1/2 of two equal logits, which share the first place.
    const entropy = -(Math.log(0.75) + Math.log(0.5)) / 2;
    expect(Object.keys(found)).toEqual([
      "objective",
      "reconstruction",
      "supervision",
      "crossEntropy",
      "accuracy",
      "mse",
    ]);
    expect(found.reconstruction?.[0]).toBe(0.25);
    expect(found.crossEntropy?.[0]).toBeCloseTo(entropy, 14);
    expect(found.supervision?.[0]).toBeCloseTo(entropy / 2, 14);
    expect(found.objective?.[0]).toBeCloseTo(0.25 + entropy / 2, 14);
    expect(found.accuracy?.[0]).toBe(1);
  });

  it("trains the head down the slope supervision·(probability − label)", async () => {
    const optimizer = readOptimizer({ sgd: { learningRate: 1 } });
    const session = await referenceEngine().open(modelState(model, 0, optimizer));
    await session.write("classes.weight", [0, 0, 0, 0]);
    await session.write("classes.bias", [0, 0]);
    const train = await session.compile(trainingProgram({ ...measured, optimizer }));
    await train.run({ ...given, "optimizer.learningRate": Float64Array.of(1) });
    // Half the supervision, halved by the mean over two images: (½ − 1) and ½ of each image's code.
    expect([...(await session.read("classes.weight"))]).toEqual([0.125, -0.125, -0.125, 0.125]);
    expect([...(await session.read("classes.bias"))]).toEqual([0, 0]);
  });

  it("names the head in its summary and its parameters, and what its spec lacks", () => {
    expect(model.rows.map(({ part, parameters }) => [part, parameters])).toEqual([
      ["encoder", 0],
      ["classes", 6],
      ["decoder", 0],
    ]);
    expect(model.parameters.map(({ name }) => name)).toEqual(["classes.weight", "classes.bias"]);
    expect(model.formula("mse")).toBe("mse(reconstruction, target) + 0.5·crossEntropy(logits, label)");
    const { classes: _, ...without } = spec;
    expect(thrownBy(() => readModel(without))).toMatchObject({ at: "model.classes" });
    expect(readModel(model.spec).spec).toEqual(model.spec);
  });
});

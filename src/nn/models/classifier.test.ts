import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../engines/reference/index.js";
import { readLoss } from "../losses/index.js";
import { readMetrics } from "../metrics/index.js";
import { readOptimizer } from "../optimizers/index.js";
import { decodeProgram, evaluationProgram, modelState, reconstructProgram, trainingProgram } from "../programs.js";
import { thrownBy } from "../testing/evaluate.js";
import { readModel } from "./index.js";

const spec = { kind: "classifier", input: [1, 1, 2], encoder: ["flatten", { dense: { units: 2, bias: false } }] };

describe("classifier", () => {
  const model = readModel(spec);
  const measured = { model, loss: readLoss("crossEntropy"), metrics: readMetrics(["accuracy"]), batchSize: 2 };
  const given = { input: Float64Array.of(1, 0, 0, 1), label: Float64Array.of(0, 0) };

  it("has the mean cross-entropy of its logits as objective, with accuracy, by a hand calculation", async () => {
    const session = await referenceEngine().open(modelState(model, 0));
    await session.write("encoder.1.weight", [Math.log(3), 0, 0, 0]);
    const found = await (await session.compile(evaluationProgram(measured))).run(given);
    // Probabilities of label 0: 3/(3 + 1) and 1/2; logits that are equal share the first place.
    expect(found.objective?.[0]).toBeCloseTo(-(Math.log(0.75) + Math.log(0.5)) / 2, 14);
    expect(Object.keys(found)).toEqual(["objective", "crossEntropy", "accuracy"]);
    expect(found.accuracy?.[0]).toBe(1);
  });

  it("goes down the slope probability − label", async () => {
    const optimizer = readOptimizer({ sgd: { learningRate: 1 } });
    const session = await referenceEngine().open(modelState(model, 0, optimizer));
    await session.write("encoder.1.weight", [0, 0, 0, 0]);
    const train = await session.compile(trainingProgram({ ...measured, optimizer }));
    await train.run({ ...given, "optimizer.learningRate": Float64Array.of(1) });
    // Each image has (½ − 1, ½) times its pixels, halved by the mean.
    expect([...(await session.read("encoder.1.weight"))]).toEqual([0.25, 0.25, -0.25, -0.25]);
  });

  it("goes with losses and metrics of labels alone, and those with it alone", () => {
    expect(thrownBy(() => evaluationProgram({ ...measured, loss: readLoss("mse") }))).toMatchObject({
      at: "loss",
      message: "the loss mse compares pictures, a model of kind classifier is held against labels",
    });
    expect(thrownBy(() => evaluationProgram({ ...measured, metrics: readMetrics(["psnr"]) }))).toMatchObject({
      at: "metrics[0]",
    });
  });

  it("refuses a decoder, and an encoder that does not end in a vector", () => {
    expect(thrownBy(() => readModel({ ...spec, decoder: ["elu"] }))).toMatchObject({
      at: "model.decoder",
      message: "a classifier has no decoder",
    });
    expect(thrownBy(() => readModel({ ...spec, encoder: ["elu"] }))).toMatchObject({
      at: "model.encoder",
      message: "encoder gives 1×1×2, a classifier needs a flat vector of one number a class",
    });
    expect(readModel(model.spec).spec).toEqual(model.spec);
  });

  it("does not decode, and says so to who asks for it", () => {
    expect(model.decode).toBeUndefined();
    for (const program of [decodeProgram, reconstructProgram]) {
      expect(thrownBy(() => program(model, 2))).toMatchObject({ at: "model", message: "a classifier has no decoder" });
    }
  });
});

import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../engines/reference/index.js";
import { readLoss } from "../losses/index.js";
import { readOptimizer } from "../optimizers/index.js";
import { encodeProgram, evaluationProgram, modelState, reconstructProgram, trainingProgram } from "../programs.js";
import { summaryText } from "../summary.js";
import { thrownBy } from "../testing/evaluate.js";
import { readModel } from "./index.js";

const small = {
  kind: "variationalAutoencoder",
  input: [1, 1, 2],
  encoder: ["flatten"],
  decoder: [{ dense: { units: 2, bias: false } }, "sigmoid", { unflatten: [1, 1, 2] }],
  code: 1,
};
const bce = readLoss("bce");
// Image (1, 0): mean 1·1 + 0·0 = 1, log variance ln 4, deviation 2; noise 0.5 makes the code 2; the decoder's weights 0 make
// every pixel a half. Second image (0, 1): mean 0, log variance 0, noise −1.
const weights = { "mean.weight": [1, 0], "logVariance.weight": [Math.log(4), 0], "decoder.0.weight": [0, 0] };
const inputs = {
  input: Float64Array.of(1, 0, 0, 1),
  target: Float64Array.of(1, 0, 0, 1),
  latent: Float64Array.of(0.5, -1),
};
// ½(1 + 4 − 1 − ln 4) for the first image, 0 for the second; half of it in the mean.
const kl = (4 - Math.log(4)) / 4;

async function sessionOf(spec: unknown) {
  const model = readModel(spec);
  const optimizer = readOptimizer({ sgd: { learningRate: 0.5 } });
  const session = await referenceEngine().open(modelState(model, 1, optimizer));
  for (const [name, values] of Object.entries(weights)) await session.write(name, values);
  for (const name of ["mean.bias", "logVariance.bias"]) await session.write(name, [0]);
  return { model, optimizer, session, measured: { model, loss: bce, metrics: [], batchSize: 2 } };
}

describe("variationalAutoencoder", () => {
  it("has elements·bce + kl in nats an image as its objective, by a hand calculation; the parts add up", async () => {
    const { session, measured } = await sessionOf(small);
    const found = await (await session.compile(evaluationProgram(measured))).run(inputs);
    expect(Object.keys(found)).toEqual(["objective", "reconstruction", "kl"]);
    expect(found.reconstruction?.[0]).toBeCloseTo(2 * Math.LN2, 14);
    expect(found.kl?.[0]).toBeCloseTo(kl, 14);
    expect(found.objective?.[0]).toBe((found.reconstruction?.[0] ?? 0) + (found.kl?.[0] ?? 0));
  });

  it("decodes the sample mean + deviation·noise, and reconstructs from the mean that encode gives", async () => {
    const { model, session, measured } = await sessionOf(small);
    await session.write("decoder.0.weight", [1, 0]);
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    const found = await (await session.compile(evaluationProgram(measured))).run(inputs);
    // Codes 1 + 2·0.5 and 0 − 1; the second pixel stays at a half.
    const byHand = (-Math.log(sigmoid(2)) - Math.log(1 - sigmoid(-1)) + 2 * Math.LN2) / 2;
    expect(found.reconstruction?.[0]).toBeCloseTo(byHand, 14);
    const { code } = await (await session.compile(encodeProgram(model, 2))).run({ input: inputs.input });
    expect([...(code ?? [])]).toEqual([1, 0]);
    const { reconstruction } = await (await session.compile(reconstructProgram(model, 2))).run({ input: inputs.input });
    expect(reconstruction?.[0]).toBeCloseTo(sigmoid(1), 14);
  });

  it("asks for one standard normal number for each code unit, in evaluation too", async () => {
    const { measured, optimizer } = await sessionOf(small);
    const latent = [{ distribution: "normal", name: "latent", shape: [2, 1] }];
    expect(evaluationProgram(measured).randomInputs).toEqual(latent);
    expect(trainingProgram({ ...measured, optimizer }).randomInputs).toEqual(latent);
    expect(encodeProgram(measured.model, 2).randomInputs).toEqual([]);
  });

  it("moves the heads down the gradient, by a hand calculation", async () => {
    const { session, measured, optimizer } = await sessionOf(small);
    const train = await session.compile(trainingProgram({ ...measured, optimizer }));
    await train.run({ ...inputs, "optimizer.learningRate": Float64Array.of(0.5) });
    // The decoder's weights are 0, so only kl has a slope: by mean it is mean/batch, by log variance ½(variance − 1)/batch.
    expect((await session.read("mean.weight"))[0]).toBeCloseTo(1 - 0.5 * (1 / 2), 14);
    expect((await session.read("logVariance.weight"))[0]).toBeCloseTo(Math.log(4) - 0.5 * (1.5 / 2), 14);
  });

  it("weights kl by beta and tells kl itself beside the parts", async () => {
    const { session, measured } = await sessionOf({ ...small, beta: 4 });
    const found = await (await session.compile(evaluationProgram(measured))).run(inputs);
    expect(Object.keys(found)).toEqual(["objective", "reconstruction", "penalty", "kl"]);
    expect(found.penalty?.[0]).toBeCloseTo(4 * kl, 14);
    expect(found.kl?.[0]).toBeCloseTo(kl, 14);
  });

  it("lets beta rise over the steps, counted in a buffer, and evaluates with its last value", async () => {
    const { model, session, measured, optimizer } = await sessionOf({ ...small, beta: { from: 1, to: 3, steps: 4 } });
    expect(model.buffers).toEqual([
      { name: "beta.step", shape: [], initial: 0, written: "int64", changesByStep: true },
    ]);
    const train = await session.compile(trainingProgram({ ...measured, optimizer }));
    const betas: number[] = [];
    for (let step = 0; step < 6; step++) {
      const found = await train.run({ ...inputs, "optimizer.learningRate": Float64Array.of(0) });
      betas.push((found.penalty?.[0] ?? 0) / (found.kl?.[0] ?? 0));
    }
    betas.forEach((beta, i) => {
      expect(beta).toBeCloseTo([1, 1.5, 2, 2.5, 3, 3][i] ?? Number.NaN, 13);
    });
    expect((await session.read("beta.step"))[0]).toBe(6);
    const found = await (await session.compile(evaluationProgram(measured))).run(inputs);
    expect(found.penalty?.[0]).toBeCloseTo(3 * kl, 13);
  });

  it("does not let a unit's divergence below its free nats count", async () => {
    const floor = await sessionOf({ ...small, freeBits: 1 });
    const found = await (await floor.session.compile(evaluationProgram(floor.measured))).run(inputs);
    // kl is 0.65: below the free nat.
    expect(found.penalty?.[0]).toBe(1);
    expect(found.kl?.[0]).toBeCloseTo(kl, 14);
  });

  it("says its objective as a formula", () => {
    expect(readModel(small).formula("bce")).toBe("2·bce(reconstruction, target) + kl");
    expect(readModel({ ...small, beta: 4 }).formula("mse")).toBe("2·mse(reconstruction, target) + 4·kl");
    expect(readModel({ ...small, beta: { steps: 10 }, freeBits: 0.5 }).formula("bce")).toBe(
      "2·bce(reconstruction, target) + β·Σ max(kl of a unit, 0.5), β from 0 to 1 over 10 steps",
    );
  });

  it("names its heads mean and logVariance, has them in the summary, and gives its whole spec back", () => {
    const model = readModel({ ...small, code: 3 });
    expect(model.parameters.map(({ name }) => name)).toEqual([
      "mean.weight",
      "mean.bias",
      "logVariance.weight",
      "logVariance.bias",
      "decoder.0.weight",
    ]);
    expect(summaryText(model)).toContain("Linear-3");
    expect(model.rows.map(({ parameters }) => parameters)).toEqual([0, 9, 9, 6, 0, 0]);
    expect(readModel(model.spec).spec).toEqual(model.spec);
  });

  it("says what is wrong with its fields", () => {
    expect(thrownBy(() => readModel({ ...small, code: 0 }))).toMatchObject({
      at: "model.code",
      message: "expected a positive whole number, got 0",
    });
    expect(thrownBy(() => readModel({ ...small, beta: "high" }))).toMatchObject({ at: "model.beta" });
    expect(thrownBy(() => readModel({ ...small, encoder: ["elu"] }))).toEqual({
      at: "model.encoder",
      message: "encoder gives 1×1×2, the code's heads need a flat vector",
      hint: "Put flatten at the end of the encoder.",
    });
    expect(thrownBy(() => readModel({ ...small, freeBitss: 1 })).message).toBe(
      "no field is called freeBitss; did you mean freeBits?",
    );
  });
});

import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../engines/reference/index.js";
import { readStates } from "../../engines/testing/readStates.js";
import { graphBuilder, program } from "../../tensor/index.js";
import { readLoss } from "../losses/index.js";
import { readModel } from "../models/index.js";
import { averageProgram, averageRate, evaluationProgram, modelState, trainingProgram } from "../programs.js";
import { evaluate, thrownBy } from "../testing/evaluate.js";
import { optimize } from "../testing/optimize.js";
import { readOptimizer } from "./index.js";
import { clipped, optionsFor } from "./shared.js";

function clip(options: Parameters<typeof clipped>[1]) {
  const { input, add } = graphBuilder();
  const [a, b] = clipped([input("a", [2]), input("b", [1])], options, add);
  if (a === undefined || b === undefined) throw new Error("gradients were lost");
  const { outputs } = evaluate(program({ name: "clip", outputs: { a, b } }), { a: [2, -3], b: [6] });
  return [...(outputs.a ?? []), ...(outputs.b ?? [])];
}

describe("clipping", () => {
  it("by norm shortens all gradients together, by PyTorch's clip_grad_norm_", () => {
    // The norm of (2, −3, 6) is 7.
    clip({ clipNorm: 3.5 }).forEach((value, i) => {
      expect(value).toBeCloseTo(([2, -3, 6][i] ?? Number.NaN) * (3.5 / (7 + 1e-6)), 14);
    });
    expect(clip({ clipNorm: 8 })).toEqual([2, -3, 6]);
  });

  it("by value cuts each number, before the norm is taken", () => {
    expect(clip({ clipValue: 2.5 })).toEqual([2, -2.5, 2.5]);
    clip({ clipValue: 1, clipNorm: 1 }).forEach((value, i) => {
      expect(value).toBeCloseTo(([1, -1, 1][i] ?? Number.NaN) / (Math.sqrt(3) + 1e-6), 14);
    });
  });
});

describe("weight decay", () => {
  const optionsOf = (name: string, initialise: object, exclude: readonly ("bias" | "norm")[]) =>
    optionsFor({ weightDecay: 0.1, exclude }, { name, initialise });

  it("leaves alone what is excluded, and nothing else", () => {
    const decays = (name: string, initialise: object, exclude: readonly ("bias" | "norm")[]) =>
      optionsOf(name, initialise, exclude).weightDecay === 0.1;
    expect(decays("encoder.0.bias", { uniform: 1 }, [])).toBe(true);
    expect(decays("encoder.0.bias", { uniform: 1 }, ["bias"])).toBe(false);
    expect(decays("mean.bias", { uniform: 1 }, ["norm"])).toBe(true);
    expect(decays("encoder.1.weight", { constant: 1 }, ["bias"])).toBe(true);
    expect(decays("encoder.1.weight", { constant: 1 }, ["norm"])).toBe(false);
    expect(decays("encoder.0.weight", { uniform: 1 }, ["bias", "norm"])).toBe(true);
  });

  it("of adamw shrinks the parameter by learningRate·weightDecay beside Adam's step", async () => {
    const gradients = [[2], [-1]];
    const [plain = 0] = await optimize({ adamw: { learningRate: 0.1, weightDecay: 0 } }, [0], gradients);
    // Adam's steps do not depend on the parameter, so decay acts on 5 and on what the first step left.
    const [first = 0] = await optimize({ adamw: { learningRate: 0.1, weightDecay: 0 } }, [0], [[2]]);
    const byHand = (5 * 0.98 + first) * 0.98 + (plain - first);
    expect((await optimize({ adamw: { learningRate: 0.1, weightDecay: 0.2 } }, [5], gradients))[0]).toBeCloseTo(
      byHand,
      13,
    );
  });

  it("names what can be excluded", () => {
    expect(thrownBy(() => readOptimizer({ adamw: { exclude: ["biases"] } }))).toMatchObject({
      at: "optimizer.adamw.exclude[0]",
      message: 'expected bias or norm, got "biases"',
    });
  });
});

describe("relative steps", () => {
  it("are the learning rate times the spread that each parameter is first drawn with, and one unit for normalisations", async () => {
    const model = readModel({
      kind: "autoencoder",
      input: [1, 2, 2],
      encoder: [{ conv2d: { channels: 1, kernel: 2 } }, "batchNorm2d", "flatten"],
      decoder: [{ dense: 4 }, { unflatten: [1, 2, 2] }],
    });
    const measured = { model, loss: readLoss("mse"), metrics: [], batchSize: 2 };
    const given = { input: Float64Array.of(0, 1, 2, 5, 3, 1, 0, 0), target: new Float64Array(8).fill(1) };
    for (const name of ["adam", "adamw", "soap"] as const) {
      const optimizer = readOptimizer({ [name]: { learningRate: 0.01, relative: true, weightDecay: 0, epsilon: 0 } });
      const session = await referenceEngine().open(modelState(model, 0, optimizer));
      const before = await readStates(
        session,
        model.parameters.map(({ name }) => name),
      );
      const train = await session.compile(trainingProgram({ ...measured, optimizer }));
      const scalars = Object.entries(optimizer.optimizer.scalars(optimizer.options, 1, 0.01));
      await train.run({
        ...given,
        ...Object.fromEntries(scalars.map(([scalar, value]) => [`optimizer.${scalar}`, Float64Array.of(value)])),
      });
      // The first step of Adam has the learning rate's size. Uniform in ±1/√fan-in has a standard deviation of 1/√(3·fan-in).
      const expected = {
        "encoder.1.bias": 1,
        "decoder.0.weight": 1 / Math.sqrt(3),
        "decoder.0.bias": 1 / Math.sqrt(3),
      };
      for (const [parameter, spread] of Object.entries(expected)) {
        (await session.read(parameter)).forEach((value, i) => {
          expect(Math.abs(value - (before[parameter]?.[i] ?? Number.NaN))).toBeCloseTo(0.01 * spread, 12);
        });
      }
    }
    expect(thrownBy(() => readOptimizer({ sgd: { relative: true } }))).toMatchObject({
      message: expect.stringContaining("relative"),
    });
  });
});

describe("the moving average", () => {
  it("is the weights after the first step, then goes towards them; evaluation can measure it", async () => {
    const one = { dense: { units: 1, bias: false } };
    const model = readModel({
      kind: "autoencoder",
      input: [1, 1, 1],
      encoder: ["flatten"],
      decoder: [one, { unflatten: [1, 1, 1] }],
    });
    const optimizer = readOptimizer({ sgd: { learningRate: 0.25, average: 0.75 } });
    const measured = { model, loss: readLoss("mse"), metrics: [], batchSize: 1 };
    const state = modelState(model, 0, optimizer);
    expect(state.map(({ name, kind }) => [name, kind])).toEqual([
      ["decoder.0.weight", "parameter"],
      ["average.decoder.0.weight", "buffer"],
    ]);
    const session = await referenceEngine().open(state);
    const train = await session.compile(trainingProgram({ ...measured, optimizer }));
    const average = await session.compile(averageProgram(model));
    await session.write("decoder.0.weight", [4]);
    const given = { input: Float64Array.of(1), target: Float64Array.of(0) };
    const averages: number[] = [];
    for (const step of [1, 2, 3]) {
      await train.run({ ...given, "optimizer.learningRate": Float64Array.of(0.25) });
      await average.run({ "average.rate": Float64Array.of(averageRate(0.75, step)) });
      averages.push((await session.read("average.decoder.0.weight"))[0] ?? Number.NaN);
    }
    // The slope of w² is 2w, so each step halves the weight: 2, 1, 0.5. Averages 2, 0.75·2 + 0.25·1, 0.75·1.75 + 0.25·0.5.
    expect(averages).toEqual([2, 1.75, 1.4375]);
    const evaluateAverage = await session.compile(evaluationProgram({ ...measured, average: true }));
    expect((await evaluateAverage.run(given)).objective?.[0]).toBe(1.4375 ** 2);
    expect((await (await session.compile(evaluationProgram(measured))).run(given)).objective?.[0]).toBe(0.25);
  });
});

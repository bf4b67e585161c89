// A model with two objectives against PyTorch over twenty steps (make_objectives.py): each objective trains its own parameters with
// an optimizer of its own, and neither reaches through what stops the gradient.
import { describe, expect, it } from "vitest";
import { type BuildContext, type Model, type ParameterSpec, readLoss, readOptimizer } from "../../src/nn/index.js";
import { ops, type Shape, type Value } from "../../src/tensor/index.js";
import { openTrainer, type Trainer } from "../../src/training/trainer.js";
import { below, type Candidate, candidates, expectClose, inputFor, readJson, readTensors, tensor } from "./fixtures.js";

const fixture = readJson("objectives") as {
  readonly steps: number;
  readonly batch: number;
  readonly optimizers: Readonly<Record<string, unknown>>;
};
const tensors = readTensors("objectives");
const names = ["discriminator", "generator"] as const;
const noiseSize = tensor(tensors, "noise").shape[2] ?? 0;

const parameters = below(tensors, "initial/").map(
  ([name, { shape }]): ParameterSpec => ({ name, shape, initialise: { constant: 0 }, trainable: true }),
);

const aLoss = { unit: "nats", summary: "a part of the discriminator's loss", better: "lower" } as const;

/** A generator that makes points of noise, and a discriminator that tells them from the input's points. */
const gan: Model = {
  spec: { kind: "gan", input: [2, 1, 1], encoder: [], decoder: [] } as unknown as Model["spec"],
  inputShape: [2, 1, 1],
  codeShape: [1],
  compares: "pictures",
  objectives: names.map((name) => ({ name, trains: (parameter) => parameter.startsWith(`${name}.`) })),
  parameters,
  buffers: [],
  rows: [],
  figures: () => ({ real: aLoss, unmasked: aLoss }),
  formula: () => "softplus(−D(x)) + softplus(D(G(z))), softplus(−D(G(z)))",
  encode: () => {
    throw new Error("has no code");
  },
  decode: () => {
    throw new Error("has no decoder");
  },
  objective(context, input) {
    const { add, input: given } = context.graph;
    const [batch] = input.shape;
    const flat = add(ops.reshape, [input], { shape: [batch, 2] });
    const fake = generator(context, given("noise", [batch, noiseSize]));
    const softplusMean = (logits: Value, sign: 1 | -1): Value => {
      const signed = add(ops.linear, [logits], { scale: sign, shift: 0 });
      return add(ops.mean, [add(ops.softplus, [signed], { beta: 1, threshold: 20 })], {});
    };
    const real = softplusMean(discriminator(context, flat), -1);
    const unmasked = softplusMean(discriminator(context, add(ops.stopGradient, [fake], {})), 1);
    const generatorLoss = softplusMean(discriminator(context, fake), -1);
    const discriminatorLoss = add(ops.add, [real, unmasked], {});
    return {
      objective: discriminatorLoss,
      parts: { real, unmasked },
      objectives: { discriminator: discriminatorLoss, generator: generatorLoss },
      reconstruction: add(ops.reshape, [fake], { shape: [batch, 2, 1, 1] }),
    };
  },
};

function dense({ graph }: BuildContext, name: string, x: Value): Value {
  const shapeOf = (parameter: string): Shape => tensor(tensors, `initial/${parameter}`).shape;
  const [weight, bias] = [`${name}.weight`, `${name}.bias`].map((each) => graph.state(each, shapeOf(each)));
  return graph.add(ops.dense, [x, weight, bias], {});
}

const generator = (context: BuildContext, noise: Value): Value =>
  dense(context, "generator.1", context.graph.add(ops.tanh, [dense(context, "generator.0", noise)], {}));

function discriminator(context: BuildContext, points: Value): Value {
  const hidden = context.graph.add(ops.leakyRelu, [dense(context, "discriminator.0", points)], { slope: 0.2 });
  return dense(context, "discriminator.1", hidden);
}

const optimizers = Object.fromEntries(names.map((name) => [name, readOptimizer(fixture.optimizers[name])]));

async function opened(candidate: Candidate, reduce?: () => void): Promise<Trainer> {
  const model = Object.fromEntries(
    below(tensors, "initial/").map(([name, { shape, values }]) => [
      name,
      { dtype: "F64", shape, data: values } as const,
    ]),
  );
  return await openTrainer({
    engine: await candidate.open(),
    model: gan,
    loss: readLoss("mse"),
    metrics: [],
    optimizer: { byObjective: optimizers },
    batchSizes: [fixture.batch],
    from: { model },
    seed: 0,
    reduce,
  });
}

function batchOf(candidate: Candidate, step: number) {
  const row = (name: string, size: number) =>
    inputFor(candidate, tensor(tensors, name).values.subarray(step * size, (step + 1) * size));
  const points = row("points", fixture.batch * 2);
  return {
    count: fixture.batch,
    inputs: { input: points, target: points, noise: row("noise", fixture.batch * noiseSize) },
  };
}

for (const candidate of candidates) {
  // A trainer hands step sizes over in float32: each step's way is off by up to 2⁻²⁴, 6e-8, of itself, and no way of twenty steps
  // is longer than the largest weight. In float32 gradients are besides off by about 2⁻²⁴ for each of the ten terms of a sum, of
  // which Adam makes an equal share of its way, and each step sees the ones before.
  const tolerance = candidate.isExact ? 1e-7 : 2e-5;

  describe.skipIf(candidate.isMissing)(`two objectives on ${candidate.name}`, () => {
    it.each([
      ["in one program", undefined],
      ["with gradients and updates apart", () => {}],
    ] as const)("are PyTorch's GAN over twenty steps, %s", async (_, reduce) => {
      const trainer = await opened(candidate, reduce);
      try {
        expect(trainer.figures).toEqual(["objective", "real", "unmasked", ...names]);
        const learningRate = Object.fromEntries(names.map((name) => [name, optimizers[name].options.learningRate]));
        for (let step = 0; step < fixture.steps; step++) {
          const { batches } = await trainer.step([batchOf(candidate, step)], { step: step + 1, learningRate });
          for (const name of names) {
            const expected = tensor(tensors, `loss/${name}`).values[step] ?? Number.NaN;
            expectClose(`${name} in step ${step}`, [batches[0].figures[name]], [expected], tolerance);
          }
        }
        const { model, optimizer } = await trainer.save();
        for (const [name, { values }] of below(tensors, "after/")) {
          expectClose(name, Array.from(model[name]?.data ?? [], Number), values, tolerance);
        }
        // Each objective's slots are its own optimizer's, for its own parameters.
        const kept = (part: string, ...slots: readonly string[]) =>
          parameters
            .filter(({ name }) => name.startsWith(part))
            .flatMap(({ name }) => slots.map((slot) => `${slot}.${name}`));
        expect(Object.keys(optimizer)).toEqual([
          ...kept("discriminator", "adam.firstMoment", "adam.secondMoment"),
          ...kept("generator", "sgd.momentumBuffer"),
        ]);
      } finally {
        trainer.dispose();
      }
    });
  });
}

describe("optimizers of a model with two objectives", () => {
  const open = (byObjective: Readonly<Record<string, unknown>>) =>
    openTrainer({
      engine: {
        name: "reference",
        describe: () => ({ name: "reference", library: "", threads: 1 }),
        open: () => Promise.reject(),
      },
      model: gan,
      loss: readLoss("mse"),
      metrics: [],
      optimizer: {
        byObjective: Object.fromEntries(Object.entries(byObjective).map(([name, spec]) => [name, readOptimizer(spec)])),
      },
      batchSizes: [2],
      seed: 0,
    });

  it("must be one for each, by their names", async () => {
    await expect(open({ discriminator: "adam" })).rejects.toThrow("the objective generator has no optimizer");
    await expect(open({ discriminator: "adam", generator: "sgd", critic: "adam" })).rejects.toThrow(
      "the model has several objectives, expected an optimizer for each: discriminator, generator",
    );
  });
});

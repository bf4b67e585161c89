import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { referenceEngine } from "../engines/reference/index.js";
import { checkExperiment } from "../experiment/index.js";
import { readLoss, readMetrics, readModel, readOptimizer, readSchedule } from "../nn/index.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import { definedHere, definitions } from "../schema/defined.js";
import { ops } from "../tensor/index.js";
import { openTrainer } from "../training/trainer.js";
import { autoencoder } from "./builders.js";
import {
  defineLayer,
  defineLoss,
  defineMetric,
  defineModel,
  defineOptimizer,
  defineSchedule,
  defineTransform,
} from "./define.js";

const forget = () => {
  definitions().entries.clear();
  definitions().elsewhere.clear();
};
beforeEach(forget);
afterEach(forget);

const defineDouble = () =>
  defineLayer({
    name: "double",
    summary: "Twice its input.",
    options: z.strictObject({ factor: z.number("expected a number").default(2) }),
    shorthand: "factor",
    build: ({ factor }, input, scope) => scope.add(ops.linear, [input], { scale: factor, shift: 0 }),
  });
const defineCubic = () =>
  defineLoss({
    name: "cubic",
    summary: "Cubes of differences.",
    unit: () => "mean over pixels",
    options: z.strictObject({}),
    formula: () => "mean |d|³",
    build: (_, prediction, target, add) => add(ops.mean, [add(ops.sub, [prediction, target], {})], {}),
  });

describe("own entries", () => {
  it("are known by name, in code and in an experiment, like the built-in ones", () => {
    const double = defineDouble();
    defineCubic();
    expect(double()).toBe("double");
    expect(double(3)).toEqual({ double: 3 });
    expect(double({ factor: 3 })).toEqual({ double: { factor: 3 } });
    const model = autoencoder({
      input: [1, 2, 2],
      encoder: ["flatten", double(3)],
      decoder: [double(), { unflatten: [1, 2, 2] }],
    });
    expect(readModel(model).rows.map(({ title }) => title)).toEqual(["Flatten", "Double", "Double", "Unflatten"]);
    const experiment = checkExperiment({ name: "own", data: "mnist", model, loss: "cubic", phases: [{ epochs: 1 }] });
    expect(readLoss(experiment.loss).formula).toBe("mean |d|³");
  });

  it("have their mistakes told in the same words", () => {
    defineDouble();
    const model = (layer: unknown) => ({ kind: "autoencoder", input: [1, 2, 2], encoder: [layer], decoder: [] });
    expect(() => readModel(model({ double: { factr: 3 } }))).toThrow("no option is called factr; did you mean factor?");
    expect(() => readModel(model({ double: "x" }))).toThrow('expected a number, got "x"');
    expect(() => readModel(model("doubl"))).toThrow("no layer is called doubl; did you mean double?");
  });

  it("do not take a name that is taken", () => {
    defineDouble();
    expect(defineDouble).toThrow("there is already a layer called double");
    expect(() =>
      defineLoss({
        ...{ name: "mse" },
        summary: "Mine.",
        unit: () => "none",
        options: z.strictObject({}),
        formula: () => "",
        build: (_, a) => a,
      }),
    ).toThrow("the package has a loss called mse");
    expect(() =>
      defineMetric({ name: "my metric", summary: "Mine.", unit: "none", better: "lower", build: (a) => a }),
    ).toThrow('expected a name of letters and digits, got "my metric"');
  });

  it("are transforms with a probability, schedules, metrics and kinds of models too", () => {
    const fade = defineTransform({
      name: "fade",
      summary: "darker",
      uses: ["corrupt"],
      options: z.strictObject({ by: z.number().default(0.5) }),
      shorthand: "by",
      prepare:
        ({ by }) =>
        (image) => {
          for (let i = 0; i < image.length; i++) image[i] = (image[i] as number) * by;
        },
    });
    const image = Float32Array.of(1, 0.5);
    pipeline(readTransforms([fade(0.25)], "corrupt", "corrupt"), [1, 1, 2])(image, { uniform: () => 0 } as never);
    expect([...image]).toEqual([0.25, 0.125]);
    expect(() => readTransforms([{ fade: { probability: 2 } }], "corrupt", "corrupt")).toThrow("from 0 to 1");
    expect(() => readTransforms(["fade"], "augment", "augment")).toThrow("fade is not for augment");

    const half = defineSchedule({
      name: "half",
      summary: "Half.",
      options: z.strictObject({}),
      at: (_, __, rate) => rate / 2,
    });
    expect(readSchedule(half()).schedule.name).toBe("half");
    // biome-ignore lint/suspicious/noThenProperty: the option's name
    const { options } = readSchedule({ warmUp: { steps: 2, then: "half" } });
    expect(JSON.stringify(options)).toContain('"then":{"half":{}}');

    defineMetric({
      name: "bias",
      summary: "Mean difference.",
      unit: "mean over pixels",
      better: "lower",
      build: (a) => a,
    });
    expect(readMetrics(["bias", "mse"]).map(({ name }) => name)).toEqual(["bias", "mse"]);

    const scaled = defineModel({
      name: "scaledAutoencoder",
      summary: "An autoencoder whose objective is its loss times a factor.",
      options: z.strictObject({ factor: z.number("expected a number").default(2) }),
      decodes: true,
      build: ({ factor }, { encoder, decoder }) => ({
        formula: (loss) => `${factor}·${loss}(reconstruction, target)`,
        objective(context, input, target, elementLoss) {
          const reconstruction = decoder(context, encoder(context, input));
          const loss = elementLoss(reconstruction, target);
          return {
            objective: context.graph.add(ops.linear, [loss], { scale: factor, shift: 0 }),
            parts: {},
            reconstruction,
          };
        },
      }),
    });
    const model = readModel(scaled({ input: [1, 2, 2], encoder: ["relu"], decoder: ["elu"], factor: 3 }));
    expect(model.rows.map(({ title }) => title)).toEqual(["ReLU", "ELU"]);
    expect(model.formula("mse")).toBe("3·mse(reconstruction, target)");
    expect(() => readModel({ ...model.spec, factr: 1 })).toThrow("no field is called factr; did you mean factor?");
  });

  it("are optimizers too, whose updates are ops", async () => {
    const descent = defineOptimizer({
      name: "descent",
      summary: "Gradient descent, written down by a stranger.",
      options: z.strictObject({ learningRate: z.number("expected a number").default(0.5) }),
      slots: () => [],
      scalars: (_, __, learningRate) => ({ learningRate }),
      update(_, { parameter, gradient, scalars }, addAll) {
        const { learningRate } = scalars;
        if (learningRate === undefined) throw new Error("no learning rate came");
        const [step] = addAll(ops.mul, [gradient, learningRate], {});
        const [after] = addAll(ops.sub, [parameter, step], {});
        return { parameter: after, slots: {} };
      },
    });
    expect(descent()).toBe("descent");
    expect(descent({ learningRate: 1 })).toEqual({ descent: { learningRate: 1 } });
    expect(() => readOptimizer({ descent: { rate: 1 } })).toThrow("no option is called rate");

    const decoder = ["sigmoid", { unflatten: [1, 1, 2] }];
    const model = readModel({ kind: "autoencoder", input: [1, 1, 2], encoder: ["flatten", { dense: 2 }], decoder });
    const weightsAfter = async (spec: unknown) => {
      const common = { engine: referenceEngine(), model, loss: readLoss("mse"), metrics: [], seed: 0 };
      const trainer = await openTrainer({ ...common, optimizer: readOptimizer(spec), batchSizes: [2] });
      const pixels = Float32Array.of(0, 1, 0.5, 0.25);
      const batch = { count: 2, inputs: { input: pixels, target: pixels } };
      for (const step of [1, 2, 3]) await trainer.step([batch], { step, learningRate: 0.5 });
      const { model: tensors } = await trainer.save();
      trainer.dispose();
      return Object.values(tensors).flatMap(({ data }) => Array.from(data as ArrayLike<number>));
    };
    const [own, builtIn] = [await weightsAfter(descent()), await weightsAfter("sgd")];
    expect(own).toHaveLength(6);
    for (const [i, weight] of own.entries()) expect(weight).toBeCloseTo(builtIn[i] ?? Number.NaN, 12);
  });

  it("that another thread has and this one has not, say what to do", () => {
    definitions().elsewhere.add("layer double");
    const model = { kind: "autoencoder", input: [1, 2, 2], encoder: ["double"], decoder: [] };
    expect(() => readModel(model)).toThrow(
      expect.objectContaining({
        message: "the layer double is defined in code that the training's thread does not load",
        at: "model.encoder[0]",
        hint: 'Put it into a module of its own and name that: use: ["./my-layers.mjs"].',
      }),
    );
    expect(definedHere()).toEqual([]);
  });
});

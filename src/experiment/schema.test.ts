// What experiment files may say, and the exact words for what they may not.
import { describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { experimentText, parseExperiment, settingChange } from "./document.js";

const good = `
name: small
data: mnist
model:
  kind: autoencoder
  input: [1, 28, 28]
  encoder: [flatten, { dense: 8 }]
  decoder: [{ dense: 784 }, { unflatten: [1, 28, 28] }]
loss: mse
phases:
  - { name: first, epochs: 3, batchSize: 16, optimizer: { adam: { learningRate: 0.01 } }, schedule: oneCycle }
  - { epochs: 2, augment: [{ randomRotation: [-10, 10] }] }
`;

function mistake(
  text: string,
  settings: readonly string[] = [],
): { at: string | undefined; message: string; hint: string | undefined } {
  try {
    parseExperiment(text, "bad.yaml", settings.map(settingChange));
  } catch (error) {
    if (error instanceof UserError) return { at: error.at, message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("an experiment file", () => {
  it("becomes complete: defaults are filled in and a phase takes what it does not say from the one before", () => {
    const experiment = parseExperiment(good, "good.yaml");
    expect(experiment).toMatchObject({
      version: 1,
      seed: 0,
      evaluationSeed: 0,
      metrics: ["mse"],
      checkpointEvery: 1,
      evaluateTrain: false,
    });
    const [first, second] = experiment.phases;
    expect(second).toEqual({
      ...first,
      name: "phase-2",
      epochs: 2,
      augment: [{ randomRotation: { degrees: [-10, 10], interpolation: "nearest", fill: 0, probability: 1 } }],
    });
    // Options of collections come complete as well: Adam's by PyTorch's defaults.
    expect(first?.optimizer).toEqual({ adam: { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } });
  });

  it("written out and read again is the same experiment", () => {
    const experiment = parseExperiment(good, "good.yaml");
    expect(parseExperiment(experimentText(experiment), "experiment.yaml")).toEqual(experiment);
  });

  it("hands a phase's sample on to the next until one says otherwise", () => {
    const phases = "[{ epochs: 1, sample: { images: 0.5 } }, { epochs: 1 }, { epochs: 1, sample: {} }]";
    const experiment = parseExperiment(`${good.slice(0, good.indexOf("phases:"))}phases: ${phases}`, "good.yaml");
    expect(experiment.phases.map(({ sample }) => sample)).toEqual([{ images: 0.5 }, { images: 0.5 }, {}]);
  });
});

describe("a mistake in an experiment file is named with its path:", () => {
  it("negative epochs", () => {
    expect(mistake(good.replace("epochs: 3", "epochs: -3"))).toMatchObject({
      at: "bad.yaml: phases[0].epochs",
      message: "expected a positive whole number, got -3",
    });
  });
  it("an optimizer's option", () => {
    expect(mistake(good.replace("0.01", "fast"))).toMatchObject({
      at: "bad.yaml: phases[0].optimizer.adam.learningRate",
      message: 'expected a positive number, got "fast"',
    });
  });
  it("an unknown field, with the nearest one", () => {
    expect(mistake(good.replace("loss:", "los:"))).toMatchObject({
      at: "bad.yaml",
      message: "no option is called los; did you mean loss?",
    });
    expect(mistake(good.replace("epochs: 3", "epoch: 3"))).toMatchObject({
      at: "bad.yaml: phases[0]",
      message: "no option is called epoch; did you mean epochs?",
    });
  });
  it("a missing field", () => {
    expect(mistake(good.replace("loss: mse", ""))).toMatchObject({
      at: "bad.yaml: loss",
      message: "expected the name of a loss, or its name with its options",
    });
    expect(mistake(good.replace("epochs: 3, ", ""))).toMatchObject({
      at: "bad.yaml: phases[0].epochs",
      message: "expected a positive whole number, got nothing",
    });
  });
  it("a layer that does not exist", () => {
    expect(mistake(good.replace("[flatten,", "[flaten,"))).toMatchObject({
      at: "bad.yaml: model.encoder[0]",
      message: "no layer is called flaten; did you mean flatten?",
    });
  });
  it("a transform that does not exist, and a transform's option", () => {
    expect(mistake(good.replace("randomRotation", "randomRotatoin"))).toMatchObject({
      at: "bad.yaml: phases[1].augment[0]",
      message: "no transform is called randomRotatoin; did you mean randomRotation?",
    });
    expect(mistake(good.replace("randomRotation: [-10, 10]", "randomPerspective: { distortion: 3 }")).at).toBe(
      "bad.yaml: phases[1].augment[0].randomPerspective.distortion",
    );
  });
  it("a sample that is none", () => {
    expect(mistake(good.replace("epochs: 3,", "epochs: 3, sample: { images: 1.5 },"))).toMatchObject({
      at: "bad.yaml: phases[0].sample.images",
      message: "expected a whole number of images, or a part of them below 1",
    });
  });
  it("an unknown data source", () => {
    expect(mistake(good.replace("data: mnist", "data: mnits")).at).toBe("bad.yaml: data");
  });
  it("what is no experiment at all", () => {
    const what = "is not an experiment: expected a mapping with name, data, model, loss and phases, got";
    expect(mistake("- 1\n- 2\n")).toMatchObject({ at: "bad.yaml", message: `${what} a list` });
    expect(mistake("hello")).toMatchObject({ at: "bad.yaml", message: `${what} "hello"` });
    expect(mistake("")).toMatchObject({ at: "bad.yaml", message: `${what} nothing` });
  });
  it("broken YAML, with line and column", () => {
    const { at, message } = mistake("name: small\nphases: [1, 2\nloss: mse\n");
    expect(at).toMatch(/^bad\.yaml:[23]:\d+$/);
    expect(message).toMatch(/^is not valid YAML: \S/);
    expect(message).not.toMatch(/line/);
  });
  it("aliases without an anchor, in a circle, and too many of them", () => {
    const read = (text: string): unknown => parseExperiment(text, "my.yaml");
    expect(() => read("name: *gone")).toThrow("is not valid YAML: Unresolved alias");
    expect(() => read("name: &here [*here, *here]")).toThrow("is nested deeper than 100 lists and mappings");
    const doubled = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`).slice(1);
    expect(() => read(["a0: &a0 [1, 1]", ...doubled].join("\n"))).toThrow("is not valid YAML: Excessive alias count");
    const list = `a: &a [${"1,".repeat(5000)}]\nb: [${"*a,".repeat(50)}]`;
    expect(() => read(list)).toThrow("grows beyond 200,000 values by its aliases");
  });

  it("what is too long or nested too deeply to be an experiment, at once", () => {
    const read = (text: string): unknown => parseExperiment(text, "my.yaml");
    expect(() => read(" ".repeat(2 ** 18 + 1))).toThrow(
      "has 262,145 characters; an experiment may have at most 262,144",
    );
    for (const nest of ["[", "{? ", "- ", "? ", "- &x ", "- !t "]) {
      expect(() => read(nest.repeat(2 ** 18 / nest.length))).toThrow("is nested deeper than 100 lists and mappings");
    }
    const stairs = Array.from({ length: 400 }, (_, i) => `${" ".repeat(i)}a:`).join("\n");
    expect(() => read(stairs)).toThrow("is nested deeper than 100 lists and mappings");
  });

  it("slots that cannot be carried to another optimizer", () => {
    const text = good.replace(
      "{ epochs: 2,",
      "{ epochs: 2, carryOptimizer: true, optimizer: { sgd: { learningRate: 0.1 } },",
    );
    expect(mistake(text)).toMatchObject({
      at: "bad.yaml: phases[1].carryOptimizer",
      message: "expected the optimizer of the phase before (adam), got sgd: its slots can't be carried over",
    });
  });
  it("a seed that is no seed, and a name that could not be a folder's", () => {
    expect(mistake(`${good}seed: -1\n`)).toMatchObject({
      at: "bad.yaml: seed",
      message: "expected a whole number from 0 to 4294967295, got -1",
    });
    expect(mistake(good.replace("name: small", "name: ../up"))).toMatchObject({
      at: "bad.yaml: name",
      message: 'expected a name of at most 100 letters, digits, dots, dashes and underscores, got "../up"',
    });
    expect(mistake(good.replace("name: small", `name: ${"n".repeat(101)}`))).toMatchObject({ at: "bad.yaml: name" });
  });
});

describe("--set", () => {
  const change = (...settings: string[]) => parseExperiment(good, "good.yaml", settings.map(settingChange));

  it("changes a field before phases take it from the one before", () => {
    expect(change("phases.0.batchSize=128").phases.map(({ batchSize }) => batchSize)).toEqual([128, 128]);
    expect(change("phases[1].batchSize=8").phases.map(({ batchSize }) => batchSize)).toEqual([16, 8]);
  });
  it("takes any YAML as value, and options of a bare name", () => {
    expect(change("phases.0.optimizer={ sgd: { learningRate: 0.1 } }").phases[0]?.optimizer).toMatchObject({
      sgd: { learningRate: 0.1, momentum: 0 },
    });
    expect(change("phases.0.schedule.oneCycle.warmUpFraction=0.1").phases[0]?.schedule).toMatchObject({
      oneCycle: { warmUpFraction: 0.1 },
    });
    expect(change("model.encoder.1.dense=16").model.encoder[1]).toEqual({ dense: 16 });
    expect(change("data=mnist", "data.limit.train=64").data).toEqual({ source: "mnist", limit: { train: 64 } });
  });
  it("finds nothing under the names that every object of JavaScript has", () => {
    for (const name of ["constructor.prototype", "__proto__.name", "toString.name"]) {
      expect(() => change(`${name}=3`)).toThrow(`there is no ${name.split(".")[0]}`);
    }
  });

  it("is named in errors about what it set", () => {
    expect(mistake(good, ["phases.0.epochs=-3"])).toMatchObject({
      at: "--set phases.0.epochs=-3",
      message: "expected a positive whole number, got -3",
    });
    expect(mistake(good, ["phases.7.epochs=3"])).toMatchObject({
      at: "--set phases.7.epochs=3",
      message: "phases is a list of 2 entries, counted from 0; 7 is none of them",
    });
    expect(mistake(good, ["phase.0.epochs=3"])).toMatchObject({
      at: "--set phase.0.epochs=3",
      message: "there is no phase; did you mean phases?",
    });
    expect(mistake(good, ["epochs"])).toMatchObject({ at: "--set epochs", message: "expected PATH=VALUE" });
    expect(mistake(good, ["name.first=3"])).toMatchObject({
      at: "--set name.first=3",
      message: 'name is "small" and has nothing inside',
    });
    expect(mistake(good, ["phases.0.epoch=3"])).toMatchObject({
      at: "--set phases.0.epoch=3",
      message: "no option is called epoch; did you mean epochs?",
    });
  });
});

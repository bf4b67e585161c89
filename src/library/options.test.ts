import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { optionTypesFile, optionTypesText } from "../../scripts/optionTypes.js";
import { layers as layerEntries } from "../nn/layers/index.js";
import { models, readModel } from "../nn/models/index.js";
import { optionNames } from "../schema/read.js";
import {
  autoencoder,
  models as builders,
  classifier,
  layers,
  sparseAutoencoder,
  supervisedAutoencoder,
  variationalAutoencoder,
} from "./builders.js";
import { layerNames, modelKinds } from "./options.js";
import { type Editor, openEditor } from "./testing/editor.js";

describe("the option types", () => {
  it("are up to date: npm run builders writes what is there", () => {
    expect(readFileSync(optionTypesFile, "utf8")).toBe(optionTypesText());
    expect(layerNames).toEqual(Object.keys(layerEntries));
  });
});

describe("builders", () => {
  it("give the data that a file has", () => {
    expect(layers.conv2d({ channels: 16, kernel: 3, padding: 1 })).toEqual({
      conv2d: { channels: 16, kernel: 3, padding: 1 },
    });
    expect(layers.maxPool2d(2)).toEqual({ maxPool2d: 2 });
    expect(layers.elu()).toBe("elu");
  });

  const shape = { input: [1, 2, 2] as const, encoder: [layers.flatten(), layers.dense(3)] };
  const decoder = [layers.dense(4), layers.unflatten([1, 2, 2])];
  it.each([
    [autoencoder({ ...shape, decoder })],
    [variationalAutoencoder({ ...shape, decoder, code: 2, beta: { steps: 10 }, freeBits: 0.1 })],
    [supervisedAutoencoder({ ...shape, decoder, classes: 2, supervision: 0.5 })],
    [sparseAutoencoder({ ...shape, decoder, sparsity: 0.1 })],
    [classifier(shape)],
  ])("make every field of a kind of model that its reader knows", (model) => {
    expect(readModel(model).spec.kind).toBe(model.kind);
    const { options, decodes } = models[model.kind];
    const fields = ["kind", "input", "encoder", ...(decodes ? ["decoder"] : []), ...optionNames(options)];
    expect(Object.keys(model).sort()).toEqual(fields.sort());
  });

  it("are there for every kind of model, by themselves too", async () => {
    expect(modelKinds).toEqual(Object.keys(models));
    const all: object = await import("./builders.js");
    for (const kind of modelKinds) expect(Reflect.get(all, kind)).toBe(builders[kind]);
  });
});

describe("an editor", () => {
  let editor: Editor;
  beforeAll(() => {
    editor = openEditor();
  });
  const imports = 'import { autoencoder, evaluate, images, layers, sparseAutoencoder, train } from "isthmus";\n';
  const model = `const model = autoencoder({ encoder: [layers.flatten()], decoder: [layers.unflatten([1, 8, 8])] });
const pictures = images(new Uint8Array(640), { shape: [1, 8, 8] });\n`;

  it("finds nothing in what is right", () => {
    const code = `${imports}${model}
train(model, pictures, { loss: "mse", optimizer: { adam: { learningRate: 1e-3 } }, schedule: "oneCycle", epochs: 5,
  augment: [{ randomRotation: [-10, 10] }, "flip"], corrupt: [{ gaussianNoise: 0.2 }], metrics: ["ssim"] });
train("mnist-conv", { epochs: 3 });
train("mnist-conv", "fashion-mnist", { epochs: 3 });
train({ name: "mine", data: "mnist", model, loss: { huber: 0.5 }, phases: [{ epochs: 1 }, { optimizer: "sgd" }] });`;
    expect(editor.underlined(code)).toEqual([]);
  });

  it.each([
    ["a layer's option", "layers.conv2d({ chanels: 16, kernel: 3 });", "chanels", "Did you mean to write 'channels'?"],
    ["a layer's value", "layers.conv2d({ channels: 16, kernel: true });", "kernel", "not assignable"],
    ["a bare value", 'layers.maxPool2d("2");', '"2"', "not assignable"],
    ["options of what takes none", "layers.relu({});", "{}", "Expected 0 arguments"],
    ["a layer's name", 'autoencoder({ encoder: ["eluu"], decoder: [] });', '"eluu"', "Did you mean '\"elu\"'?"],
    [
      "a layer as data",
      "autoencoder({ encoder: [{ conv2d: { channels: 1, kernel: 3, pading: 1 } }], decoder: [] });",
      "pading",
      "Did you mean to write 'padding'?",
    ],
    ["a model's field", "autoencoder({ encoder: [], decoder: [], code: 3 });", "code", "does not exist"],
    [
      "a kind's own option",
      "sparseAutoencoder({ encoder: [], decoder: [], sparsty: 1 });",
      "sparsty",
      "Did you mean to write 'sparsity'?",
    ],
    [
      "an optimizer's option",
      'train(model, pictures, { loss: "mse", optimizer: { adam: { learningRat: 1 } } });',
      "learningRat",
      "Did you mean to write 'learningRate'?",
    ],
    [
      "a transform's option",
      'train(model, pictures, { loss: "mse", corrupt: [{ gaussianNoise: { sigm: 1 } }] });',
      "sigm",
      "Did you mean to write 'sigma'?",
    ],
    ["a schedule's option", "train(model, pictures, { schedule: { step: { evry: 3 } } });", "evry", "'every'"],
    ["a setting", 'train(model, pictures, { loss: "mse", epoch: 3 });', "epoch", "'epochs'"],
    ["a task's option", 'evaluate({ run: "runs/1", chekpoint: "best" });', "chekpoint", "'checkpoint'"],
    ["pixels", 'images("mnist", { shape: [1, 8, 8] });', '"mnist"', "not assignable"],
  ])("underlines what is wrong: %s", (_, line, text, message) => {
    const found = editor.underlined(`${imports}${model}${line}`);
    // Where several forms of a call are tried, the compiler names the mistake of the last one.
    expect(found.map((one) => one.text)).toContain(text);
    expect(found.map((one) => one.message).join("\n")).toContain(message);
  });

  it.each([
    [
      "layers.conv2d({ channels: 16, kernel: 3, padding: 1 });",
      "padding: 1",
      "zeros around the input, in pixels; same",
    ],
    ["sparseAutoencoder({ encoder: [], decoder: [], sparsity: 1 });", "sparsity: 1", "weight of the code's L1 norm"],
    ["sparseAutoencoder({ encoder: [], decoder: [] });", "sparseAutoencoder({", "is held small in the L1 norm"],
    ["layers.elu({ alpha: 1 });", "alpha", "what the output approaches, negated, far below 0 (default 1)"],
    [
      'train(model, pictures, { loss: "mse", optimizer: { adam: { beta1: 0.9 } } });',
      "beta1",
      "how slowly the mean of",
    ],
    ['train(model, pictures, { loss: "mse", accumulate: 2 });', "accumulate", "batches whose gradients are averaged"],
    ['train(model, pictures, { loss: "mse", folder: "runs" });', "folder", "folder that a run folder is made in"],
    [
      "images(new Uint8Array(64), { shape: [1, 8, 8], test: 0.2 });",
      "test: 0.2",
      "the share of these that is held back",
    ],
  ])("shows on hovering over an option its sentence: %s", (line, word, sentence) => {
    expect(editor.hover(`${imports}${model}${line}`, word).documentation).toContain(sentence);
  });
});

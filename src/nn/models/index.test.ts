import { describe, expect, it } from "vitest";
import { layer } from "../layers/index.js";
import { thrownBy } from "../testing/evaluate.js";
import { mnistConv } from "../testing/networks.js";
import { kindText, model, models, readModel } from "./index.js";

describe("readModel", () => {
  it("finds the shapes, parameters and buffers of mnist-conv", () => {
    const model = readModel(mnistConv);
    expect(model.inputShape).toEqual([1, 28, 28]);
    expect(model.codeShape).toEqual([128]);
    expect(model.parameters.slice(0, 4).map(({ name }) => name)).toEqual([
      "encoder.0.weight",
      "encoder.0.bias",
      "encoder.1.weight",
      "encoder.1.bias",
    ]);
    // Flatten is in the encoder and Unflatten in the decoder: the decoder's first parameters are at 1.
    expect(model.parameters.find(({ name }) => name.startsWith("decoder"))?.name).toBe("decoder.1.weight");
    // Six batch norms of three buffers.
    expect(model.buffers).toHaveLength(18);
    expect(model.buffers[2]).toMatchObject({ name: "encoder.1.num_batches_tracked", written: "int64" });
    expect(model.formula("mse")).toBe("mse(reconstruction, target)");
  });

  it("makes the same model of data and of code", () => {
    const input = [1, 4, 4];
    const fromData = readModel({
      kind: "autoencoder",
      input,
      encoder: ["flatten", { dense: { units: 3 } }],
      decoder: [{ dense: { units: 16 } }, { unflatten: [1, 4, 4] }],
    });
    const fromCode = model.autoencoder({
      input,
      encoder: [layer.flatten(), layer.dense({ units: 3 })],
      decoder: [layer.dense({ units: 16 }), layer.unflatten([1, 4, 4])],
    });
    expect(fromCode.spec).toEqual({ ...fromData.spec, decoder: fromCode.spec.decoder });
    expect(fromCode.parameters).toEqual(fromData.parameters);
    expect(fromCode.rows).toEqual(fromData.rows);
  });

  it("reads each kind's own options, in code as in data, and has a decoder where the kind has one", () => {
    const parts = { input: [1, 2, 2], encoder: ["flatten", { dense: 2 }] };
    const decoder = [{ dense: 4 }, { unflatten: [1, 2, 2] }];
    const made = {
      autoencoder: model.autoencoder({ ...parts, decoder }),
      variationalAutoencoder: model.variationalAutoencoder({ ...parts, decoder, code: 2, beta: { steps: 3 } }),
      supervisedAutoencoder: model.supervisedAutoencoder({ ...parts, decoder, classes: 3 }),
      sparseAutoencoder: model.sparseAutoencoder({ ...parts, decoder, sparsity: 0.2 }),
      classifier: model.classifier(parts),
    };
    expect(Object.keys(models)).toEqual(expect.arrayContaining(Object.keys(made)));
    for (const [kind, { spec, decode }] of Object.entries(made)) {
      expect(spec.kind).toBe(kind);
      expect(readModel(spec).spec).toEqual(spec);
      expect(decode === undefined).toBe(kind === "classifier");
    }
    expect(Object.keys(made).map(kindText)).toEqual([
      "an autoencoder",
      "a variational autoencoder",
      "a supervised autoencoder",
      "a sparse autoencoder",
      "a classifier",
    ]);
    expect(thrownBy(() => model.sparseAutoencoder({ ...parts, decoder, sparsity: -1 }))).toMatchObject({
      at: "model.sparsity",
    });
  });

  it("names the layer whose kernel does not fit", () => {
    const encoder = [{ maxPool2d: 2 }, { conv2d: { channels: 4, kernel: 5 } }];
    expect(
      thrownBy(() => readModel({ kind: "autoencoder", input: [1, 6, 6], encoder, decoder: ["elu"] })),
    ).toMatchObject({ at: "encoder[1] conv2d", message: "kernel 5 does not fit an input of 3×3" });
  });

  it("refuses a decoder that does not give the input's shape, and says where to look", () => {
    const encoder = ["elu"];
    const decoder = ["elu", { convTranspose2d: { channels: 1, kernel: 3 } }];
    expect(thrownBy(() => readModel({ kind: "autoencoder", input: [1, 28, 28], encoder, decoder }))).toEqual({
      at: "model.decoder",
      message: "decoder gives 1×30×30, the input is 1×28×28",
      hint: "The decoder goes from the code 1×28×28 through 1×28×28, 1×30×30: look where it leaves the way, at kernel, padding, scale and channels.",
    });
  });

  it("says what is wrong with a model's own fields", () => {
    const good = { kind: "autoencoder", input: [1, 4, 4], encoder: ["elu"], decoder: ["elu"] };
    expect(thrownBy(() => readModel({ ...good, kind: "autoencodr" }))).toEqual({
      at: "model.kind",
      message: "no kind of model is called autoencodr; did you mean autoencoder?",
      hint: `There are: ${Object.keys(models).join(", ")}.`,
    });
    expect(thrownBy(() => readModel({ ...good, encodr: [] }))).toMatchObject({
      at: "model",
      message: "no field is called encodr; did you mean encoder?",
    });
    expect(thrownBy(() => readModel({ ...good, input: [28, 28] }))).toMatchObject({
      at: "model.input",
      message: "expected a shape [channel, height, width], got [28,28]",
    });
    expect(thrownBy(() => readModel({ ...good, encoder: undefined }))).toMatchObject({
      at: "model.encoder",
      message: "expected a list of layers, got nothing",
    });
    expect(thrownBy(() => readModel("mnist"))).toMatchObject({
      message: 'expected a model with kind, input, encoder, decoder, got "mnist"',
    });
    expect(thrownBy(() => readModel({ ...good, decoder: ["elu", "eluu"] }))).toMatchObject({
      at: "model.decoder[1]",
      message: "no layer is called eluu; did you mean elu?",
    });
  });
});

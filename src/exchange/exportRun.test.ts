// Exported files against the reference engine, which computes in float64; ONNX Runtime computes in float32.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import type { StateEntry } from "../engines/engine.js";
import { openEngine } from "../engines/index.js";
import { decodeOnnx } from "../formats/onnx.js";
import { decodeSafetensors } from "../formats/safetensors.js";
import { type Decoding, pictureModel } from "../inference/index.js";
import { decodeProgram, encodeProgram, type Model, modelState, readModel } from "../nn/index.js";
import { diskFileSystem } from "../runs/index.js";
import { sizeOf } from "../tensor/index.js";
import { modelMetadata, readModelMetadata } from "../training/metadata.js";
import { checkedImages, type ExportedModel, exportOnnx, exportSafetensors } from "./exportRun.js";
import { openOnnx } from "./onnxModel.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

/** First weights, and buffers as they are after some steps: a mean that is not 0, a variance that is not 1. */
function stateOf(model: Model): readonly StateEntry[] {
  const draw = randomSequence(3, "sample", 0, 1);
  return modelState(model, 5).map((entry) =>
    entry.kind === "parameter"
      ? entry
      : { ...entry, values: Float32Array.from({ length: sizeOf(entry.shape) }, () => 0.5 + draw.uniform()) },
  );
}

async function exportedModel(model: Model): Promise<ExportedModel & Pick<Decoding, "decode">> {
  const state = stateOf(model);
  const session = await (await openEngine("reference")).open(state);
  const run = async (program: ReturnType<typeof encodeProgram>, name: string, values: Float32Array) => {
    const found = await (await session.compile(program)).run({ [name]: values });
    return Float32Array.from(Object.values(found)[0] ?? []);
  };
  return {
    model,
    state,
    encode: (images) => run(encodeProgram(model, images.length / sizeOf(model.inputShape)), "input", images),
    decode: (codes) => run(decodeProgram(model, codes.length / sizeOf(model.codeShape)), "code", codes),
  };
}

function optionsFor(model: Model) {
  const metadata = modelMetadata(model, { isthmus: "1.2.3", brightness: { brightness: 0.1, edgeBrightness: 0 } });
  return { files: diskFileSystem, folder: join(folder, String(++count)), name: "small", isthmus: "1.2.3", metadata };
}

function pictures(model: Model): Float32Array {
  const draw = randomSequence(1, "sample", 0, 0);
  return Float32Array.from({ length: checkedImages * sizeOf(model.inputShape) }, () => draw.uniform());
}

const convolutional = readModel({
  kind: "autoencoder",
  input: [1, 12, 12],
  encoder: [
    { conv2d: { channels: 4, kernel: 3, padding: 1 } },
    "batchNorm2d",
    { maxPool2d: 2 },
    "elu",
    { conv2d: { channels: 6, kernel: 3, stride: 2, padding: 1 } },
    { dropout: 0.5 },
    { conv2d: { channels: 8, kernel: 3 } },
    "flatten",
  ],
  decoder: [
    { unflatten: [8, 1, 1] },
    { convTranspose2d: { channels: 6, kernel: 3 } },
    "upsample",
    "batchNorm2d",
    { convTranspose2d: { channels: 4, kernel: 3, stride: 2, padding: 1, outputPadding: 1 } },
    { convTranspose2d: { channels: 1, kernel: 3, padding: 1 } },
    "sigmoid",
  ],
});
const variational = readModel({
  kind: "variationalAutoencoder",
  input: [1, 4, 4],
  code: 3,
  encoder: ["flatten", { dense: 8 }, "relu"],
  decoder: [{ dense: 16 }, { unflatten: [1, 4, 4] }],
});
/** Every layer whose shapes in ONNX speak of the batch, and those of many nodes. */
const unusual = readModel({
  kind: "autoencoder",
  input: [3, 8, 8],
  encoder: [
    { conv2d: { channels: 8, kernel: 3, padding: 1 } },
    { groupNorm: 2 },
    "gelu",
    "instanceNorm",
    { residual: [{ conv2d: { channels: 16, kernel: 3, stride: 2, padding: 1 } }, { layerNorm: { axes: 3 } }] },
    "silu",
    "mish",
    { avgPool2d: 2 },
    { gaussianNoise: 0.3 },
    "softplus",
    { adaptiveAvgPool2d: [2, 2] },
    "globalAveragePool2d",
    "flatten",
    "batchNorm1d",
    { dense: 6 },
    { layerNorm: { axes: 1 } },
    "softmax",
  ],
  decoder: [
    { dense: 48 },
    "selu",
    { unflatten: [12, 2, 2] },
    "pixelShuffle",
    { upsample: { mode: "bilinear", scale: 2 } },
    { convTranspose2d: { channels: 3, kernel: 3, dilation: 2, padding: 2, outputPadding: 1 } },
    { conv2d: { channels: 3, kernel: 2 } },
  ],
});
/** Seven of its pictures have more numbers than a call can take arguments. */
const large = readModel({ kind: "autoencoder", input: [3, 128, 128], encoder: ["elu"], decoder: ["tanh"] });
/** Enlarging 7×7 pays, by what foldUpsampling knows, from three images on, and not for two. */
const enlarging = readModel({
  kind: "autoencoder",
  input: [1, 14, 14],
  encoder: ["flatten", { dense: 49 }],
  decoder: [{ unflatten: [1, 7, 7] }, "relu", "upsample", { conv2d: { channels: 1, kernel: 3, padding: 1 } }],
});
const deep = { convolutional, variational, unusual, large, enlarging };

describe("ONNX files", () => {
  it.each(Object.entries(deep))(
    "of a %s model give what the reference gives, at 1, 3 and 7 images",
    async (_, model) => {
      const options = optionsFor(model);
      const { files, check, unchecked } = await exportOnnx(await exportedModel(model), pictures(model), options);
      expect(files).toEqual(["encoder.onnx", "decoder.onnx"].map((name) => join(options.folder, name)));
      expect(unchecked).toBeUndefined();
      expect(check?.batchSizes).toEqual([1, 3, 7]);
      // Sums of at most a few hundred products in float32, of size about 1: far below 1e-5.
      for (const name of ["encoder.onnx", "decoder.onnx"]) expect(check?.largestDifference[name]).toBeLessThan(1e-5);
      expect(readdirSync(options.folder).sort()).toEqual(["decoder.onnx", "encoder.onnx"]);
    },
  );

  it("are plain graphs: one operator for each layer, named inputs and outputs, any batch", async () => {
    const options = optionsFor(convolutional);
    await exportOnnx(await exportedModel(convolutional), pictures(convolutional), options);
    const read = (name: string) => decodeOnnx(readFileSync(join(options.folder, name)), name);
    const [encoder, decoder] = [read("encoder.onnx"), read("decoder.onnx")];
    expect(encoder.graph.nodes.map(({ operator }) => operator)).toEqual([
      "Conv",
      "BatchNormalization",
      "MaxPool",
      "Elu",
      "Conv",
      "Conv",
      "Reshape",
    ]);
    expect(decoder.graph.nodes.map(({ operator }) => operator)).toEqual([
      "Reshape",
      "ConvTranspose",
      "Resize",
      "BatchNormalization",
      "ConvTranspose",
      "ConvTranspose",
      "Sigmoid",
    ]);
    const ports = ({ graph }: typeof encoder) =>
      [...graph.inputs, ...graph.outputs].map(({ name, shape }) => [name, ...shape]);
    expect(ports(encoder)).toEqual([
      ["input", "batch", 1, 12, 12],
      ["code", "batch", 8],
    ]);
    expect(ports(decoder)).toEqual([
      ["code", "batch", 8],
      ["reconstruction", "batch", 1, 12, 12],
    ]);
    expect(encoder.graph.initializers.map(({ name }) => name)).toContain("encoder.1.running_var");
  });

  it("say what they are: model, preprocessing, code, version, part, weights", async () => {
    const options = optionsFor(convolutional);
    await exportOnnx(await exportedModel(convolutional), pictures(convolutional), options);
    const read = (name: string) => decodeOnnx(readFileSync(join(options.folder, name)), name).metadata ?? {};
    const encoder = read("encoder.onnx");
    expect(encoder).toMatchObject({ isthmus: "1.2.3", part: "encoder", codeShape: "[8]" });
    expect(encoder.weights).toMatch(/^[0-9a-f]{16}$/);
    expect(read("decoder.onnx")).toMatchObject({ part: "decoder", weights: encoder.weights });
    const { model, preprocessing, codeShape } = readModelMetadata(encoder);
    expect(readModel(model).codeShape).toEqual([8]);
    expect(codeShape).toEqual([8]);
    expect(preprocessing).toMatchObject({ channels: 1, size: [12, 12], fit: "cover", brightness: 0.1 });
  });

  it("of a variational model give mean and log-variance too", async () => {
    const options = optionsFor(variational);
    const exported = await exportedModel(variational);
    const images = pictures(variational);
    await exportOnnx(exported, images, options);
    const path = join(options.folder, "encoder.onnx");
    const onnx = await openOnnx(readFileSync(path), path);
    const found = await onnx.run(2, images.slice(0, 32));
    onnx.dispose();
    expect(Object.keys(found).sort()).toEqual(["code", "logVariance", "mean"]);
    expect(found.mean).toEqual(found.code);
    expect(found.logVariance?.length).toBe(6);
    expect(found.logVariance).not.toEqual(found.mean);
  });

  it("give pixels where the training's loss was one of logits", async () => {
    const linear = readModel({
      kind: "autoencoder",
      input: [1, 2, 2],
      encoder: ["flatten", { dense: 2 }],
      decoder: [{ dense: 4 }, { unflatten: [1, 2, 2] }],
    });
    const logits = await (await exportedModel(linear)).decode(Float32Array.of(3, -5));
    for (const loss of ["bceWithLogits", { sum: [{ loss: { bceWithLogits: {} } }, { loss: "ssim" }] }]) {
      const pixels = await (await exportedModel(pictureModel(linear, loss))).decode(Float32Array.of(3, -5));
      for (const [i, pixel] of pixels.entries()) expect(pixel).toBeCloseTo(1 / (1 + Math.exp(-(logits[i] ?? 0))), 6);
    }
    expect(pictureModel(linear, "mse")).toBe(linear);
  });

  it("that compute something else are not kept, and the file before stays", async () => {
    const options = optionsFor(variational);
    const exported = await exportedModel(variational);
    await exportOnnx(exported, pictures(variational), options);
    const before = readFileSync(join(options.folder, "encoder.onnx"));
    const wrong: ExportedModel = {
      ...exported,
      encode: async (images) => (await exported.encode(images)).map((value) => value + 0.01),
    };
    await expect(exportOnnx(wrong, pictures(variational), options)).rejects.toThrow(
      /encoder\.onnx gives .* was not kept/,
    );
    expect(readFileSync(join(options.folder, "encoder.onnx")).equals(before)).toBe(true);
    expect(readdirSync(options.folder).sort()).toEqual(["decoder.onnx", "encoder.onnx"]);
  });

  it("are kept unchecked where ONNX Runtime is not there", async () => {
    const options = optionsFor(variational);
    const why = "ONNX Runtime could not be loaded: neither package.";
    const { files, check, unchecked } = await exportOnnx(await exportedModel(variational), pictures(variational), {
      ...options,
      loadRuntime: () => Promise.reject(new UserError(why)),
    });
    expect([files.length, check, unchecked]).toEqual([2, undefined, why]);
  });

  it("in a place that cannot be written say so", async () => {
    const options = optionsFor(variational);
    const blocked = join(folder, "file");
    writeFileSync(blocked, "");
    await expect(
      exportOnnx(await exportedModel(variational), pictures(variational), { ...options, folder: join(blocked, "x") }),
    ).rejects.toThrow("can't be written: a part of the path is not a folder");
  });
});

describe("a safetensors file", () => {
  it("has the weights under PyTorch's names, and the metadata", async () => {
    const options = optionsFor(convolutional);
    const state = stateOf(convolutional);
    const { files } = await exportSafetensors({ model: convolutional, state }, options);
    const { tensors, metadata } = decodeSafetensors(readFileSync(files[0] ?? ""), "file");
    expect(tensors["encoder.0.weight"]?.shape).toEqual([4, 1, 3, 3]);
    expect(tensors["encoder.1.running_mean"]?.data).toEqual(
      state.find(({ name }) => name === "encoder.1.running_mean")?.values,
    );
    // PyTorch counts batches in whole numbers.
    expect(tensors["encoder.1.num_batches_tracked"]?.dtype).toBe("I64");
    expect(metadata?.isthmus).toBe("1.2.3");
  });
});

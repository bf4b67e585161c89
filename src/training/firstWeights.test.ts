// Weights that begin as principal components.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import type { ImageSet } from "../data/define.js";
import { fitPca, pcaReconstructor, regressOnComponents } from "../data/principalComponents/pca.js";
import { referenceEngine } from "../engines/reference/index.js";
import { checkExperiment, experimentModel } from "../experiment/resolved.js";
import { encodeSafetensors } from "../formats/safetensors.js";
import { modelState, reconstructProgram } from "../nn/programs.js";
import { pixelFromUnit, unitFromPixels } from "../pixels/index.js";
import { pipeline, readTransforms } from "../pixels/transforms/index.js";
import { diskFileSystem } from "../runs/index.js";
import { firstWeights } from "./firstWeights.js";

const files = diskFileSystem;
const count = 30;
const random = randomSequence(3, "sample", 0, 0);
const set: ImageSet = {
  count,
  shape: [1, 4, 5],
  pixels: Uint8Array.from({ length: count * 20 }, () => random.below(256)),
  indices: Uint32Array.from({ length: count }, (_, i) => i),
};
const experiment = (more: object = {}) =>
  checkExperiment({
    name: "linear",
    data: "mnist",
    initialise: "principalComponents",
    model: {
      kind: "autoencoder",
      input: [1, 4, 5],
      encoder: ["flatten", { dense: 6 }],
      decoder: [{ dense: 20 }, { unflatten: [1, 4, 5] }],
    },
    loss: "mse",
    phases: [{ epochs: 1, batchSize: 10 }],
    ...more,
  });

describe("first weights from principal components", () => {
  it("make a linear autoencoder reconstruct as PCA does, from codes of variance 1", async () => {
    const engine = referenceEngine();
    const model = experimentModel(experiment());
    const tensors = (await firstWeights({ experiment: experiment(), model, set, engine, files })) ?? {};
    const session = await engine.open(
      modelState(model, 0).map((entry) => ({ ...entry, values: tensors[entry.name]?.data as Float32Array })),
    );
    const input = unitFromPixels(set.pixels as Uint8Array);
    const outputs = await (await session.compile(reconstructProgram(model, count))).run({ input });
    const pca = await fitPca(engine, set, 6);
    const expected = await (await pcaReconstructor(engine, pca)).reconstruct(input);
    // float32 weights of size 1 or so, sums of 20 terms.
    expected.forEach((value, i) => {
      expect(Math.abs((outputs.reconstruction?.[i] ?? 0) - value)).toBeLessThan(2e-5);
    });
    const code = outputs.code ?? [];
    for (let unit = 0; unit < 6; unit++) {
      let squares = 0;
      for (let i = 0; i < count; i++) squares += (code[i * 6 + unit] ?? 0) ** 2;
      expect(squares / count).toBeCloseTo(1, 3);
    }
    session.dispose();
  });

  it("are fitted to the images as the first phase augments them", async () => {
    const engine = referenceEngine();
    const phases = [{ epochs: 1, batchSize: 10, augment: [{ flip: { direction: "horizontal", probability: 1 } }] }];
    const flipped = experiment({ phases });
    const model = experimentModel(flipped);
    const mean =
      (await firstWeights({ experiment: flipped, model, set, engine, files }))?.["decoder.0.bias"]?.data ?? [];
    const plain = (await fitPca(engine, set, 6)).mean;
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 5; x++) expect(mean[y * 5 + x]).toBeCloseTo(plain[y * 5 + 4 - x] ?? Number.NaN, 6);
    }
  });

  it("make a deep autoencoder with activations begin as the linear one, from inputs that are corrupted", async () => {
    const engine = referenceEngine();
    const corrupt = [{ gaussianNoise: { sigma: 0.2 } }];
    const deep = experiment({
      phases: [{ epochs: 1, batchSize: 10, corrupt }],
      model: {
        kind: "autoencoder",
        input: [1, 4, 5],
        encoder: ["flatten", { dropout: 0.1 }, { dense: 15 }, "relu", { dense: 6 }, "relu"],
        decoder: [{ dense: 9 }, "elu", { dense: 20 }, { unflatten: [1, 4, 5] }],
      },
    });
    const model = experimentModel(deep);
    const tensors = (await firstWeights({ experiment: deep, model, set, engine, files })) ?? {};
    const session = await engine.open(
      modelState(model, 0).map((entry) => ({ ...entry, values: tensors[entry.name]?.data as Float32Array })),
    );
    const clean = unitFromPixels(set.pixels as Uint8Array);
    // The inputs that training draws in its first epoch, as bytes.
    const change = pipeline(readTransforms(corrupt, "corrupt", ""), set.shape);
    const input = Float32Array.from(clean);
    for (let i = 0; i < count; i++) change(input.subarray(20 * i, 20 * i + 20), randomSequence(0, "corrupt", 1, i));
    const inputBytes = Uint8Array.from(input, (value) => pixelFromUnit(value));
    const given = unitFromPixels(inputBytes);
    const outputs = await (await session.compile(reconstructProgram(model, count))).run({ input: given });
    const drawn = { ...set, pixels: inputBytes };
    const pca = await fitPca(engine, drawn, 6);
    const { mean, components } = await regressOnComponents(engine, pca, drawn, set);
    let left = 0;
    for (let i = 0; i < count; i++) {
      for (let pixel = 0; pixel < 20; pixel++) {
        let expected = mean[pixel] ?? 0;
        for (let unit = 0; unit < 6; unit++) {
          let coordinate = 0;
          for (let at = 0; at < 20; at++) {
            coordinate += ((given[20 * i + at] ?? 0) - (pca.mean[at] ?? 0)) * (pca.components[20 * unit + at] ?? 0);
          }
          expected += coordinate * (components[20 * unit + pixel] ?? 0);
        }
        // No coordinate of these is four deviations below its mean. float32 weights, sums of 20 terms moved by 4.
        expect(Math.abs((outputs.reconstruction?.[20 * i + pixel] ?? 0) - expected)).toBeLessThan(5e-5);
        left += (expected - (clean[20 * i + pixel] ?? 0)) ** 2;
      }
    }
    // Better than the mean picture, whose residual is the targets' variance.
    expect(left / count).toBeLessThan((await fitPca(engine, set, 1)).totalVariance);
    session.dispose();
  });

  it("are refused for a model without dense layers at its ends, and for too few images", async () => {
    const engine = referenceEngine();
    const refused = (encoder: readonly unknown[], decoder: readonly unknown[]) => {
      const written = experiment({ model: { kind: "autoencoder", input: [1, 4, 5], encoder, decoder } });
      return firstWeights({ experiment: written, model: experimentModel(written), set, engine, files });
    };
    const back = { unflatten: [1, 4, 5] };
    const cases: readonly (readonly [readonly unknown[], readonly unknown[]])[] = [
      [
        ["flatten", { dense: 6 }, "tanh"],
        [{ dense: 20 }, back],
      ],
      [
        ["flatten", { dense: { units: 6, bias: false } }],
        [{ dense: 20 }, back],
      ],
      [
        ["flatten", { dense: 6 }],
        [{ dense: 20 }, "relu", back],
      ],
      [
        [{ conv2d: { channels: 2, kernel: 3, padding: 1 } }, "flatten", { dense: 6 }],
        [{ dense: 20 }, back],
      ],
    ];
    for (const [encoder, decoder] of cases) {
      await expect(refused(encoder, decoder)).rejects.toThrow(
        "principal components need an encoder of flatten and dense layers and a decoder of dense layers, the last of 20 units for pictures of 1×4×5, with biases, and between them nothing but relu, leakyRelu, elu, dropout, gaussianNoise, and sigmoid at the end",
      );
    }
    const few = { ...set, count: 4, pixels: (set.pixels as Uint8Array).subarray(0, 80) };
    await expect(
      firstWeights({ experiment: experiment(), model: experimentModel(experiment()), set: few, engine, files }),
    ).rejects.toThrow("4 training images have at most 3 principal components, the narrowest layer has 6 units");
  });

  it("are not made where weights are drawn", async () => {
    const drawn = experiment({ initialise: "random" });
    const model = experimentModel(drawn);
    expect(await firstWeights({ experiment: drawn, model, set, engine: referenceEngine(), files })).toBeUndefined();
  });
});

describe("first weights of another training", () => {
  const folder = mkdtempSync(join(tmpdir(), "isthmus-weights-"));
  const engine = referenceEngine();
  const from = (path: string) => {
    const written = experiment({ initialise: { weights: path } });
    return firstWeights({ experiment: written, model: experimentModel(written), set, engine, files });
  };
  const state = modelState(experimentModel(experiment()), 7);
  const write = (name: string, entries: typeof state): string => {
    const tensors = Object.fromEntries(
      entries.map(({ name, shape, values = [] }) => [
        name,
        { dtype: "F32" as const, shape, data: Float32Array.from(values) },
      ]),
    );
    writeFileSync(join(folder, name), encodeSafetensors({ tensors, metadata: {} }));
    return join(folder, name);
  };

  it("are those of the file, number for number", async () => {
    const found = await from(write("whole.safetensors", state));
    expect(Object.keys(found ?? {})).toEqual(state.map(({ name }) => name));
    for (const { name, values = [] } of state) expect(found?.[name]?.data).toEqual(Float32Array.from(values));
  });

  it("must fit the model", async () => {
    await expect(from(join(folder, "nowhere"))).rejects.toMatchObject({ at: "initialise.weights" });
    const part = write("part.safetensors", state.slice(1));
    await expect(from(part)).rejects.toThrow(`${part} has no encoder.1.weight`);
    const [first, ...others] = state;
    if (first === undefined) throw new Error("the model has no weights");
    const wide = write("wide.safetensors", [{ ...first, shape: [3, 40] }, ...others]);
    await expect(from(wide)).rejects.toThrow(`encoder.1.weight is 3×40 in ${wide}, the model needs 6×20`);
    const half = Object.fromEntries(
      state.map(({ name, shape, values = [] }) => [
        name,
        { dtype: "BF16" as const, shape, data: Uint16Array.from(values) },
      ]),
    );
    writeFileSync(join(folder, "half.safetensors"), encodeSafetensors({ tensors: half, metadata: {} }));
    await expect(from(join(folder, "half.safetensors"))).rejects.toThrow("encoder.1.weight is of type BF16");
    writeFileSync(join(folder, "encoder.onnx"), "");
    await expect(from(join(folder, "encoder.onnx"))).rejects.toThrow(
      "is neither the folder of a run nor a .safetensors",
    );
    rmSync(folder, { recursive: true });
  });
});

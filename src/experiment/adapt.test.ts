import { describe, expect, it } from "vitest";
import type { LayerSpec } from "../nn/models/define.js";
import { adaptModel } from "./adapt.js";
import type { ExperimentModel } from "./schema.js";

const autoencoder = (encoder: readonly LayerSpec[], decoder: readonly LayerSpec[]) =>
  ({ kind: "autoencoder", encoder, decoder }) as ExperimentModel;
const dense = autoencoder(["flatten", { dense: 64 }], [{ dense: 784 }, "sigmoid", { unflatten: [1, 28, 28] }]);
const halving = { conv2d: { channels: 8, kernel: 4, stride: 2, padding: 1 } };
const same = (channels: number) => ({ convTranspose2d: { channels, kernel: 3, padding: 1 } });
const grids = autoencoder(
  [halving, "relu", halving, "flatten", { dense: 20 }],
  [{ dense: { units: 392 } }, "relu", { unflatten: [8, 7, 7] }, { upsample: 2 }, same(8), { upsample: 2 }, same(1)],
);

describe("a model without an input", () => {
  it("that ends in dense and unflatten gives the pictures' numbers and shape", () => {
    const adapted = adaptModel(dense, [3, 32, 32]);
    // 3 · 32 · 32
    expect(adapted?.model.spec.decoder).toEqual([{ dense: 3072 }, "sigmoid", { unflatten: [3, 32, 32] }]);
    expect(adapted?.model.inputShape).toEqual([3, 32, 32]);
    expect(adapted?.model.codeShape).toEqual([64]);
    expect(adapted?.changes).toEqual(["its last dense gives 3072 numbers and unflatten 3×32×32"]);
  });

  it("that ends in a convolution gives the pictures' channels, and keeps the layer's other options", () => {
    const model = autoencoder([halving, "relu"], [{ upsample: 2 }, same(1), "batchNorm2d", "sigmoid"]);
    const adapted = adaptModel(model, [3, 32, 20]);
    expect(adapted?.model.spec.decoder?.[1]).toEqual(same(3));
    expect(adapted?.model.inputShape).toEqual([3, 32, 20]);
  });

  it("whose decoder begins with a grid takes the one that grows to the pictures, and its code keeps its size", () => {
    const adapted = adaptModel(grids, [3, 32, 20]);
    // A quarter of 32 × 20, and 8 · 8 · 5 numbers.
    expect(adapted?.model.spec.decoder?.slice(0, 3)).toEqual([
      { dense: { units: 320 } },
      "relu",
      { unflatten: [8, 8, 5] },
    ]);
    expect([adapted?.model.inputShape, adapted?.model.codeShape]).toEqual([[3, 32, 20], [20]]);
    expect(adapted?.changes).toEqual([
      "its first dense gives 320 numbers and unflatten 8×8×5",
      "its last convTranspose2d gives 3 channels",
    ]);
  });

  it("takes the nearest shape that its layers give back", () => {
    // Fourfold of a whole number: 28 or 32 rows are as near to 30, and 48 or 52 columns to 50.
    expect(adaptModel(grids, [1, 30, 50])?.model.inputShape).toEqual([1, 32, 52]);
    const halved = autoencoder([halving, halving], [{ upsample: 4 }, same(1)]);
    expect(adaptModel(halved, [1, 31, 9])?.model.inputShape).toEqual([1, 28, 8]);
  });

  it("whose grid follows from the encoder keeps grid and code, and takes the shape that the grid grows to", () => {
    const fixed = autoencoder(
      [{ conv2d: { channels: 4, kernel: 8 } }, "flatten"],
      [{ unflatten: [4, 1, 1] }, { convTranspose2d: { channels: 1, kernel: 8 } }],
    );
    const adapted = adaptModel(fixed, [3, 40, 50]);
    expect(adapted?.model.inputShape).toEqual([3, 8, 8]);
    expect(adapted?.model.codeShape).toEqual([4]);
  });

  it("is adapted in no way where its end is of another kind and gives another shape", () => {
    const pooled = autoencoder([halving, { globalAveragePool2d: {} }], [{ dense: 12 }]);
    expect(adaptModel(pooled, [1, 8, 8])).toBeUndefined();
  });
});

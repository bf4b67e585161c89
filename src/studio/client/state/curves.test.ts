import { expect, it } from "vitest";
import type { EpochRecord } from "../../api.js";
import { comparedCurve, figureNames, runCurve, sharedFacts } from "./curves.js";

const record = (epoch: number, test: Record<string, number>, train: Record<string, number> = test): EpochRecord => ({
  ...{ kind: "epoch", phase: 0, epoch, step: epoch, learningRate: 0.1, images: 10, test, train },
});
const look = { isLog: true, smoothing: 0.6, height: 100, epochsInAll: 5 };

it("leaves the objective out where it is another figure, and keeps it where it is one of its own", () => {
  expect(figureNames([record(1, { objective: 0.5, bce: 0.2, mse: 0.5 })])).toEqual(["mse", "bce"]);
  expect(figureNames([record(1, { objective: 0.7, kl: 0.2, mse: 0.5 })])).toEqual(["objective", "kl", "mse"]);
  expect(figureNames([])).toEqual([]);
});

it("draws test and train, what is no number as a gap, and what needs no training as a mark", () => {
  const records = [record(1, { mse: 0.5 }, { mse: 0.6 }), record(2, { mse: Number.NaN }, { mse: 0.4 })];
  const references = [{ name: "mean image", value: 0.0675, meaning: "needs no training" }];
  const { panels, x } = runCurve("mse", { records, colour: 4 }, { unit: "mean over pixels", references }, look);
  const [panel] = panels;
  expect(panel?.series).toMatchObject([
    { name: "test", x: [1, 2], y: [0.5, null], smoothing: 0.6, colour: 4 },
    { name: "train", colour: "muted", dash: 1, x: [1, 2], y: [0.6, 0.4] },
  ]);
  expect(panel?.marks).toEqual([{ axis: "y", at: 0.0675, name: "mean image", meaning: "needs no training" }]);
  expect([panel?.y.unit, panel?.y.scale, x.max]).toEqual(["mean over pixels", "log", 5]);
});

it("puts each run into one chart in its colour, those without the figure left out", () => {
  const runs = [
    { name: "a", colour: 3, records: [record(1, { mse: 0.5 })] },
    { name: "b", colour: 1, records: [record(1, { bce: 0.5 })] },
  ];
  expect(comparedCurve("mse", runs, undefined, { ...look, epoch: 1 }).panels[0]?.series).toMatchObject([
    { name: "a", colour: 3, y: [0.5] },
  ]);
  expect(comparedCurve("mse", runs, undefined, { ...look, epoch: 1 }).panels[0]?.marks).toMatchObject([
    { axis: "x", at: 1 },
  ]);
});

it("keeps what rises on a linear axis, where a mark at nothing stands too", () => {
  const records = [record(1, { psnr: 20 })];
  const references = [{ name: "mean image", value: 0, meaning: "needs no training" }];
  const { panels } = runCurve("psnr", { records, colour: 0 }, { better: "higher", references }, look);
  expect([panels[0]?.y.scale, panels[0]?.marks?.length]).toEqual(["linear", 1]);
});

it("knows of several runs what any of them knows, and marks what all of them have", () => {
  const mean = { name: "mean image", value: 0.0675, meaning: "" };
  const shared = sharedFacts([
    [{ name: "mse", unit: "mean over pixels", references: [mean, { name: "PCA-8", value: 0.02, meaning: "" }] }],
    [
      { name: "mse", unit: "mean over pixels", references: [mean] },
      { name: "psnr", unit: "decibels", better: "higher", references: [mean] },
    ],
  ]);
  expect(shared.get("mse")).toEqual({ unit: "mean over pixels", references: [mean] });
  expect(shared.get("psnr")).toEqual({ unit: "decibels", better: "higher", references: [] });
});

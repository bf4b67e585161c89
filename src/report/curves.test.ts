import { loadImage } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { type Figure, figuresOf, readLoss, readModel } from "../nn/index.js";
import type { EpochRecord } from "../training/events.js";
import { amountAxis, niceTicks } from "./chartOption.js";
import { renderChart } from "./charts.js";
import { type CurvesInput, curvesSpec } from "./curves.js";

const renderCurves = (input: CurvesInput) => renderChart(curvesSpec(input));
const curvesSize = curvesSpec({ name: "", records: records(1), figures: [] }).size;

function records(epochs: number): EpochRecord[] {
  return Array.from({ length: epochs }, (_, index) => {
    const mse = 0.002 + 0.03 / (index + 1);
    return {
      kind: "epoch",
      phase: 0,
      epoch: index + 1,
      step: 1875 * (index + 1),
      learningRate: 0.005 * (1 - index / epochs),
      train: { objective: mse, mse },
      test: { objective: mse, mse },
      images: 60_000,
    };
  });
}

/** What the records of a model under a loss tell. */
function figures(
  loss: string,
  kind: "autoencoder" | "classifier" | "variationalAutoencoder" = "autoencoder",
): readonly Figure[] {
  const decoder = [{ dense: 4 }, "sigmoid", { unflatten: [1, 2, 2] }];
  const own = { autoencoder: { decoder }, classifier: {}, variationalAutoencoder: { decoder, code: 2 } }[kind];
  return figuresOf(readModel({ kind, input: [1, 2, 2], encoder: ["flatten"], ...own }), readLoss(loss), []);
}

/** Text of an SVG, one entry for each piece. */
function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? "");
}

describe("the learning curves", () => {
  it.each([1, 3, 160])("of %i epochs come as SVG and as a PNG of twice its size", async (epochs) => {
    const { svg, png } = renderCurves({ name: "mnist-conv", records: records(epochs), figures: figures("mse") });
    expect(svg.startsWith("<svg")).toBe(true);
    const image = await loadImage(png);
    expect([image.width, image.height]).toEqual([2 * curvesSize.width, 2 * curvesSize.height]);
  });

  it("say the run's name, both axes, all three curves, the last figure and the lowest", () => {
    const texts = textsOf(renderCurves({ name: "mnist-conv", records: records(3), figures: figures("mse") }).svg);
    for (const text of ["mnist-conv", "epoch", "mse, mean over pixels", "train", "test", "learning rate"]) {
      expect(texts).toContain(text);
    }
    // 0.002 + 0.03/3
    expect(texts).toContain("test mse 0.0120 after epoch 3 · lowest 0.0120, epoch 3");
  });

  it.each([
    ["bce", "autoencoder", "bce, nats a pixel"],
    ["crossEntropy", "classifier", "crossEntropy, nats an image"],
  ] as const)("give %s its unit", (figure, kind, title) => {
    const losses = { objective: 0.1, [figure]: 0.1 };
    const inUnits = records(3).map((record) => ({ ...record, train: losses, test: losses }));
    expect(textsOf(renderCurves({ name: "codes", records: inUnits, figures: figures(figure, kind) }).svg)).toContain(
      title,
    );
  });

  it("say of an objective what they are told that it is, or else what it is a mean over", () => {
    const losses = { objective: 97.3, bce: 0.094 };
    const [record] = records(1) as [EpochRecord];
    const drawn = (told: readonly Figure[]) =>
      textsOf(
        renderCurves({ name: "codes", records: [{ ...record, train: losses, test: losses }], figures: told }).svg,
      );
    expect(drawn(figures("bce", "variationalAutoencoder"))).toContain("objective, nats an image");
    expect(drawn(figures("mse", "variationalAutoencoder"))).toContain("objective, mean over images");
    expect(drawn([])).toContain("objective, mean over images");
  });

  it("keep every text within the picture", () => {
    const { svg } = renderCurves({
      name: "mnist-conv",
      records: records(160),
      phases: twoPhases,
      figures: figures("mse"),
    });
    const places = [...svg.matchAll(/<text[^>]*transform="translate\(([-\d.]+) ([-\d.]+)\)/g)];
    expect(places.length).toBeGreaterThan(10);
    for (const [, x, y] of places) {
      expect(Number(x)).toBeGreaterThan(0);
      expect(Number(x)).toBeLessThan(curvesSize.width);
      expect(Number(y)).toBeGreaterThan(0);
      expect(Number(y)).toBeLessThan(curvesSize.height);
    }
  });

  const twoPhases = [
    { name: "plain", epochs: 80 },
    { name: "warped", epochs: 80 },
  ];

  it("name the phases that were reached, where there is more than one", () => {
    const names = (epochs: number) =>
      textsOf(
        renderCurves({ name: "run", records: records(epochs), phases: twoPhases, figures: figures("mse") }).svg,
      ).filter((text) => ["plain", "warped"].includes(text));
    expect(names(160)).toEqual(["plain", "warped"]);
    expect(names(80)).toEqual([]);
  });

  it("refuse a run without an epoch in one sentence", () => {
    expect(() => curvesSpec({ name: "run", records: [], figures: [] })).toThrow("there is no finished epoch to draw");
  });
});

describe("the axis of the loss", () => {
  it("is logarithmic in steps of 1, 2, 5 where the figures span more than a factor of five", () => {
    expect(amountAxis(0.0025, 0.0326)).toEqual({
      isLog: true,
      min: 0.002,
      max: 0.05,
      ticks: [0.002, 0.005, 0.01, 0.02, 0.05],
    });
  });

  it("is linear from 0 where they do not", () => {
    expect(amountAxis(0.0109, 0.0333)).toEqual({
      isLog: false,
      min: 0,
      max: 0.04,
      ticks: [0, 0.01, 0.02, 0.03, 0.04],
    });
  });

  it("has ticks without the noise of binary fractions", () => {
    expect(niceTicks(0, 0.3, 3)).toEqual([0, 0.1, 0.2, 0.3]);
  });
});

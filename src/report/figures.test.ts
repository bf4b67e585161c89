import { describe, expect, it } from "vitest";
import type { EpochRecord } from "../training/events.js";
import { figureText, lowestEpoch, shownFigure } from "./figures.js";

describe("figures as text", () => {
  it("have three significant digits, and an exponent only where zeros would hide them", () => {
    expect([0.00912345, 0.0674, 0.25, 12.345, 0.0000123, 0].map(figureText)).toEqual([
      "0.00912",
      "0.0674",
      "0.250",
      "12.3",
      "1.23e-5",
      "0.00",
    ]);
  });

  it("says what is no number", () => {
    expect(figureText(Number.NaN)).toBe("NaN");
  });
});

describe("the figure that is shown", () => {
  it("is the one that the objective is made of, whatever stands before it", () => {
    expect(shownFigure({ objective: 0.08, mse: 0.01, bce: 0.08 })).toBe("bce");
  });

  it("may differ from the objective by the rounding of float32", () => {
    expect(shownFigure({ objective: 0.08, bce: 0.08 * (1 + 2 ** -23) })).toBe("bce");
  });

  it("is the objective itself where no figure equals it", () => {
    expect(shownFigure({ objective: 80.5, bce: 0.1, kl: 2.1 })).toBe("objective");
  });
});

describe("the lowest epoch", () => {
  const record = (epoch: number, mse: number): EpochRecord => ({
    kind: "epoch",
    phase: 0,
    epoch,
    step: epoch,
    learningRate: 0.1,
    train: { mse },
    test: { mse },
    images: 1,
  });

  it("is the earliest of those with the smallest test figure", () => {
    expect(lowestEpoch([record(1, 0.3), record(2, 0.1), record(3, 0.1)], "mse")?.epoch).toBe(2);
  });

  it("is none where nothing was measured", () => {
    expect(lowestEpoch([], "mse")).toBeUndefined();
  });
});

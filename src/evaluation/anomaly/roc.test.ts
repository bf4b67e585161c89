import { describe, expect, it } from "vitest";
import { quantileOf, scoreAt } from "./quantiles.js";
import { areaUnderRoc, averagePrecision, bestThresholds, cornersOf, figuresAt, rocCurve } from "./roc.js";

const known = (normal: readonly number[], anomalous: readonly number[]) => ({
  normal: Float64Array.from(normal),
  anomalous: Float64Array.from(anomalous),
});

describe("the area under the ROC curve", () => {
  it("counts pairs, ties as a half", () => {
    // Of the pairs (anomalous, normal): 3 over 1, 2 and 2 is won, over 3 a tie: 3.5; 2 over 1, twice a tie, lost to 3: 2. Of 8.
    expect(areaUnderRoc(known([1, 2, 2, 3], [3, 2])).area).toBe(5.5 / 8);
    expect(areaUnderRoc(known([1, 1], [1, 1, 1])).area).toBe(0.5);
    expect(areaUnderRoc(known([5, 6], [1, 2])).area).toBe(0);
  });

  it("has DeLong's interval, by hand for two by two", () => {
    // Shares below: of anomalous 2 among normal (1, 3) a half, of 4 all: mean 0.75, variance 0.125. Of normal 1: none of (2, 4) lies
    // below, of 3 a half: variance 0.125. Variance of the area: 0.125/2 + 0.125/2 = 0.125.
    const { area, interval } = areaUnderRoc(known([1, 3], [2, 4]));
    expect(area).toBe(0.75);
    expect(interval[0]).toBeCloseTo(0.75 - 1.959963984540054 * Math.sqrt(0.125), 14);
    expect(interval[1]).toBe(1);
    expect(areaUnderRoc(known([1, 2], [3, 4])).interval).toEqual([1, 1]);
  });

  it("is what lies under the curve, by trapezia, for scores with many ties", () => {
    const scores = known(
      Array.from({ length: 50 }, (_, i) => (i * 7) % 11),
      Array.from({ length: 30 }, (_, i) => 3 + ((i * 5) % 13)),
    );
    const points = rocCurve(scores);
    let area = 0;
    for (const [i, point] of points.slice(1).entries()) {
      const before = points[i] ?? point;
      area +=
        ((point.falsePositiveRate - before.falsePositiveRate) * (point.truePositiveRate + before.truePositiveRate)) / 2;
    }
    expect(areaUnderRoc(scores).area).toBeCloseTo(area, 13);
    expect(points.at(-1)).toEqual({ threshold: 0, truePositiveRate: 1, falsePositiveRate: 1 });
  });
});

describe("the ROC curve", () => {
  it("has one point for equal scores, from the highest down", () => {
    expect(rocCurve(known([1, 2, 2, 3], [3, 2]))).toEqual([
      { threshold: Number.POSITIVE_INFINITY, truePositiveRate: 0, falsePositiveRate: 0 },
      { threshold: 3, truePositiveRate: 0.5, falsePositiveRate: 0.25 },
      { threshold: 2, truePositiveRate: 1, falsePositiveRate: 0.75 },
      { threshold: 1, truePositiveRate: 1, falsePositiveRate: 1 },
    ]);
  });

  it("keeps its corners alone for a picture", () => {
    // Up twice, then right twice: the middle of each side goes.
    const corners = cornersOf(rocCurve(known([1, 2], [3, 4])));
    expect(corners.map(({ falsePositiveRate: x, truePositiveRate: y }) => [x, y])).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
    ]);
  });
});

describe("average precision", () => {
  it("is scikit-learn's example", () => {
    // average_precision_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) is 0.8333: ½·1 + ½·⅔.
    expect(averagePrecision(known([0.1, 0.4], [0.35, 0.8]))).toBeCloseTo(5 / 6, 14);
  });

  it("takes ties as one threshold: all equal gives the share of anomalous pictures", () => {
    expect(averagePrecision(known([1, 1, 1], [1]))).toBe(0.25);
  });
});

describe("thresholds", () => {
  it("have their rates, precision and F1", () => {
    const at = figuresAt(known([1, 2, 2, 3], [3, 2]), 2);
    // Both anomalous and three of four normal pictures: precision 2/5, F1 2·0.4·1/1.4.
    expect(at).toMatchObject({ truePositiveRate: 1, falsePositiveRate: 0.75, precision: 0.4 });
    expect(at.f1).toBeCloseTo(0.8 / 1.4, 14);
    expect(figuresAt(known([1], [2]), 9)).toMatchObject({ truePositiveRate: 0, f1: 0, precision: Number.NaN });
  });

  it("are best where the rates differ most, and where F1 is largest", () => {
    // At 4: one of two, no normal: J 0.5, F1 2/3. At 2: both, one of three normal: J 2/3, precision 2/3, F1 0.8.
    const { youden, f1 } = bestThresholds(known([1, 1, 3], [2, 4]));
    expect([youden.threshold, f1.threshold]).toEqual([2, 2]);
    expect(youden.truePositiveRate - youden.falsePositiveRate).toBeCloseTo(2 / 3, 14);
    expect(f1.f1).toBeCloseTo(0.8, 14);
  });
});

describe("quantiles among reference scores", () => {
  const sorted = Float64Array.of(1, 2, 2, 3);
  it("are shares of smaller ones", () => {
    expect([0, 1, 1.5, 2, 2.5, 3, 4].map((score) => quantileOf(sorted, score))).toEqual([
      0, 0, 0.25, 0.25, 0.75, 0.75, 1,
    ]);
  });

  it("have a score above which they begin", () => {
    expect([0.25, 0.5, 0.75, 0.9, 1].map((quantile) => scoreAt(sorted, quantile))).toEqual([1, 2, 2, 3, 3]);
    const hundred = Float64Array.from({ length: 100 }, (_, i) => i);
    for (const quantile of [0.07, 0.5, 0.95, 0.99]) {
      const limit = scoreAt(hundred, quantile);
      expect(quantileOf(hundred, limit + 0.5)).toBeGreaterThanOrEqual(quantile);
      expect(quantileOf(hundred, limit)).toBeLessThan(quantile);
    }
  });
});

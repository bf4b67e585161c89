import { describe, expect, it } from "vitest";
import { largestDifference, readTensors, tensor } from "../../test/golden/fixtures.js";
import { randomSequence } from "../base/random.js";
import { referenceEngine } from "../engines/reference/index.js";
import { holdOut, type LabelledCodes, standardise } from "./codes.js";
import { accuracyOf, classificationFigures, largestOfRows } from "./confusion.js";
import { logisticRegression } from "./logisticRegression.js";
import { neighbourVotes } from "./neighbours.js";
import { twoLayerPredictions } from "./twoLayerClassifier.js";

const fixture = readTensors("evaluation");
const width = 6;
const codes = Float32Array.from(tensor(fixture, "codes").values);
const labels = Uint8Array.from(tensor(fixture, "labels").values);
const some = (first: number, end: number): LabelledCodes => ({
  codes: codes.subarray(first * width, end * width),
  labels: labels.subarray(first, end),
  count: end - first,
  width,
});
const train = some(0, 300);
const test = some(300, 400);
const engine = referenceEngine();

describe("k nearest neighbours", () => {
  it("predict what scikit-learn's brute force predicts, for one and for five", async () => {
    const votes = await neighbourVotes(engine, train, test, [1, 5]);
    for (const k of [1, 5]) {
      expect([...(votes.get(k) ?? [])]).toEqual([...tensor(fixture, `neighbours.${k}`).values]);
    }
  });

  it("find each code as its own nearest", async () => {
    const votes = await neighbourVotes(engine, train, train, [1]);
    expect([...(votes.get(1) ?? [])]).toEqual([...labels.subarray(0, 300)]);
  });
});

describe("logistic regression", () => {
  it("finds scikit-learn's weights, biases and probabilities", async () => {
    const found = await logisticRegression(engine, train, 3, { tolerance: 1e-13, iterations: 1000 });
    // The objective is found to 1e-13 of itself, about 0.3. Its curvature is at least the penalty's 1/300, so weights are
    // within √(2 × 3e-14 × 300) = 4e-6 of the optimum, plus products rounded to float32.
    const weights = tensor(fixture, "regression.weights").values;
    expect(largestDifference(found.weights, weights)).toBeLessThan(2e-5);
    const expected = tensor(fixture, "regression.bias").values;
    // Adding one number to every bias changes nothing, so only their differences are determined.
    const differences = (bias: ArrayLike<number>) => [1, 2].map((c) => (bias[c] ?? 0) - (bias[0] ?? 0));
    expect(largestDifference(differences(found.bias), differences(expected))).toBeLessThan(4e-5);
    const logits = await found.logits(test.codes);
    const probabilities = tensor(fixture, "regression.probabilities").values;
    expect([...largestOfRows(logits, 3)]).toEqual([...largestOfRows(probabilities, 3)]);
    found.dispose();
  });
});

describe("the two-layer classifier", () => {
  it.each(["logits", "sigmoid"] as const)("tells apart what no line can, ending in %s", async (form) => {
    // Two classes by the sign of x·y: each linear classifier has half of them wrong.
    const random = randomSequence(5, "sample", 0, 0);
    const points = Float32Array.from({ length: 1200 }, () => 2 * random.uniform() - 1);
    const of = (first: number, end: number): LabelledCodes => ({
      codes: points.subarray(2 * first, 2 * end),
      labels: Uint8Array.from({ length: end - first }, (_, i) =>
        (points[2 * (first + i)] ?? 0) * (points[2 * (first + i) + 1] ?? 0) > 0 ? 1 : 0,
      ),
      count: end - first,
      width: 2,
    });
    const options = { classes: 2, hidden: 32, form, epochs: 60, seed: 0 };
    const [predictions = new Uint16Array()] = await twoLayerPredictions(engine, of(0, 500), [of(500, 600)], options);
    expect(accuracyOf(predictions, of(500, 600).labels)).toBeGreaterThan(0.85);
    const again = await twoLayerPredictions(engine, of(0, 500), [of(500, 600)], options);
    expect(again).toEqual([predictions]);
  });
});

describe("codes for probes", () => {
  it("are standardised by the training codes alone, and a unit that never changes is moved only", async () => {
    const own = { codes: Float32Array.of(1, 7, 3, 7), labels: [0, 1], count: 2, width: 2 };
    const other = { codes: Float32Array.of(4, 8), labels: [0], count: 1, width: 2 };
    const [first, second] = await standardise(own, [other]);
    // Mean 2, deviation 1; mean 7, deviation 0.
    expect([...(first?.codes ?? [])]).toEqual([-1, 0, 1, 0]);
    expect([...(second?.codes ?? [])]).toEqual([2, 1]);
  });

  it("are parted into a tenth and the rest, the same by the same seed", () => {
    const { fit, held } = holdOut(train, 4);
    expect([fit.count, held.count]).toEqual([270, 30]);
    const sum = (set: LabelledCodes) => set.codes.reduce((total, value) => total + value, 0);
    expect(sum(fit) + sum(held)).toBeCloseTo(sum(train), 6);
    expect(holdOut(train, 4).held).toEqual(held);
    expect(holdOut(train, 5).held.codes).not.toEqual(held.codes);
  });
});

describe("the figures of predictions", () => {
  it("equal a calculation by hand", () => {
    const { accuracy, standardError, confusion, classAccuracy } = classificationFigures([0, 1, 1, 1], [0, 0, 1, 1], 3);
    expect(accuracy).toBe(0.75);
    // √(0.75 × 0.25 / 4)
    expect(standardError).toBeCloseTo(0.21651, 5);
    expect(confusion).toEqual([
      [1, 1, 0],
      [0, 2, 0],
      [0, 0, 0],
    ]);
    expect(classAccuracy).toEqual([0.5, 1, Number.NaN]);
  });
});

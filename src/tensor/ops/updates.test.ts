// Optimizer updates against the formulas of the papers and of PyTorch's documentation, by hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { adam, type SgdAttributes, sgd } from "./updates.js";

describe("adam", () => {
  it("equals Kingma & Ba's algorithm 1 with bias-corrected moments over three steps", () => {
    const [learningRate, beta1, beta2, eps] = [0.01, 0.9, 0.999, 1e-3];
    const gradients = [0.5, -2, 0.25];
    let paper = { w: 1, m: 0, v: 0 };
    let ours = [[1], [0], [0]];
    gradients.forEach((g, i) => {
      const t = i + 1;
      const m = beta1 * paper.m + (1 - beta1) * g;
      const v = beta2 * paper.v + (1 - beta2) * g * g;
      const corrected = { m: m / (1 - beta1 ** t), v: v / (1 - beta2 ** t) };
      paper = { w: paper.w - (learningRate * corrected.m) / (Math.sqrt(corrected.v) + eps), m, v };

      const correction = Math.sqrt(1 - beta2 ** t);
      const stepSize = (learningRate * correction) / (1 - beta1 ** t);
      const [w, firstMoment, secondMoment] = ours;
      ours = evaluate(
        adam,
        [
          [[1], w],
          [[1], [g]],
          [[1], firstMoment],
          [[1], secondMoment],
          [[], [stepSize]],
          [[], [eps * correction]],
        ],
        { beta1, beta2 },
      );
    });
    expect(ours[0][0]).toBeCloseTo(paper.w, 14);
    expect(ours[1][0]).toBeCloseTo(paper.m, 14);
    expect(ours[2][0]).toBeCloseTo(paper.v, 14);
  });

  it("moves by the learning rate on the first step, whatever the gradient's size", () => {
    const correction = Math.sqrt(1 - 0.999);
    const stepSize = (0.1 * correction) / (1 - 0.9);
    const inputs = [
      [[2], [1, 1]],
      [[2], [1e-3, -1e3]],
      [[2], [0, 0]],
      [[2], [0, 0]],
      [[], [stepSize]],
      [[], [0]],
    ] as const;
    const [w] = evaluate(adam, inputs, { beta1: 0.9, beta2: 0.999 });
    expect(w[0]).toBeCloseTo(0.9, 14);
    expect(w[1]).toBeCloseTo(1.1, 14);
  });
});

describe("sgd", () => {
  const plain: SgdAttributes = { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 };

  /** Parameter and buffer after two steps from 1, with gradient 1 and learning rate 0.1. */
  function twoSteps(attributes: SgdAttributes): { w: number; buffer: number } {
    let [w, buffer] = [1, 0];
    for (const first of [1, 0]) {
      const outputs = evaluate(
        sgd,
        [
          [[1], [w]],
          [[1], [1]],
          [[1], [buffer]],
          [[], [0.1]],
          [[], [first]],
        ],
        attributes,
      );
      [w, buffer] = [outputs[0][0], outputs[1][0]];
    }
    return { w, buffer };
  }

  it("without momentum steps against the gradient, to which weight decay adds the parameter", () => {
    const inputs = [
      [[1], [1]],
      [[1], [1]],
      [[], [0.1]],
    ] as const;
    expect(evaluate(sgd, inputs, plain)).toEqual([[0.9]]);
    expect(evaluate(sgd, inputs, { ...plain, weightDecay: 0.1 })[0][0]).toBeCloseTo(0.89, 15);
  });

  it("with momentum keeps a velocity: 1, then 0.9 + 1", () => {
    const { w, buffer } = twoSteps({ ...plain, momentum: 0.9 });
    expect(buffer).toBeCloseTo(1.9, 15);
    expect(w).toBeCloseTo(1 - 0.1 - 0.19, 15);
  });

  it("does not dampen the first step: 1, then 0.9 + 0.5", () => {
    const { w, buffer } = twoSteps({ ...plain, momentum: 0.9, dampening: 0.5 });
    expect(buffer).toBeCloseTo(1.4, 15);
    expect(w).toBeCloseTo(1 - 0.1 - 0.14, 15);
  });

  it("with Nesterov looks ahead: steps of 1 + 0.9·1 and 1 + 0.9·1.9", () => {
    const { w } = twoSteps({ ...plain, momentum: 0.9, nesterov: true });
    expect(w).toBeCloseTo(1 - 0.19 - 0.271, 15);
  });

  it("refuses Nesterov without momentum", () => {
    expect(() => sgd.shapes([[1], [1], []], { ...plain, nesterov: true })).toThrow(
      new ShapeError("Nesterov's momentum needs a momentum above 0 and no dampening"),
    );
  });
});

// Optimizer updates against the formulas of the papers and of PyTorch's documentation, by hand.
import { describe, expect, it } from "vitest";
import { ShapeError } from "../../base/errors.js";
import { evaluate } from "../testing/evaluate.js";
import { adam, adamw, rmsprop, type SgdAttributes, sgd } from "./updates.js";

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

// torch.optim of PyTorch 2.15 in float64, from [1, −2] with learning rate 0.1.
const threeGradients = [
  [0.5, 1],
  [-1, 0.25],
  [2, 0],
] as const;

describe("adamw", () => {
  it("is PyTorch's AdamW with betas 0.9 and 0.99, eps 1e-3 and weight decay 0.2", () => {
    let state = [
      [1, -2],
      [0, 0],
      [0, 0],
    ];
    threeGradients.forEach((gradient, i) => {
      const correction = Math.sqrt(1 - 0.99 ** (i + 1));
      const [w, m, v] = state;
      const vectors = [w, gradient, m, v].map((values) => [[2], values] as const);
      const scalars = [(0.1 * correction) / (1 - 0.9 ** (i + 1)), 1e-3 * correction, 0.1 * 0.2];
      const inputs = [...vectors, ...scalars.map((value) => [[], [value]] as const)];
      state = evaluate(adamw, inputs, { beta1: 0.9, beta2: 0.99 });
    });
    expect(state[0][0]).toBeCloseTo(0.839329010971306, 14);
    expect(state[0][1]).toBeCloseTo(-2.1241494238569687, 14);
  });
});

describe("rmsprop", () => {
  /** Parameter and slots after three steps. */
  function threeSteps(momentum: number): number[][] {
    let state = Array.from({ length: momentum === 0 ? 2 : 3 }, (_, i) => (i === 0 ? [1, -2] : [0, 0]));
    for (const gradient of threeGradients) {
      const [w, ...slots] = state;
      const vectors = [w, gradient, ...slots].map((values) => [[2], values] as const);
      const attributes = { alpha: 0.9, epsilon: 1e-3, momentum, centered: false } as const;
      state = evaluate(rmsprop, [...vectors, [[], [0.1]]], attributes);
    }
    return state;
  }

  it("is PyTorch's RMSprop with alpha 0.9 and eps 1e-3", () => {
    const [w] = threeSteps(0);
    expect(w[0]).toBeCloseTo(0.6910639651839477, 14);
    expect(w[1]).toBeCloseTo(-2.395554308997553, 14);
  });

  it("is PyTorch's with momentum 0.5", () => {
    const [w, meanSquare, buffer] = threeSteps(0.5);
    expect(w[0]).toBeCloseTo(0.5978338559113929, 14);
    expect(w[1]).toBeCloseTo(-2.672139193077835, 14);
    expect(meanSquare[1]).toBeCloseTo(0.08662499999999998, 14);
    expect(buffer[0]).toBeCloseTo(2.157059255434972, 14);
  });
});

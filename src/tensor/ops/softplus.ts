// A smooth rectifier, and its gradient from its input. PyTorch's softplus.
import { ShapeError } from "../../base/errors.js";
import { expectShape } from "./checks.js";
import { defineOp } from "./define.js";

export interface SoftplusAttributes {
  /** Sharpness: the larger, the nearer to relu; above 0. */
  readonly beta: number;
  /** Where beta·x is above it, the result is x itself. */
  readonly threshold: number;
}

function expectSharpness({ beta }: SoftplusAttributes): void {
  if (!(beta > 0)) throw new ShapeError(`beta must be above 0, got ${beta}`);
}

/** ln(1 + e^(beta·x)) / beta; x where beta·x is above the threshold. */
export const softplus = defineOp<"softplus", SoftplusAttributes>({
  name: "softplus",
  shapes([x], attributes) {
    expectSharpness(attributes);
    return [x];
  },
  gradient: ({ inputs: [x] }, [dy], attributes, { add }) => [
    dy === null ? null : add(softplusGradient, [x, dy], attributes),
  ],
  reference([x], { beta, threshold }, [y]) {
    for (let i = 0; i < x.data.length; i++) {
      const scaled = beta * x.data[i];
      y.data[i] = scaled > threshold ? x.data[i] : Math.log1p(Math.exp(scaled)) / beta;
    }
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: { beta: 1, threshold: 20 } },
    { inputs: [[1, 7]], attributes: { beta: 3, threshold: 20 } },
    { inputs: [[3, 9]], attributes: { beta: 2, threshold: 0.2 }, fill: ["distinct"] },
  ],
});

/** x, dy to dx = dy·sigmoid(beta·x); dy where beta·x is above the threshold. */
export const softplusGradient = defineOp<"softplusGradient", SoftplusAttributes>({
  name: "softplusGradient",
  shapes([x, dy], attributes) {
    expectSharpness(attributes);
    expectShape("output gradient", dy, x);
    return [x];
  },
  gradient: "none",
  reference([x, dy], { beta, threshold }, [dx]) {
    for (let i = 0; i < dx.data.length; i++) {
      const scaled = beta * x.data[i];
      dx.data[i] = scaled > threshold ? dy.data[i] : dy.data[i] / (1 + Math.exp(-scaled));
    }
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: { beta: 1, threshold: 20 },
    },
    {
      inputs: [
        [3, 9],
        [3, 9],
      ],
      attributes: { beta: 2, threshold: 0.2 },
      fill: ["distinct", "normal"],
    },
  ],
});

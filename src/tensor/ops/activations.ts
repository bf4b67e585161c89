// Activations, element by element, and their gradients, each from the activation's output.
import { expectShape } from "./checks.js";
import { defineOp, type Shape } from "./define.js";

export interface EluAttributes {
  /** The limit for large negative inputs is −alpha. */
  readonly alpha: number;
}

function gradientShapes([y, dy]: readonly Shape[]): readonly Shape[] {
  expectShape("output gradient", dy, y);
  return [y];
}

/** max(x, 0). Its gradient at 0 is 0, as in PyTorch. */
export const relu = defineOp<"relu", {}>({
  name: "relu",
  shapes: ([x]) => [x],
  gradient: ({ outputs: [y] }, [dy], _, { add }) => [dy === null ? null : add(reluGradient, [y, dy], {})],
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = Math.max(x.data[i], 0);
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: {}, fill: ["distinct"] },
    { inputs: [[1, 7]], attributes: {}, fill: ["distinct"] },
  ],
});
/** y, dy to dx: dy where the output is above 0. */
export const reluGradient = defineOp<"reluGradient", {}>({
  name: "reluGradient",
  shapes: gradientShapes,
  gradient: "none",
  reference([y, dy], _, [dx]) {
    for (let i = 0; i < dx.data.length; i++) dx.data[i] = y.data[i] > 0 ? dy.data[i] : 0;
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: {},
      fill: ["distinct", "normal"],
    },
  ],
});

/** x above 0, alpha·(eˣ − 1) elsewhere (Clevert et al. 2015). */
export const elu = defineOp<"elu", EluAttributes>({
  name: "elu",
  shapes: ([x]) => [x],
  gradient: ({ outputs: [y] }, [dy], attributes, { add }) => [
    dy === null ? null : add(eluGradient, [y, dy], attributes),
  ],
  reference([x], { alpha }, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = x.data[i] > 0 ? x.data[i] : alpha * Math.expm1(x.data[i]);
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: { alpha: 1 }, fill: ["distinct"] },
    { inputs: [[1, 7]], attributes: { alpha: 0.5 }, fill: ["distinct"] },
  ],
});
/** y, dy to dx: dy where the output is above 0, dy·(y + alpha) elsewhere. */
export const eluGradient = defineOp<"eluGradient", EluAttributes>({
  name: "eluGradient",
  shapes: gradientShapes,
  gradient: "none",
  reference([y, dy], { alpha }, [dx]) {
    for (let i = 0; i < dx.data.length; i++) dx.data[i] = y.data[i] > 0 ? dy.data[i] : dy.data[i] * (y.data[i] + alpha);
  },
  // An output of elu is never below −alpha.
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: { alpha: 1 },
      fill: ["unit", "normal"],
    },
  ],
});

/** 1 / (1 + e⁻ˣ). */
export const sigmoid = defineOp<"sigmoid", {}>({
  name: "sigmoid",
  shapes: ([x]) => [x],
  gradient: ({ outputs: [y] }, [dy], _, { add }) => [dy === null ? null : add(sigmoidGradient, [y, dy], {})],
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = 1 / (1 + Math.exp(-x.data[i]));
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: {} },
    { inputs: [[1, 7]], attributes: {} },
  ],
});
/** y, dy to dx = dy·y·(1 − y). */
export const sigmoidGradient = defineOp<"sigmoidGradient", {}>({
  name: "sigmoidGradient",
  shapes: gradientShapes,
  gradient: "none",
  reference([y, dy], _, [dx]) {
    for (let i = 0; i < dx.data.length; i++) dx.data[i] = dy.data[i] * y.data[i] * (1 - y.data[i]);
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: {},
      fill: ["unit", "normal"],
    },
  ],
});

/** The hyperbolic tangent. */
export const tanh = defineOp<"tanh", {}>({
  name: "tanh",
  shapes: ([x]) => [x],
  gradient: ({ outputs: [y] }, [dy], _, { add }) => [dy === null ? null : add(tanhGradient, [y, dy], {})],
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = Math.tanh(x.data[i]);
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: {} },
    { inputs: [[1, 7]], attributes: {} },
  ],
});
/** y, dy to dx = dy·(1 − y²). */
export const tanhGradient = defineOp<"tanhGradient", {}>({
  name: "tanhGradient",
  shapes: gradientShapes,
  gradient: "none",
  reference([y, dy], _, [dx]) {
    for (let i = 0; i < dx.data.length; i++) dx.data[i] = dy.data[i] * (1 - y.data[i] * y.data[i]);
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: {},
      fill: ["unit", "normal"],
    },
  ],
});

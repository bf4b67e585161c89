// The sigmoid-weighted linear unit, also called swish (Elfwing et al. 2017), and its gradient from its input.
import { expectShape } from "./checks.js";
import { defineOp } from "./define.js";

/** x·sigmoid(x). */
export const silu = defineOp<"silu", {}>({
  name: "silu",
  shapes: ([x]) => [x],
  gradient: ({ inputs: [x] }, [dy], _, { add }) => [dy === null ? null : add(siluGradient, [x, dy], {})],
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = x.data[i] / (1 + Math.exp(-x.data[i]));
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: {} },
    { inputs: [[1, 7]], attributes: {} },
  ],
});

/** x, dy to dx = dy·s·(1 + x·(1 − s)), with s = sigmoid(x). */
export const siluGradient = defineOp<"siluGradient", {}>({
  name: "siluGradient",
  shapes([x, dy]) {
    expectShape("output gradient", dy, x);
    return [x];
  },
  gradient: "none",
  reference([x, dy], _, [dx]) {
    for (let i = 0; i < dx.data.length; i++) {
      const share = 1 / (1 + Math.exp(-x.data[i]));
      dx.data[i] = dy.data[i] * share * (1 + x.data[i] * (1 - share));
    }
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: {},
    },
  ],
});

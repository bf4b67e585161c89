// The self-normalising exponential unit (Klambauer et al. 2017), and its gradient from its output.
import { expectShape } from "./checks.js";
import { defineOp } from "./define.js";

/** The paper's constants: with them, mean 0 and variance 1 are a fixed point of a layer. */
export const seluAlpha = 1.6732632423543772;
export const seluScale = 1.0507009873554805;

/** scale·x above 0, scale·alpha·(eˣ − 1) elsewhere. */
export const selu = defineOp<"selu", {}>({
  name: "selu",
  shapes: ([x]) => [x],
  gradient: ({ outputs: [y] }, [dy], _, { add }) => [dy === null ? null : add(seluGradient, [y, dy], {})],
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) {
      y.data[i] = seluScale * (x.data[i] > 0 ? x.data[i] : seluAlpha * Math.expm1(x.data[i]));
    }
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: {}, fill: ["distinct"] },
    { inputs: [[1, 7]], attributes: {}, fill: ["distinct"] },
  ],
});

/** y, dy to dx: scale·dy where the output is above 0, dy·(y + scale·alpha) elsewhere. */
export const seluGradient = defineOp<"seluGradient", {}>({
  name: "seluGradient",
  shapes([y, dy]) {
    expectShape("output gradient", dy, y);
    return [y];
  },
  gradient: "none",
  reference([y, dy], _, [dx]) {
    for (let i = 0; i < dx.data.length; i++) {
      dx.data[i] = dy.data[i] * (y.data[i] > 0 ? seluScale : y.data[i] + seluScale * seluAlpha);
    }
  },
  // An output of selu is never below −scale·alpha = −1.76.
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

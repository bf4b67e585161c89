// Elementary functions, element by element: exponential, logarithm, root, power, absolute value.
import { linear, mul } from "./arithmetic.js";
import { expectShape } from "./checks.js";
import { defineOp, type Op } from "./define.js";
import { div } from "./division.js";
import { fill } from "./leaves.js";

const positiveCases = [
  { inputs: [[2, 3, 5, 1]], attributes: {}, fill: ["positive"] },
  { inputs: [[1, 7]], attributes: {}, fill: ["positive"] },
] as const;

/** eˣ. */
export const exp = defineOp<"exp", {}>({
  name: "exp",
  shapes: ([x]) => [x],
  gradient: ({ outputs: [y] }, [dy], _, { add }) => [dy === null ? null : add(mul, [dy, y], {})],
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = Math.exp(x.data[i]);
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: {} },
    { inputs: [[1, 7]], attributes: {} },
  ],
});

/** The natural logarithm. */
export const log = defineOp<"log", {}>({
  name: "log",
  shapes: ([x]) => [x],
  gradient: ({ inputs: [x] }, [dy], _, { add }) => [dy === null ? null : add(div, [dy, x], {})],
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = Math.log(x.data[i]);
  },
  cases: positiveCases,
});

/** The square root. */
export const sqrt = defineOp<"sqrt", {}>({
  name: "sqrt",
  shapes: ([x]) => [x],
  gradient({ outputs: [y] }, [dy], _, { add }) {
    return [dy === null ? null : add(div, [add(linear, [dy], { scale: 0.5, shift: 0 }), y], {})];
  },
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = Math.sqrt(x.data[i]);
  },
  cases: positiveCases,
});

/** x to a constant exponent. */
export const power: Op<"power", { readonly exponent: number }> = defineOp<"power", { readonly exponent: number }>({
  name: "power",
  shapes: ([x]) => [x],
  gradient({ inputs: [x] }, [dy], { exponent }, { add }) {
    if (dy === null) return [null];
    // Where the exponent is 0, x⁻¹ would be infinite at 0.
    if (exponent === 0) return [add(fill, [], { shape: x.shape, value: 0 })];
    const slope = add(linear, [add(power, [x], { exponent: exponent - 1 })], { scale: exponent, shift: 0 });
    return [add(mul, [dy, slope], {})];
  },
  reference([x], { exponent }, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = x.data[i] ** exponent;
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: { exponent: 2 } },
    { inputs: [[1, 7]], attributes: { exponent: 3 } },
    { inputs: [[2, 3]], attributes: { exponent: -0.5 }, fill: ["positive"] },
    { inputs: [[2, 3]], attributes: { exponent: 1.7 }, fill: ["positive"] },
    { inputs: [[2, 3]], attributes: { exponent: 0 } },
  ],
});

/** |x|. */
export const abs = defineOp<"abs", {}>({
  name: "abs",
  shapes: ([x]) => [x],
  gradient: ({ inputs: [x] }, [dy], _, { add }) => [dy === null ? null : add(absGradient, [x, dy], {})],
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = Math.abs(x.data[i]);
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: {}, fill: ["distinct"] },
    { inputs: [[1, 7]], attributes: {}, fill: ["distinct"] },
  ],
});

/** x, dy to dx: dy times the sign of x, which is 0 at 0 as in PyTorch. */
export const absGradient = defineOp<"absGradient", {}>({
  name: "absGradient",
  shapes([x, dy]) {
    expectShape("output gradient", dy, x);
    return [x];
  },
  gradient: "none",
  reference([x, dy], _, [dx]) {
    for (let i = 0; i < dx.data.length; i++) dx.data[i] = Math.sign(x.data[i]) * dy.data[i];
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
    {
      inputs: [
        [1, 3],
        [1, 3],
      ],
      attributes: {},
      fill: [{ constant: 0 }, "normal"],
    },
  ],
});

// Means of all elements.
import { linear, mul } from "./arithmetic.js";
import { broadcastTo } from "./broadcast.js";
import { defineOp, type Op, sizeOf } from "./define.js";

/** The mean of all elements, a scalar. */
export const mean: Op<"mean", {}> = defineOp({
  name: "mean",
  shapes: () => [[]],
  gradient({ inputs: [x] }, [dy], _, { add }) {
    if (dy === null) return [null];
    return [add(broadcastTo, [add(linear, [dy], { scale: 1 / sizeOf(x.shape), shift: 0 })], { shape: x.shape })];
  },
  reference([x], _, [y]) {
    let sum = 0;
    for (let i = 0; i < x.data.length; i++) sum += x.data[i];
    y.data[0] = sum / x.data.length;
  },
  cases: [
    { inputs: [[2, 3, 5, 7]], attributes: {} },
    { inputs: [[1]], attributes: {} },
  ],
});

/** The mean of the squares of all elements, a scalar. */
export const meanSquare: Op<"meanSquare", {}> = defineOp({
  name: "meanSquare",
  shapes: () => [[]],
  gradient({ inputs: [x] }, [dy], _, { add }) {
    if (dy === null) return [null];
    return [add(mul, [add(linear, [x], { scale: 2 / sizeOf(x.shape), shift: 0 }), dy], {})];
  },
  reference([x], _, [y]) {
    let sum = 0;
    for (let i = 0; i < x.data.length; i++) sum += x.data[i] * x.data[i];
    y.data[0] = sum / x.data.length;
  },
  cases: [
    { inputs: [[2, 3, 5, 7]], attributes: {} },
    { inputs: [[1]], attributes: {} },
  ],
});

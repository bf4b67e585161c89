// Broadcasting, and the sums that it has for a gradient.
import { ShapeError } from "../../base/errors.js";
import { listText } from "./checks.js";
import { broadcastOffsets, broadcastShape, defineOp, type Op, type Shape, sameShape } from "./define.js";

function expectBroadcast(from: Shape, to: Shape): void {
  if (!sameShape(broadcastShape(from, to), to)) {
    throw new ShapeError(`${listText(from)} does not broadcast to ${listText(to)}`);
  }
}

/** x summed over the axes along which `shape` would be broadcast to x's shape. */
export const sumTo: Op<"sumTo", { readonly shape: Shape }> = defineOp<"sumTo", { readonly shape: Shape }>({
  name: "sumTo",
  shapes([x], { shape }) {
    expectBroadcast(shape, x);
    return [shape];
  },
  gradient: ({ inputs: [x] }, [dy], _, { add }) => [dy === null ? null : add(broadcastTo, [dy], { shape: x.shape })],
  reference([x], { shape }, [y]) {
    const offsets = broadcastOffsets(shape, x.shape);
    for (let i = 0; i < x.data.length; i++) y.data[offsets[i]] += x.data[i];
  },
  cases: [
    { inputs: [[2, 3, 5, 4]], attributes: { shape: [3, 1, 1] } },
    { inputs: [[2, 3]], attributes: { shape: [1, 3] } },
    { inputs: [[2, 3]], attributes: { shape: [2, 1] } },
    { inputs: [[2, 3, 5]], attributes: { shape: [] } },
  ],
});

/** x repeated to a larger shape, by NumPy's rule. */
export const broadcastTo: Op<"broadcastTo", { readonly shape: Shape }> = defineOp<
  "broadcastTo",
  { readonly shape: Shape }
>({
  name: "broadcastTo",
  shapes([x], { shape }) {
    expectBroadcast(x, shape);
    return [shape];
  },
  gradient: ({ inputs: [x] }, [dy], _, { add }) => [dy === null ? null : add(sumTo, [dy], { shape: x.shape })],
  reference([x], { shape }, [y]) {
    const offsets = broadcastOffsets(x.shape, shape);
    for (let i = 0; i < y.data.length; i++) y.data[i] = x.data[offsets[i]];
  },
  cases: [
    { inputs: [[3, 1, 1]], attributes: { shape: [2, 3, 5, 4] } },
    { inputs: [[2, 1]], attributes: { shape: [2, 3] } },
    { inputs: [[]], attributes: { shape: [2, 3] } },
  ],
});

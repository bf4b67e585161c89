// The same elements with the axes in another order.
import { ShapeError } from "../../base/errors.js";
import { listText } from "./checks.js";
import { defineOp, type Op, type Shape, sizeOf } from "./define.js";

export interface TransposeAttributes {
  /** For each axis of the output, the axis of the input that it is. */
  readonly axes: readonly number[];
}

/** Distances between neighbours along each axis of a row-major array, in elements. */
export function stridesOf(shape: Shape): readonly number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** x with its axes in the order `axes`. */
export const transpose: Op<"transpose", TransposeAttributes> = defineOp<"transpose", TransposeAttributes>({
  name: "transpose",
  shapes([x], { axes }) {
    if (axes.length !== x.length || [...axes].sort((a, b) => a - b).some((axis, i) => axis !== i)) {
      throw new ShapeError(`axes must name each axis of ${listText(x)} once, from 0, got ${listText(axes)}`);
    }
    return [axes.map((axis) => x[axis])];
  },
  gradient: (_, [dy], { axes }, { add }) => [
    dy === null ? null : add(transpose, [dy], { axes: axes.map((_axis, i) => axes.indexOf(i)) }),
  ],
  reference([x], { axes }, [y]) {
    const inputStrides = stridesOf(x.shape);
    const outputStrides = stridesOf(y.shape);
    for (let i = 0; i < y.data.length; i++) {
      let from = 0;
      axes.forEach((axis, position) => {
        from += (Math.floor(i / outputStrides[position]) % y.shape[position]) * inputStrides[axis];
      });
      y.data[i] = x.data[from];
    }
  },
  cases: [
    { inputs: [[2, 3, 5, 4]], attributes: { axes: [0, 2, 3, 1] } },
    { inputs: [[2, 3, 4]], attributes: { axes: [2, 0, 1] } },
    { inputs: [[3, 5]], attributes: { axes: [1, 0] } },
    { inputs: [[1, 3, 2, 2, 2, 3]], attributes: { axes: [0, 1, 4, 2, 5, 3] } },
  ],
});

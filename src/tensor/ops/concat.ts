// Arrays one after the other along an axis.
import { ShapeError } from "../../base/errors.js";
import { listText } from "./checks.js";
import { defineOp } from "./define.js";
import { put, slice } from "./slice.js";

export interface ConcatAttributes {
  /** The axis along which the arrays follow each other; counted from 0. */
  readonly axis: number;
}

/** a, b, … of equal lengths along all other axes, one after the other along `axis`. */
export const concat = defineOp<"concat", ConcatAttributes>({
  name: "concat",
  shapes(inputs, { axis }) {
    const [first] = inputs;
    if (first === undefined) throw new ShapeError("nothing to put together");
    if (!Number.isInteger(axis) || axis < 0 || axis >= first.length) {
      throw new ShapeError(
        `axis must be a whole number from 0 to ${first.length - 1} for ${listText(first)}, got ${axis}`,
      );
    }
    for (const shape of inputs) {
      if (shape.length !== first.length || shape.some((length, i) => i !== axis && length !== first[i])) {
        throw new ShapeError(`${listText(first)} and ${listText(shape)} cannot follow each other along axis ${axis}`);
      }
    }
    const length = inputs.reduce((sum, shape) => sum + shape[axis], 0);
    return [first.map((size, i) => (i === axis ? length : size))];
  },
  gradient({ inputs }, [dy], { axis }, { add }) {
    let start = 0;
    return inputs.map(({ shape }) => {
      if (dy === null) return null;
      const from = start;
      start += shape[axis];
      const starts = shape.map((_, i) => (i === axis ? from : 0));
      return add(slice, [dy], { starts, ends: shape.map((length, i) => starts[i] + length) });
    });
  },
  reference(inputs, { axis }, [y]) {
    let start = 0;
    for (const x of inputs) {
      const from = start;
      put(
        x,
        x.shape.map((_, i) => (i === axis ? from : 0)),
        y,
      );
      start += x.shape[axis];
    }
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 2],
        [2, 1, 5, 2],
        [2, 4, 5, 2],
      ],
      attributes: { axis: 1 },
    },
    {
      inputs: [
        [3, 2],
        [1, 2],
      ],
      attributes: { axis: 0 },
    },
    {
      inputs: [
        [2, 3],
        [2, 1],
      ],
      attributes: { axis: 1 },
    },
    { inputs: [[2, 3]], attributes: { axis: 1 } },
  ],
});

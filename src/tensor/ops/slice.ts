// A box cut out of an array, and an array put into a larger one; each is the other's gradient.
import { ShapeError } from "../../base/errors.js";
import { listText } from "./checks.js";
import { defineOp, type Op, type Shape, sizeOf, type Tensor } from "./define.js";
import { stridesOf } from "./transpose.js";

export interface SliceAttributes {
  /** The first index along each axis. */
  readonly starts: readonly number[];
  /** The index after the last along each axis. */
  readonly ends: readonly number[];
}
export interface PadAttributes {
  /** Elements before the first along each axis. */
  readonly before: readonly number[];
  /** Elements after the last along each axis. */
  readonly after: readonly number[];
  /** What they are. */
  readonly value: number;
}

/** x[starts₀ … ends₀ − 1, starts₁ … ends₁ − 1, …]. */
export const slice: Op<"slice", SliceAttributes> = defineOp<"slice", SliceAttributes>({
  name: "slice",
  shapes([x], { starts, ends }) {
    const fits =
      starts.length === x.length &&
      ends.length === x.length &&
      x.every((length, axis) => {
        const [start, end] = [starts[axis], ends[axis]];
        return Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end <= length && start < end;
      });
    if (!fits) throw new ShapeError(`cannot take ${listText(starts)} to ${listText(ends)} of ${listText(x)}`);
    return [ends.map((end, axis) => end - starts[axis])];
  },
  gradient({ inputs: [x] }, [dy], { starts, ends }, { add }) {
    if (dy === null) return [null];
    return [add(pad, [dy], { before: starts, after: ends.map((end, axis) => x.shape[axis] - end), value: 0 })];
  },
  reference([x], { starts }, [y]) {
    forEachInBox(x.shape, starts, y.shape, (outer, inner) => {
      y.data[inner] = x.data[outer];
    });
  },
  cases: [
    { inputs: [[2, 3, 5, 4]], attributes: { starts: [0, 1, 2, 0], ends: [2, 3, 5, 3] } },
    { inputs: [[4, 3]], attributes: { starts: [1, 0], ends: [2, 3] } },
    { inputs: [[5]], attributes: { starts: [3], ends: [5] } },
    { inputs: [[2, 3]], attributes: { starts: [0, 0], ends: [2, 3] } },
  ],
});

/** x with `before` and `after` elements of `value` around it along each axis. */
export const pad: Op<"pad", PadAttributes> = defineOp<"pad", PadAttributes>({
  name: "pad",
  shapes([x], { before, after }) {
    const counts = [...before, ...after];
    if (before.length !== x.length || after.length !== x.length || counts.some((n) => !Number.isInteger(n) || n < 0)) {
      throw new ShapeError(
        `padding must be one whole number of 0 or more for each axis of ${listText(x)}, got ${listText(before)} and ${listText(after)}`,
      );
    }
    return [x.map((length, axis) => before[axis] + length + after[axis])];
  },
  gradient({ inputs: [x] }, [dy], { before }, { add }) {
    if (dy === null) return [null];
    return [add(slice, [dy], { starts: before, ends: before.map((start, axis) => start + x.shape[axis]) })];
  },
  reference([x], { before, value }, [y]) {
    y.data.fill(value);
    put(x, before, y);
  },
  cases: [
    { inputs: [[2, 3, 2, 4]], attributes: { before: [0, 0, 1, 2], after: [0, 0, 3, 0], value: 0 } },
    { inputs: [[2, 3]], attributes: { before: [1, 0], after: [0, 2], value: -0.5 } },
    { inputs: [[3]], attributes: { before: [0], after: [2], value: 1 } },
    { inputs: [[2, 3]], attributes: { before: [0, 0], after: [0, 0], value: 1 } },
  ],
});

/** Copies x into y, its first element to the place `starts`. */
export function put(x: Tensor, starts: readonly number[], y: Tensor): void {
  forEachInBox(y.shape, starts, x.shape, (outer, inner) => {
    y.data[outer] = x.data[inner];
  });
}

/** Visits a box of `size` at `starts` in an array of `shape`: each element's index in the array and in the box. */
function forEachInBox(
  shape: Shape,
  starts: readonly number[],
  size: Shape,
  visit: (outer: number, inner: number) => void,
): void {
  const outerStrides = stridesOf(shape);
  const innerStrides = stridesOf(size);
  for (let inner = 0; inner < sizeOf(size); inner++) {
    let outer = 0;
    size.forEach((length, axis) => {
      outer += ((Math.floor(inner / innerStrides[axis]) % length) + starts[axis]) * outerStrides[axis];
    });
    visit(outer, inner);
  }
}

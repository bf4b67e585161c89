// Sums and means over some of the axes.
import { ShapeError } from "../../base/errors.js";
import { linear } from "./arithmetic.js";
import { broadcastTo } from "./broadcast.js";
import { listText } from "./checks.js";
import {
  broadcastOffsets,
  defineOp,
  type GradientTools,
  type OpCase,
  type Shape,
  sizeOf,
  type Tensor,
  type Value,
} from "./define.js";
import { reshape } from "./reshape.js";

export interface AxesAttributes {
  /** The axes that go; counted from 0, each once. */
  readonly axes: readonly number[];
  /** Whether they stay with length 1. */
  readonly keepDims: boolean;
}

const cases: readonly OpCase<AxesAttributes>[] = [
  { inputs: [[2, 3, 5, 4]], attributes: { axes: [0, 2, 3], keepDims: false } },
  { inputs: [[2, 3, 5, 4]], attributes: { axes: [1, 2, 3], keepDims: true } },
  { inputs: [[2, 3, 5]], attributes: { axes: [1], keepDims: false } },
  { inputs: [[2, 3, 5, 2, 3]], attributes: { axes: [3, 1], keepDims: true } },
  { inputs: [[3, 4]], attributes: { axes: [1], keepDims: true } },
  { inputs: [[3, 4]], attributes: { axes: [0, 1], keepDims: false } },
  { inputs: [[3, 4]], attributes: { axes: [], keepDims: false } },
];

/** The shape with length 1 where an axis goes. */
export function withOnes(x: Shape, axes: readonly number[]): Shape {
  return x.map((length, axis) => (axes.includes(axis) ? 1 : length));
}

function reducedShape(x: Shape, { axes, keepDims }: AxesAttributes): Shape {
  const isAxis = (axis: number): boolean => Number.isInteger(axis) && axis >= 0 && axis < x.length;
  if (new Set(axes).size !== axes.length || !axes.every(isAxis)) {
    throw new ShapeError(`axes must be axes of ${listText(x)}, counted from 0, each once, got ${listText(axes)}`);
  }
  return keepDims ? withOnes(x, axes) : x.filter((_, axis) => !axes.includes(axis));
}

/** How many elements of x one element of the result is made of. */
export function termsOf(x: Shape, axes: readonly number[]): number {
  return axes.reduce((product, axis) => product * x[axis], 1);
}

function spread(dy: Value, x: Shape, { axes }: AxesAttributes, { add }: GradientTools): Value {
  return add(broadcastTo, [add(reshape, [dy], { shape: withOnes(x, axes) })], { shape: x });
}

function sumInto(x: Tensor, axes: readonly number[], y: Tensor, factor: number): void {
  const offsets = broadcastOffsets(withOnes(x.shape, axes), x.shape);
  for (let i = 0; i < x.data.length; i++) y.data[offsets[i]] += x.data[i];
  for (let i = 0; i < sizeOf(y.shape); i++) y.data[i] *= factor;
}

/** x summed over axes. */
export const sum = defineOp<"sum", AxesAttributes>({
  name: "sum",
  shapes: ([x], attributes) => [reducedShape(x, attributes)],
  gradient: ({ inputs: [x] }, [dy], attributes, tools) => [dy === null ? null : spread(dy, x.shape, attributes, tools)],
  reference: ([x], { axes }, [y]) => sumInto(x, axes, y, 1),
  cases,
});

/** The mean of x over axes. */
export const meanOver = defineOp<"meanOver", AxesAttributes>({
  name: "meanOver",
  shapes: ([x], attributes) => [reducedShape(x, attributes)],
  gradient({ inputs: [x] }, [dy], attributes, tools) {
    if (dy === null) return [null];
    const share = tools.add(linear, [dy], { scale: 1 / termsOf(x.shape, attributes.axes), shift: 0 });
    return [spread(share, x.shape, attributes, tools)];
  },
  reference: ([x], { axes }, [y]) => sumInto(x, axes, y, 1 / termsOf(x.shape, axes)),
  cases,
});

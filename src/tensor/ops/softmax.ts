// Shares that add up to one along an axis, their logarithms, and the gradients from the outputs.
import { ShapeError } from "../../base/errors.js";
import { expectShape, listText } from "./checks.js";
import { defineOp, type OpCase, type Shape, sizeOf } from "./define.js";

export interface SoftmaxAttributes {
  /** The axis along which the shares add up to one; counted from 0. */
  readonly axis: number;
}

const forwardCases: readonly OpCase<SoftmaxAttributes>[] = [
  { inputs: [[3, 7]], attributes: { axis: 1 } },
  { inputs: [[2, 3, 5, 2]], attributes: { axis: 1 } },
  { inputs: [[4, 3]], attributes: { axis: 0 } },
  { inputs: [[2, 3, 1]], attributes: { axis: 2 } },
];

function expectAxis(x: Shape, axis: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= x.length) {
    throw new ShapeError(`axis must be a whole number from 0 to ${x.length - 1} for ${listText(x)}, got ${axis}`);
  }
}

function gradientShapes([y, dy]: readonly Shape[], { axis }: SoftmaxAttributes): readonly Shape[] {
  expectAxis(y, axis);
  expectShape("output gradient", dy, y);
  return [y];
}

/** Visits each line along an axis: the indices of its elements are first, first + step, … (`length` of them). */
function forEachLine(shape: Shape, axis: number, visit: (indices: readonly number[]) => void): void {
  const length = shape[axis];
  const step = sizeOf(shape.slice(axis + 1));
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++) {
    for (let inner = 0; inner < step; inner++) {
      visit(Array.from({ length }, (_, i) => (outer * length + i) * step + inner));
    }
  }
}

/** The logarithm of the sum of exponentials, with the largest taken out so that nothing overflows. */
function logSumExp(data: Float64Array, indices: readonly number[]): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const i of indices) largest = Math.max(largest, data[i]);
  let sum = 0;
  for (const i of indices) sum += Math.exp(data[i] - largest);
  return largest + Math.log(sum);
}

/** eˣ / Σ eˣ, the sum over the axis. */
export const softmax = defineOp<"softmax", SoftmaxAttributes>({
  name: "softmax",
  shapes([x], { axis }) {
    expectAxis(x, axis);
    return [x];
  },
  gradient: ({ outputs: [y] }, [dy], attributes, { add }) => [
    dy === null ? null : add(softmaxGradient, [y, dy], attributes),
  ],
  reference([x], { axis }, [y]) {
    forEachLine(x.shape, axis, (indices) => {
      const total = logSumExp(x.data, indices);
      for (const i of indices) y.data[i] = Math.exp(x.data[i] - total);
    });
  },
  cases: forwardCases,
});

/** y, dy to dx = y·(dy − Σ dy·y), the sum over the axis. */
export const softmaxGradient = defineOp<"softmaxGradient", SoftmaxAttributes>({
  name: "softmaxGradient",
  shapes: gradientShapes,
  gradient: "none",
  reference([y, dy], { axis }, [dx]) {
    forEachLine(y.shape, axis, (indices) => {
      let sum = 0;
      for (const i of indices) sum += dy.data[i] * y.data[i];
      for (const i of indices) dx.data[i] = y.data[i] * (dy.data[i] - sum);
    });
  },
  cases: [
    {
      inputs: [
        [3, 7],
        [3, 7],
      ],
      attributes: { axis: 1 },
      fill: ["unit", "normal"],
    },
    {
      inputs: [
        [2, 3, 5, 2],
        [2, 3, 5, 2],
      ],
      attributes: { axis: 1 },
      fill: ["unit", "normal"],
    },
  ],
});

/** x − ln Σ eˣ, the sum over the axis. */
export const logSoftmax = defineOp<"logSoftmax", SoftmaxAttributes>({
  name: "logSoftmax",
  shapes([x], { axis }) {
    expectAxis(x, axis);
    return [x];
  },
  gradient: ({ outputs: [y] }, [dy], attributes, { add }) => [
    dy === null ? null : add(logSoftmaxGradient, [y, dy], attributes),
  ],
  reference([x], { axis }, [y]) {
    forEachLine(x.shape, axis, (indices) => {
      const total = logSumExp(x.data, indices);
      for (const i of indices) y.data[i] = x.data[i] - total;
    });
  },
  cases: forwardCases,
});

/** y, dy to dx = dy − eʸ·Σ dy, the sum over the axis. */
export const logSoftmaxGradient = defineOp<"logSoftmaxGradient", SoftmaxAttributes>({
  name: "logSoftmaxGradient",
  shapes: gradientShapes,
  gradient: "none",
  reference([y, dy], { axis }, [dx]) {
    forEachLine(y.shape, axis, (indices) => {
      let sum = 0;
      for (const i of indices) sum += dy.data[i];
      for (const i of indices) dx.data[i] = dy.data[i] - Math.exp(y.data[i]) * sum;
    });
  },
  cases: [
    {
      inputs: [
        [3, 7],
        [3, 7],
      ],
      attributes: { axis: 1 },
    },
    {
      inputs: [
        [2, 3, 5, 2],
        [2, 3, 5, 2],
      ],
      attributes: { axis: 1 },
    },
  ],
});

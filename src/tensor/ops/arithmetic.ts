// Sums, differences and products of two values (with NumPy's broadcasting) and of a value with constants.

import { sumTo } from "./broadcast.js";
import { expectShape } from "./checks.js";
import {
  broadcastOffsets,
  broadcastShape,
  defineOp,
  type GradientTools,
  type Op,
  type Shape,
  sameShape,
  type Tensor,
  type Value,
} from "./define.js";

const broadcastCases = [
  {
    inputs: [
      [2, 3, 5],
      [2, 3, 5],
    ],
    attributes: {},
  },
  {
    inputs: [
      [2, 3, 2, 5],
      [3, 1, 1],
    ],
    attributes: {},
  },
  {
    inputs: [
      [1, 3],
      [2, 1],
    ],
    attributes: {},
  },
  { inputs: [[2, 3], []], attributes: {} },
  { inputs: [[], []], attributes: {} },
] as const;

/** a + b. */
export const add: Op<"add", {}> = defineOp({
  name: "add",
  shapes: ([a, b]) => [broadcastShape(a, b)],
  gradient({ inputs: [a, b] }, [dy], _, tools) {
    if (dy === null) return [null, null];
    return [summedTo(dy, a.shape, tools), summedTo(dy, b.shape, tools)];
  },
  reference: ([a, b], _, [y]) => combine(a, b, y, (left, right) => left + right),
  cases: broadcastCases,
});

/** a − b. */
export const sub: Op<"sub", {}> = defineOp({
  name: "sub",
  shapes: ([a, b]) => [broadcastShape(a, b)],
  gradient({ inputs: [a, b] }, [dy], _, tools) {
    if (dy === null) return [null, null];
    return [summedTo(dy, a.shape, tools), tools.add(linear, [summedTo(dy, b.shape, tools)], { scale: -1, shift: 0 })];
  },
  reference: ([a, b], _, [y]) => combine(a, b, y, (left, right) => left - right),
  cases: broadcastCases,
});

/** a · b, element by element. */
export const mul: Op<"mul", {}> = defineOp({
  name: "mul",
  shapes: ([a, b]) => [broadcastShape(a, b)],
  gradient({ inputs: [a, b] }, [dy], _, tools) {
    if (dy === null) return [null, null];
    return [
      summedTo(tools.add(mul, [dy, b], {}), a.shape, tools),
      summedTo(tools.add(mul, [dy, a], {}), b.shape, tools),
    ];
  },
  reference: ([a, b], _, [y]) => combine(a, b, y, (left, right) => left * right),
  cases: broadcastCases,
});

/** scale·x + shift, with constants. */
export const linear: Op<"linear", { readonly scale: number; readonly shift: number }> = defineOp({
  name: "linear",
  shapes: ([x]) => [x],
  gradient: (_, [dy], { scale }, { add: addOp }) => [dy === null ? null : addOp(linear, [dy], { scale, shift: 0 })],
  reference([x], { scale, shift }, [y]) {
    for (let i = 0; i < x.data.length; i++) y.data[i] = scale * x.data[i] + shift;
  },
  cases: [
    { inputs: [[2, 3, 5]], attributes: { scale: -0.75, shift: 0.5 } },
    { inputs: [[]], attributes: { scale: 3, shift: 0 } },
  ],
});

/** scaleA·a + scaleB·b, of one shape. */
export const scaledAdd: Op<"scaledAdd", { readonly scaleA: number; readonly scaleB: number }> = defineOp({
  name: "scaledAdd",
  shapes([a, b]) {
    expectShape("second summand", b, a);
    return [a];
  },
  gradient(_, [dy], { scaleA, scaleB }, { add: addOp }) {
    if (dy === null) return [null, null];
    return [addOp(linear, [dy], { scale: scaleA, shift: 0 }), addOp(linear, [dy], { scale: scaleB, shift: 0 })];
  },
  reference([a, b], { scaleA, scaleB }, [y]) {
    for (let i = 0; i < y.data.length; i++) y.data[i] = scaleA * a.data[i] + scaleB * b.data[i];
  },
  cases: [
    {
      inputs: [
        [2, 3, 5],
        [2, 3, 5],
      ],
      attributes: { scaleA: 0.9, scaleB: 0.1 },
    },
    { inputs: [[], []], attributes: { scaleA: 1, scaleB: -2 } },
  ],
});

/** `combination` of each pair of elements, after broadcasting both to the shape of `y`. */
export function combine(a: Tensor, b: Tensor, y: Tensor, combination: (left: number, right: number) => number): void {
  const left = broadcastOffsets(a.shape, y.shape);
  const right = broadcastOffsets(b.shape, y.shape);
  for (let i = 0; i < y.data.length; i++) y.data[i] = combination(a.data[left[i]], b.data[right[i]]);
}

/** A gradient summed over the axes that its input was broadcast along. */
export function summedTo(gradient: Value, shape: Shape, { add: addOp }: GradientTools): Value {
  return sameShape(gradient.shape, shape) ? gradient : addOp(sumTo, [gradient], { shape });
}

// The larger and the smaller of two values, with NumPy's broadcasting, and the gradient, of which a tie gets half each.
import { combine, summedTo } from "./arithmetic.js";
import { expectShape } from "./checks.js";
import { broadcastOffsets, broadcastShape, defineOp, type OpCase } from "./define.js";

const broadcastCases: readonly OpCase<{}>[] = [
  {
    inputs: [
      [2, 3, 5],
      [2, 3, 5],
    ],
    attributes: {},
    fill: ["distinct", { constant: 0 }],
  },
  {
    inputs: [
      [2, 3, 2, 5],
      [3, 1, 1],
    ],
    attributes: {},
    fill: ["distinct", { constant: 0.1 }],
  },
  {
    inputs: [
      [1, 3],
      [2, 1],
    ],
    attributes: {},
  },
  { inputs: [[2, 3], []], attributes: {}, fill: ["distinct", { constant: 0 }] },
];

/** The larger of a and b, element by element. */
export const maximum = defineOp<"maximum", {}>({
  name: "maximum",
  shapes: ([a, b]) => [broadcastShape(a, b)],
  gradient({ inputs: [a, b] }, [dy], _, tools) {
    if (dy === null) return [null, null];
    const [da, db] = tools.addAll(maximumGradient, [a, b, dy], {});
    return [summedTo(da, a.shape, tools), summedTo(db, b.shape, tools)];
  },
  reference: ([a, b], _, [y]) => combine(a, b, y, Math.max),
  cases: broadcastCases,
});

/** The smaller of a and b, element by element. */
export const minimum = defineOp<"minimum", {}>({
  name: "minimum",
  shapes: ([a, b]) => [broadcastShape(a, b)],
  gradient({ inputs: [a, b] }, [dy], _, tools) {
    if (dy === null) return [null, null];
    // Where b is the larger of the two, a is the smaller.
    const [da, db] = tools.addAll(maximumGradient, [b, a, dy], {});
    return [summedTo(da, a.shape, tools), summedTo(db, b.shape, tools)];
  },
  reference: ([a, b], _, [y]) => combine(a, b, y, Math.min),
  cases: broadcastCases,
});

/** a, b, dy to da and db, both of dy's shape: dy goes to the larger, half to each of two equal ones as in PyTorch. */
export const maximumGradient = defineOp<"maximumGradient", {}>({
  name: "maximumGradient",
  shapes([a, b, dy]) {
    const shape = broadcastShape(a, b);
    expectShape("output gradient", dy, shape);
    return [shape, shape];
  },
  gradient: "none",
  reference([a, b, dy], _, [da, db]) {
    const left = broadcastOffsets(a.shape, dy.shape);
    const right = broadcastOffsets(b.shape, dy.shape);
    for (let i = 0; i < dy.data.length; i++) {
      const difference = a.data[left[i]] - b.data[right[i]];
      const share = difference === 0 ? 0.5 : difference > 0 ? 1 : 0;
      da.data[i] = share * dy.data[i];
      db.data[i] = (1 - share) * dy.data[i];
    }
  },
  cases: [
    {
      inputs: [
        [2, 3, 5],
        [2, 3, 5],
        [2, 3, 5],
      ],
      attributes: {},
    },
    { inputs: [[3, 2], [2], [3, 2]], attributes: {}, fill: [{ constant: 0.5 }, { constant: 0.5 }, "normal"] },
    {
      inputs: [
        [1, 3],
        [2, 1],
        [2, 3],
      ],
      attributes: {},
    },
  ],
});

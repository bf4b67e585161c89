// Quotients, with NumPy's broadcasting.
import { combine, linear, mul, summedTo } from "./arithmetic.js";
import { broadcastShape, defineOp, type Op } from "./define.js";

/** a / b, element by element. */
export const div: Op<"div", {}> = defineOp<"div", {}>({
  name: "div",
  shapes: ([a, b]) => [broadcastShape(a, b)],
  gradient({ inputs: [a, b], outputs: [y] }, [dy], _, tools) {
    if (dy === null) return [null, null];
    const share = tools.add(div, [dy, b], {});
    const db = tools.add(linear, [tools.add(mul, [share, y], {})], { scale: -1, shift: 0 });
    return [summedTo(share, a.shape, tools), summedTo(db, b.shape, tools)];
  },
  reference: ([a, b], _, [y]) => combine(a, b, y, (left, right) => left / right),
  cases: [
    {
      inputs: [
        [2, 3, 5],
        [2, 3, 5],
      ],
      attributes: {},
      fill: ["normal", "positive"],
    },
    {
      inputs: [
        [2, 3, 2, 5],
        [3, 1, 1],
      ],
      attributes: {},
      fill: ["normal", "positive"],
    },
    {
      inputs: [
        [1, 3],
        [2, 1],
      ],
      attributes: {},
      fill: ["normal", "positive"],
    },
    { inputs: [[2, 3], []], attributes: {}, fill: ["normal", "positive"] },
    { inputs: [[], [2, 3]], attributes: {}, fill: ["normal", "positive"] },
  ],
});

// A self-regularised smooth activation (Misra 2019, "Mish: a self regularized non-monotonic neural activation function").
import { tanh } from "./activations.js";
import { linear, mul, add as plus } from "./arithmetic.js";
import { type Add, defineExpandableOp, type Value } from "./define.js";
import { silu } from "./silu.js";
import { softplus } from "./softplus.js";

/** tanh(ln(1 + eˣ)); above its threshold softplus is x, whose tanh is 1 in float64 too. */
function gate(x: Value, add: Add): Value {
  return add(tanh, [add(softplus, [x], { beta: 1, threshold: 20 })], {});
}

/** x·tanh(ln(1 + eˣ)). */
export const mish = defineExpandableOp<"mish", {}>({
  name: "mish",
  shapes: ([x]) => [x],
  // With t = tanh(softplus(x)), whose slope is (1 − t²)·sigmoid(x): t + x·sigmoid(x)·(1 − t²).
  gradient({ inputs: [x] }, [dy], _, { add }) {
    if (dy === null) return [null];
    const t = gate(x, add);
    const rest = add(linear, [add(mul, [t, t], {})], { scale: -1, shift: 1 });
    const slope = add(plus, [t, add(mul, [add(silu, [x], {}), rest], {})], {});
    return [add(mul, [dy, slope], {})];
  },
  expansion: ([x], _, { add }) => [add(mul, [x, gate(x, add)], {})],
  reference([x], _, [y]) {
    for (let i = 0; i < x.data.length; i++) {
      const value = x.data[i];
      // ln(1 + eˣ) without overflow.
      const soft = Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
      y.data[i] = value * Math.tanh(soft);
    }
  },
  cases: [
    { inputs: [[2, 3, 5, 1]], attributes: {} },
    { inputs: [[1, 7]], attributes: {} },
  ],
});

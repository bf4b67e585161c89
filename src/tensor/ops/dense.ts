// A dense layer's product, y = x·wᵀ + b (PyTorch's linear), and its two gradients.
import { ShapeError } from "../../base/errors.js";
import { expectShape, matrixShape } from "./checks.js";
import { defineOp } from "./define.js";

/** x [batch, input], w [output, input], optionally b [output], to [batch, output]. */
export const dense = defineOp<"dense", {}>({
  name: "dense",
  shapes([x, w, b]) {
    const [batch, features] = matrixShape(x);
    const [outputs, inputs] = matrixShape(w, "output features, input features");
    if (inputs !== features) throw new ShapeError(`weight for ${inputs} input features, got an input with ${features}`);
    if (b !== undefined) expectShape("bias", b, [outputs]);
    return [[batch, outputs]];
  },
  gradient({ inputs: [x, w, b] }, [dy], _, { add, addAll }) {
    if (dy === null) return [null, null, null];
    const bias = b !== undefined;
    const dx = add(denseInputGradient, [dy, w], {});
    const [dw, db] = addAll(denseWeightGradient, [x, dy], { bias });
    return bias ? [dx, dw, db] : [dx, dw];
  },
  reference([x, w, b], _, [y]) {
    const [batch, inputs] = x.shape;
    const [outputs] = w.shape;
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outputs; o++) {
        let sum = b === undefined ? 0 : b.data[o];
        for (let i = 0; i < inputs; i++) sum += x.data[n * inputs + i] * w.data[o * inputs + i];
        y.data[n * outputs + o] = sum;
      }
    }
  },
  cases: [
    { inputs: [[2, 3], [5, 3], [5]], attributes: {} },
    {
      inputs: [
        [1, 7],
        [4, 7],
      ],
      attributes: {},
    },
    { inputs: [[3, 1], [1, 1], [1]], attributes: {} },
  ],
});

/** dy [batch, output], w [output, input] to the gradient of the input, dy·w. */
export const denseInputGradient = defineOp<"denseInputGradient", {}>({
  name: "denseInputGradient",
  shapes([dy, w]) {
    const [batch] = matrixShape(dy);
    const [outputs, inputs] = matrixShape(w, "output features, input features");
    expectShape("output gradient", dy, [batch, outputs]);
    return [[batch, inputs]];
  },
  gradient: "none",
  reference([dy, w], _, [dx]) {
    const [batch, outputs] = dy.shape;
    const [, inputs] = w.shape;
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outputs; o++) {
        const gradient = dy.data[n * outputs + o];
        for (let i = 0; i < inputs; i++) dx.data[n * inputs + i] += gradient * w.data[o * inputs + i];
      }
    }
  },
  cases: [
    {
      inputs: [
        [2, 5],
        [5, 3],
      ],
      attributes: {},
    },
  ],
});

/** x [batch, input], dy [batch, output] to the gradient of the weight, dyᵀ·x, and with `bias` of the bias. */
export const denseWeightGradient = defineOp<"denseWeightGradient", { readonly bias: boolean }>({
  name: "denseWeightGradient",
  shapes([x, dy], { bias }) {
    const [batch, inputs] = matrixShape(x);
    const [, outputs] = matrixShape(dy);
    expectShape("output gradient", dy, [batch, outputs]);
    return bias ? [[outputs, inputs], [outputs]] : [[outputs, inputs]];
  },
  gradient: "none",
  reference([x, dy], { bias }, [dw, db]) {
    const [batch, inputs] = x.shape;
    const [, outputs] = dy.shape;
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < outputs; o++) {
        const gradient = dy.data[n * outputs + o];
        for (let i = 0; i < inputs; i++) dw.data[o * inputs + i] += gradient * x.data[n * inputs + i];
        if (bias) db.data[o] += gradient;
      }
    }
  },
  cases: [
    {
      inputs: [
        [2, 3],
        [2, 5],
      ],
      attributes: { bias: true },
    },
    {
      inputs: [
        [3, 7],
        [3, 4],
      ],
      attributes: { bias: false },
    },
  ],
});

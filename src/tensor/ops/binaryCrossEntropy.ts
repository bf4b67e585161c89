// Binary cross-entropy of probabilities, element by element, as PyTorch's binary_cross_entropy without reduction.
import { expectShape } from "./checks.js";
import { defineOp } from "./define.js";

/** PyTorch's lower bound of a logarithm, so that a probability of 0 or 1 gives a finite loss. */
const smallestLog = -100;
/** PyTorch's lower bound of p·(1 − p) in the gradient. */
const smallestVariance = 1e-12;

/**
 * prediction p and target t, both in [0, 1] and of one shape, to −t·ln p − (1 − t)·ln(1 − p). Logarithms are at least −100.
 * No gradient flows to the target.
 */
export const binaryCrossEntropy = defineOp<"binaryCrossEntropy", {}>({
  name: "binaryCrossEntropy",
  constantInputs: [1],
  shapes([prediction, target]) {
    expectShape("target", target, prediction);
    return [prediction];
  },
  gradient({ inputs: [prediction, target] }, [dy], _, { add }) {
    return [dy === null ? null : add(binaryCrossEntropyGradient, [prediction, target, dy], {}), null];
  },
  reference([prediction, target], _, [y]) {
    for (let i = 0; i < y.data.length; i++) {
      const p = prediction.data[i];
      const t = target.data[i];
      y.data[i] = -t * Math.max(Math.log(p), smallestLog) - (1 - t) * Math.max(Math.log1p(-p), smallestLog);
    }
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: {},
      fill: ["unit", "unit"],
    },
    {
      inputs: [
        [1, 3],
        [1, 3],
      ],
      attributes: {},
      fill: ["unit", { constant: 0 }],
    },
    {
      inputs: [
        [1, 3],
        [1, 3],
      ],
      attributes: {},
      fill: ["unit", { constant: 1 }],
    },
  ],
});

/** prediction p, target t, dy to dy·(p − t) / max(p·(1 − p), 10⁻¹²). */
export const binaryCrossEntropyGradient = defineOp<"binaryCrossEntropyGradient", {}>({
  name: "binaryCrossEntropyGradient",
  shapes([prediction, target, dy]) {
    expectShape("target", target, prediction);
    expectShape("output gradient", dy, prediction);
    return [prediction];
  },
  gradient: "none",
  reference([prediction, target, dy], _, [dx]) {
    for (let i = 0; i < dx.data.length; i++) {
      const p = prediction.data[i];
      dx.data[i] = (dy.data[i] * (p - target.data[i])) / Math.max(p * (1 - p), smallestVariance);
    }
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 1],
        [2, 3, 5, 1],
        [2, 3, 5, 1],
      ],
      attributes: {},
      fill: ["unit", "unit", "normal"],
    },
  ],
});

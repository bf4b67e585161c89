// Layer normalisation (Ba et al. 2016): each element of a batch by its own mean and variance over the last axes.
import { ShapeError } from "../../base/errors.js";
import { expectShape, listText } from "./checks.js";
import { defineOp, type Shape, sizeOf } from "./define.js";
import { normaliseRows, normaliseRowsGradient, type Rows } from "./rowNormalisation.js";

export interface LayerNormAttributes {
  /** How many of the last axes are normalised over; scale and shift have their shape. */
  readonly normalizedRank: number;
  /** Added to the variance before its root. */
  readonly epsilon: number;
}

/** The shapes of what is normalised over and of what is not. */
function splitShape(
  x: Shape,
  { normalizedRank }: LayerNormAttributes,
): { readonly outer: Shape; readonly inner: Shape } {
  if (!Number.isInteger(normalizedRank) || normalizedRank < 1 || normalizedRank > x.length) {
    throw new ShapeError(`layer norm must be over 1 to ${x.length} axes of ${listText(x)}, got ${normalizedRank}`);
  }
  return { outer: x.slice(0, x.length - normalizedRank), inner: x.slice(x.length - normalizedRank) };
}

function rowsOf(x: Shape, attributes: LayerNormAttributes): Rows {
  const length = sizeOf(splitShape(x, attributes).inner);
  return { length, epsilon: attributes.epsilon, parameterOf: (index) => index % length };
}

/**
 * x, scale and shift [the normalised axes] to y, and the mean and biased variance [the other axes]. No gradient flows
 * through the statistics as outputs.
 */
export const layerNorm = defineOp<"layerNorm", LayerNormAttributes>({
  name: "layerNorm",
  shapes([x, scale, shift], attributes) {
    const { outer, inner } = splitShape(x, attributes);
    expectShape("scale", scale, inner);
    expectShape("shift", shift, inner);
    return [x, outer, outer];
  },
  gradient({ inputs: [x, scale], outputs: [, mean, variance] }, [dy], attributes, { addAll }) {
    if (dy === null) return [null, null, null];
    return addAll(layerNormGradient, [x, scale, mean, variance, dy], attributes);
  },
  reference: (inputs, attributes, outputs) => normaliseRows(inputs, rowsOf(inputs[0].shape, attributes), outputs),
  cases: [
    { inputs: [[3, 7], [7], [7]], attributes: { normalizedRank: 1, epsilon: 1e-5 } },
    {
      inputs: [
        [2, 3, 5, 2],
        [3, 5, 2],
        [3, 5, 2],
      ],
      attributes: { normalizedRank: 3, epsilon: 1e-3 },
    },
    { inputs: [[2, 3, 16], [16], [16]], attributes: { normalizedRank: 1, epsilon: 1e-5 } },
    {
      inputs: [
        [3, 4],
        [3, 4],
        [3, 4],
      ],
      attributes: { normalizedRank: 2, epsilon: 1e-5 },
    },
  ],
});

/** x, scale, mean, variance, dy to dx, dscale, dshift, where mean and variance are those of x. */
export const layerNormGradient = defineOp<"layerNormGradient", LayerNormAttributes>({
  name: "layerNormGradient",
  shapes([x, scale, mean, variance, dy], attributes) {
    const { outer, inner } = splitShape(x, attributes);
    expectShape("scale", scale, inner);
    expectShape("mean", mean, outer);
    expectShape("variance", variance, outer);
    expectShape("output gradient", dy, x);
    return [x, inner, inner];
  },
  gradient: "none",
  reference: (inputs, attributes, outputs) =>
    normaliseRowsGradient(inputs, rowsOf(inputs[0].shape, attributes), outputs),
  cases: [
    {
      inputs: [[3, 7], [7], [3], [3], [3, 7]],
      attributes: { normalizedRank: 1, epsilon: 1e-5 },
      fill: ["normal", "normal", "normal", "positive", "normal"],
    },
    {
      inputs: [[2, 3, 5, 2], [3, 5, 2], [2], [2], [2, 3, 5, 2]],
      attributes: { normalizedRank: 3, epsilon: 1e-5 },
      fill: ["normal", "normal", "normal", "positive", "normal"],
    },
  ],
});

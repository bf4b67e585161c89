// Group normalisation (Wu & He 2018): each image by the mean and variance of each group of its channels. With as many
// groups as channels it is instance normalisation (Ulyanov et al. 2016).
import { ShapeError } from "../../base/errors.js";
import { expectShape, listText } from "./checks.js";
import { defineOp, type Shape, sizeOf } from "./define.js";
import { normaliseRows, normaliseRowsGradient, type Rows } from "./rowNormalisation.js";

export interface GroupNormAttributes {
  /** Groups of neighbouring channels; divides their number. */
  readonly groups: number;
  /** Added to the variance before its root. */
  readonly epsilon: number;
}

function expectDivided(x: Shape, groups: number): void {
  if (x.length < 2) throw new ShapeError(`expects [batch, channel, …], got ${listText(x)}`);
  if (!Number.isInteger(groups) || groups < 1 || x[1] % groups !== 0) {
    throw new ShapeError(`${x[1]} channels cannot be divided into ${groups} groups`);
  }
}

function rowsOf(x: Shape, { groups, epsilon }: GroupNormAttributes): Rows {
  const [, channels, ...plane] = x;
  const area = sizeOf(plane);
  return {
    length: (channels / groups) * area,
    epsilon,
    parameterOf: (index) => Math.floor(index / area) % channels,
  };
}

/**
 * x [batch, channel, …], scale [channel], shift [channel] to y, and the mean and biased variance [batch, group]. No
 * gradient flows through the statistics as outputs.
 */
export const groupNorm = defineOp<"groupNorm", GroupNormAttributes>({
  name: "groupNorm",
  shapes([x, scale, shift], { groups }) {
    expectDivided(x, groups);
    expectShape("scale", scale, [x[1]]);
    expectShape("shift", shift, [x[1]]);
    return [x, [x[0], groups], [x[0], groups]];
  },
  gradient({ inputs: [x, scale], outputs: [, mean, variance] }, [dy], attributes, { addAll }) {
    if (dy === null) return [null, null, null];
    return addAll(groupNormGradient, [x, scale, mean, variance, dy], attributes);
  },
  reference: (inputs, attributes, outputs) => normaliseRows(inputs, rowsOf(inputs[0].shape, attributes), outputs),
  cases: [
    { inputs: [[2, 6, 3, 5], [6], [6]], attributes: { groups: 2, epsilon: 1e-5 } },
    { inputs: [[2, 3, 5, 2], [3], [3]], attributes: { groups: 3, epsilon: 1e-5 } },
    { inputs: [[3, 4], [4], [4]], attributes: { groups: 1, epsilon: 1e-3 } },
    { inputs: [[1, 16, 1, 1], [16], [16]], attributes: { groups: 4, epsilon: 1e-5 } },
  ],
});

/** x, scale, mean, variance, dy to dx, dscale, dshift, where mean and variance are those of x. */
export const groupNormGradient = defineOp<"groupNormGradient", GroupNormAttributes>({
  name: "groupNormGradient",
  shapes([x, scale, mean, variance, dy], { groups }) {
    expectDivided(x, groups);
    expectShape("scale", scale, [x[1]]);
    expectShape("mean", mean, [x[0], groups]);
    expectShape("variance", variance, [x[0], groups]);
    expectShape("output gradient", dy, x);
    return [x, scale, scale];
  },
  gradient: "none",
  reference: (inputs, attributes, outputs) =>
    normaliseRowsGradient(inputs, rowsOf(inputs[0].shape, attributes), outputs),
  cases: [
    {
      inputs: [[2, 6, 3, 5], [6], [2, 2], [2, 2], [2, 6, 3, 5]],
      attributes: { groups: 2, epsilon: 1e-5 },
      fill: ["normal", "normal", "normal", "positive", "normal"],
    },
    {
      inputs: [[3, 4], [4], [3, 1], [3, 1], [3, 4]],
      attributes: { groups: 1, epsilon: 1e-5 },
      fill: ["normal", "normal", "normal", "positive", "normal"],
    },
  ],
});

// Nearest-neighbour enlargement by whole numbers, and its gradient.
import { ShapeError } from "../../base/errors.js";
import { imageShape, type Pair } from "./checks.js";
import { defineOp } from "./define.js";

export interface UpsampleAttributes {
  /** How often each row and each column is repeated. */
  readonly scale: Pair;
}

function expectWholeScale(scale: Pair): void {
  if (!scale.every((factor) => Number.isInteger(factor) && factor >= 1)) {
    throw new ShapeError(`scale must be whole numbers of 1 or more, got ${scale.join(" and ")}`);
  }
}

/** x [batch, channel, height, width] to [batch, channel, height · scale, width · scale]. */
export const upsample = defineOp<"upsample", UpsampleAttributes>({
  name: "upsample",
  shapes([x], { scale }) {
    const [batch, channels, height, width] = imageShape(x);
    expectWholeScale(scale);
    return [[batch, channels, height * scale[0], width * scale[1]]];
  },
  gradient: (_, [dy], attributes, { add }) => [dy === null ? null : add(upsampleGradient, [dy], attributes)],
  reference([x], { scale }, [y]) {
    const [batch, channels, height, width] = y.shape;
    const inputWidth = width / scale[1];
    for (let row = 0; row < batch * channels * height; row++) {
      const inputRow = Math.floor(row / scale[0]);
      for (let column = 0; column < width; column++) {
        y.data[row * width + column] = x.data[inputRow * inputWidth + Math.floor(column / scale[1])];
      }
    }
  },
  cases: [
    { inputs: [[2, 3, 3, 5]], attributes: { scale: [2, 2] } },
    { inputs: [[1, 1, 2, 1]], attributes: { scale: [3, 2] } },
    { inputs: [[1, 2, 3, 3]], attributes: { scale: [1, 4] } },
  ],
});

/** dy to the gradient of the input: the sum over each enlarged element. */
export const upsampleGradient = defineOp<"upsampleGradient", UpsampleAttributes>({
  name: "upsampleGradient",
  shapes([dy], { scale }) {
    const [batch, channels, height, width] = imageShape(dy);
    expectWholeScale(scale);
    if (height % scale[0] !== 0 || width % scale[1] !== 0) {
      throw new ShapeError(`${height}×${width} is not a whole multiple of ${scale[0]}×${scale[1]}`);
    }
    return [[batch, channels, height / scale[0], width / scale[1]]];
  },
  gradient: "none",
  reference([dy], { scale }, [dx]) {
    const [batch, channels, height, width] = dy.shape;
    const inputWidth = width / scale[1];
    for (let row = 0; row < batch * channels * height; row++) {
      const inputRow = Math.floor(row / scale[0]);
      for (let column = 0; column < width; column++) {
        dx.data[inputRow * inputWidth + Math.floor(column / scale[1])] += dy.data[row * width + column];
      }
    }
  },
  cases: [
    { inputs: [[2, 3, 6, 10]], attributes: { scale: [2, 2] } },
    { inputs: [[1, 1, 6, 2]], attributes: { scale: [3, 2] } },
  ],
});

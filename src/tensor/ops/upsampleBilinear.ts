// Bilinear interpolation of images to another size, and its gradient. PyTorch's `interpolate` with mode "bilinear".
import { imageShape, type Pair } from "./checks.js";
import { defineOp } from "./define.js";
import { expectSize, linearWeights, mapPlanes, transposedWeights } from "./windows.js";

export interface UpsampleBilinearAttributes {
  /** Height and width of the result. */
  readonly outputSize: Pair;
  /** Whether the centres of the corner pixels stay on each other; if not, the outer edges of the pixels do. */
  readonly alignCorners: boolean;
}
export interface UpsampleBilinearGradientAttributes {
  /** Height and width of the interpolation's input. */
  readonly inputSize: Pair;
  readonly alignCorners: boolean;
}

/** x [batch, channel, height, width] to [batch, channel, ...outputSize]. */
export const upsampleBilinear = defineOp<"upsampleBilinear", UpsampleBilinearAttributes>({
  name: "upsampleBilinear",
  shapes([x], { outputSize }) {
    const [batch, channels] = imageShape(x);
    expectSize("output sizes", outputSize);
    return [[batch, channels, ...outputSize]];
  },
  gradient({ inputs: [x] }, [dy], { alignCorners }, { add }) {
    if (dy === null) return [null];
    const [, , height, width] = imageShape(x.shape);
    return [add(upsampleBilinearGradient, [dy], { inputSize: [height, width], alignCorners })];
  },
  reference([x], { outputSize, alignCorners }, [y]) {
    const [, , height, width] = x.shape;
    const vertical = linearWeights(height, outputSize[0], alignCorners);
    mapPlanes(x, vertical, linearWeights(width, outputSize[1], alignCorners), y);
  },
  cases: [
    { inputs: [[2, 3, 3, 5]], attributes: { outputSize: [6, 10], alignCorners: false } },
    { inputs: [[2, 3, 3, 5]], attributes: { outputSize: [6, 10], alignCorners: true } },
    { inputs: [[1, 2, 4, 3]], attributes: { outputSize: [7, 5], alignCorners: false } },
    { inputs: [[1, 2, 4, 3]], attributes: { outputSize: [3, 8], alignCorners: true } },
    { inputs: [[1, 1, 2, 1]], attributes: { outputSize: [1, 3], alignCorners: true } },
  ],
});

/** dy to the gradient of the interpolation's input. */
export const upsampleBilinearGradient = defineOp<"upsampleBilinearGradient", UpsampleBilinearGradientAttributes>({
  name: "upsampleBilinearGradient",
  shapes([dy], { inputSize }) {
    const [batch, channels] = imageShape(dy);
    expectSize("input sizes", inputSize);
    return [[batch, channels, ...inputSize]];
  },
  gradient: "none",
  reference([dy], { inputSize, alignCorners }, [dx]) {
    const [, , height, width] = dy.shape;
    const vertical = transposedWeights(linearWeights(inputSize[0], height, alignCorners));
    mapPlanes(dy, vertical, transposedWeights(linearWeights(inputSize[1], width, alignCorners)), dx);
  },
  cases: [
    { inputs: [[2, 3, 6, 10]], attributes: { inputSize: [3, 5], alignCorners: false } },
    { inputs: [[1, 2, 7, 5]], attributes: { inputSize: [4, 3], alignCorners: true } },
  ],
});

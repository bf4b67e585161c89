// The means of windows that cut an image into a given number of parts, and the gradient. PyTorch's windows, which
// overlap where the sizes do not divide.
import { imageShape, type Pair } from "./checks.js";
import { defineOp } from "./define.js";
import { adaptiveWeights, expectSize, mapPlanes, transposedWeights } from "./windows.js";

export interface AdaptiveAvgPool2dAttributes {
  /** Height and width of the result. */
  readonly outputSize: Pair;
}
export interface AdaptiveAvgPool2dGradientAttributes {
  /** Height and width of the pooling's input. */
  readonly inputSize: Pair;
}

/** x [batch, channel, height, width] to [batch, channel, ...outputSize]. */
export const adaptiveAvgPool2d = defineOp<"adaptiveAvgPool2d", AdaptiveAvgPool2dAttributes>({
  name: "adaptiveAvgPool2d",
  shapes([x], { outputSize }) {
    const [batch, channels] = imageShape(x);
    expectSize("output sizes", outputSize);
    return [[batch, channels, ...outputSize]];
  },
  gradient({ inputs: [x] }, [dy], _, { add }) {
    if (dy === null) return [null];
    const [, , height, width] = imageShape(x.shape);
    return [add(adaptiveAvgPool2dGradient, [dy], { inputSize: [height, width] })];
  },
  reference([x], { outputSize }, [y]) {
    const [, , height, width] = x.shape;
    mapPlanes(x, adaptiveWeights(height, outputSize[0]), adaptiveWeights(width, outputSize[1]), y);
  },
  cases: [
    { inputs: [[2, 3, 7, 5]], attributes: { outputSize: [3, 2] } },
    { inputs: [[1, 2, 3, 4]], attributes: { outputSize: [5, 4] } },
    { inputs: [[1, 1, 5, 3]], attributes: { outputSize: [1, 1] } },
  ],
});

/** dy to the gradient of the pooling's input. */
export const adaptiveAvgPool2dGradient = defineOp<"adaptiveAvgPool2dGradient", AdaptiveAvgPool2dGradientAttributes>({
  name: "adaptiveAvgPool2dGradient",
  shapes([dy], { inputSize }) {
    const [batch, channels] = imageShape(dy);
    expectSize("input sizes", inputSize);
    return [[batch, channels, ...inputSize]];
  },
  gradient: "none",
  reference([dy], { inputSize }, [dx]) {
    const [, , height, width] = dy.shape;
    const vertical = transposedWeights(adaptiveWeights(inputSize[0], height));
    const horizontal = transposedWeights(adaptiveWeights(inputSize[1], width));
    mapPlanes(dy, vertical, horizontal, dx);
  },
  cases: [
    { inputs: [[2, 3, 3, 2]], attributes: { inputSize: [7, 5] } },
    { inputs: [[1, 2, 5, 4]], attributes: { inputSize: [3, 4] } },
  ],
});

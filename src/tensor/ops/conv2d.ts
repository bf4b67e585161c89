// Convolution of images (cross-correlation, as PyTorch's conv2d) and its two gradients.
import { ShapeError } from "../../base/errors.js";
import {
  expectGroups,
  expectShape,
  imageShape,
  type KernelShape,
  kernelShape,
  type Pair,
  type Sides,
  windowCount,
} from "./checks.js";
import { fillWithBias, sumIntoChannels, sumIntoKernel, sumIntoNarrow, sumIntoWide } from "./convolutionLoops.js";
import { defineOp, type Shape } from "./define.js";

export interface Conv2dAttributes {
  /** Step between windows, in elements. */
  readonly stride: Pair;
  /** Zeros around the input. */
  readonly padding: Sides;
  /** Distance between kernel elements. */
  readonly dilation: Pair;
  /** Channels are split into so many groups that do not see each other. */
  readonly groups: number;
}
export interface Conv2dInputGradientAttributes extends Conv2dAttributes {
  /** Height and width of the convolution's input, which a stride above 1 leaves open. */
  readonly inputSize: Pair;
}
export interface Conv2dWeightGradientAttributes extends Conv2dAttributes {
  /** Height and width of the kernel. */
  readonly kernel: Pair;
  /** Gives the bias' gradient as a second output. */
  readonly bias: boolean;
}

const plain: Conv2dAttributes = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 };

function weightShape(shape: Shape): KernelShape {
  return kernelShape(shape, "output channels, input channels / groups, height, width");
}

/**
 * x [batch, channel, height, width], w [output channel, channel / groups, kernel height, kernel width], optionally
 * b [output channel], to [batch, output channel, …].
 */
export const conv2d = defineOp<"conv2d", Conv2dAttributes>({
  name: "conv2d",
  shapes([x, w, b], { stride, padding, dilation, groups }) {
    const [batch, channels, height, width] = imageShape(x);
    const [outputChannels, channelsPerGroup, ...kernel] = weightShape(w);
    expectGroups(groups, channels, outputChannels);
    if (channelsPerGroup * groups !== channels) {
      throw new ShapeError(`weight for ${channelsPerGroup * groups} input channels, got an input with ${channels}`);
    }
    if (b !== undefined) expectShape("bias", b, [outputChannels]);
    return [[batch, outputChannels, ...windowCount([height, width], kernel, stride, padding, dilation)]];
  },
  gradient({ inputs: [x, w, b] }, [dy], attributes, { add, addAll }) {
    if (dy === null) return [null, null, null];
    const [, , height, width] = imageShape(x.shape);
    const [, , ...kernel] = weightShape(w.shape);
    const bias = b !== undefined;
    const dx = add(conv2dInputGradient, [dy, w], { ...attributes, inputSize: [height, width] });
    const [dw, db] = addAll(conv2dWeightGradient, [x, dy], { ...attributes, kernel, bias });
    return bias ? [dx, dw, db] : [dx, dw];
  },
  reference([x, w, b], attributes, [y]) {
    if (b !== undefined) fillWithBias(y, b);
    sumIntoNarrow({ wide: x, narrow: y, kernel: w, ...attributes });
  },
  cases: [
    {
      inputs: [
        [1, 1, 3, 3],
        [1, 1, 3, 3],
      ],
      attributes: plain,
    },
    { inputs: [[2, 3, 5, 7], [4, 3, 3, 3], [4]], attributes: { ...plain, padding: [1, 1, 1, 1] } },
    { inputs: [[2, 2, 7, 6], [3, 2, 3, 2], [3]], attributes: { ...plain, stride: [2, 2], padding: [1, 0, 1, 0] } },
    {
      inputs: [
        [1, 1, 6, 5],
        [2, 1, 2, 3],
      ],
      attributes: { ...plain, stride: [2, 1], padding: [0, 1, 1, 2] },
    },
    { inputs: [[1, 2, 9, 8], [2, 2, 3, 2], [2]], attributes: { ...plain, stride: [1, 2], dilation: [2, 3] } },
    { inputs: [[2, 4, 5, 5], [6, 2, 3, 3], [6]], attributes: { ...plain, padding: [1, 1, 1, 1], groups: 2 } },
    {
      inputs: [
        [2, 3, 5, 4],
        [3, 1, 3, 3],
      ],
      attributes: { ...plain, padding: [2, 1, 0, 1], groups: 3 },
    },
    { inputs: [[2, 3, 1, 1], [5, 3, 1, 1], [5]], attributes: plain },
    { inputs: [[3, 5, 3, 2], [17, 5, 3, 2], [17]], attributes: plain },
  ],
});

/** dy, w to the gradient of the input, [batch, channel, …inputSize]. */
export const conv2dInputGradient = defineOp<"conv2dInputGradient", Conv2dInputGradientAttributes>({
  name: "conv2dInputGradient",
  shapes([dy, w], { stride, padding, dilation, groups, inputSize }) {
    const [batch] = imageShape(dy);
    const [outputChannels, channelsPerGroup, ...kernel] = weightShape(w);
    expectGroups(groups, channelsPerGroup * groups, outputChannels);
    expectShape("output gradient", dy, [
      batch,
      outputChannels,
      ...windowCount(inputSize, kernel, stride, padding, dilation),
    ]);
    return [[batch, channelsPerGroup * groups, ...inputSize]];
  },
  gradient: "none",
  reference([dy, w], attributes, [dx]) {
    sumIntoWide({ wide: dx, narrow: dy, kernel: w, ...attributes });
  },
  cases: [
    {
      inputs: [
        [2, 4, 5, 7],
        [4, 3, 3, 3],
      ],
      attributes: { ...plain, padding: [1, 1, 1, 1], inputSize: [5, 7] },
    },
    {
      inputs: [
        [1, 4, 3, 3],
        [4, 1, 3, 2],
      ],
      attributes: { stride: [2, 2], padding: [1, 0, 0, 1], dilation: [1, 2], groups: 2, inputSize: [7, 6] },
    },
  ],
});

/** x, dy to the gradient of the weight and, with `bias`, of the bias. */
export const conv2dWeightGradient = defineOp<"conv2dWeightGradient", Conv2dWeightGradientAttributes>({
  name: "conv2dWeightGradient",
  shapes([x, dy], { stride, padding, dilation, groups, kernel, bias }) {
    const [batch, channels, height, width] = imageShape(x);
    const [, outputChannels] = imageShape(dy);
    expectGroups(groups, channels, outputChannels);
    expectShape("output gradient", dy, [
      batch,
      outputChannels,
      ...windowCount([height, width], kernel, stride, padding, dilation),
    ]);
    const weight = [outputChannels, channels / groups, ...kernel];
    return bias ? [weight, [outputChannels]] : [weight];
  },
  gradient: "none",
  reference([x, dy], attributes, [dw, db]) {
    sumIntoKernel({ ...attributes, wide: x, narrow: dy, kernel: dw });
    if (attributes.bias) sumIntoChannels(dy, db);
  },
  cases: [
    {
      inputs: [
        [2, 3, 5, 7],
        [2, 4, 5, 7],
      ],
      attributes: { ...plain, padding: [1, 1, 1, 1], kernel: [3, 3], bias: true },
    },
    {
      inputs: [
        [1, 2, 7, 6],
        [1, 4, 3, 3],
      ],
      attributes: { stride: [2, 2], padding: [1, 0, 0, 1], dilation: [1, 2], groups: 2, kernel: [3, 2], bias: false },
    },
  ],
});

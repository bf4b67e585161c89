// Transposed convolution of images (PyTorch's conv_transpose2d): a convolution read from its output to its input.
import { ShapeError } from "../../base/errors.js";
import {
  expectGroups,
  expectShape,
  imageShape,
  type KernelShape,
  kernelShape,
  type Pair,
  pairText,
  type Sides,
} from "./checks.js";
import { fillWithBias, sumIntoChannels, sumIntoKernel, sumIntoNarrow, sumIntoWide } from "./convolutionLoops.js";
import { defineOp, type Shape } from "./define.js";

export interface ConvTranspose2dAttributes {
  /** Distance in the output between what two neighbours of the input reach, in elements. */
  readonly stride: Pair;
  /** Rows and columns that are cut off the full result. */
  readonly padding: Sides;
  /** Distance between kernel elements. */
  readonly dilation: Pair;
  /** Channels are split into so many groups that do not see each other. */
  readonly groups: number;
  /** Rows and columns added below and to the right, smaller than the stride or the dilation. */
  readonly outputPadding: Pair;
}
export interface ConvTranspose2dWeightGradientAttributes extends ConvTranspose2dAttributes {
  /** Height and width of the kernel. */
  readonly kernel: Pair;
  /** Gives the bias' gradient as a second output. */
  readonly bias: boolean;
}

const plain: ConvTranspose2dAttributes = {
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  groups: 1,
  outputPadding: [0, 0],
};

function weightShape(shape: Shape): KernelShape {
  return kernelShape(shape, "input channels, output channels / groups, height, width");
}

/** (input − 1)·stride + dilation·(kernel − 1) + 1 − padding + outputPadding, for each axis. */
function transposedSize(input: Pair, kernel: Pair, attributes: ConvTranspose2dAttributes): Pair {
  const { stride, padding, dilation, outputPadding } = attributes;
  if (Math.min(...kernel, ...stride, ...dilation) < 1 || Math.min(...padding, ...outputPadding) < 0) {
    throw new ShapeError("kernel, stride and dilation must be 1 or more and paddings 0 or more");
  }
  const along = (axis: 0 | 1): number => {
    if (outputPadding[axis] >= Math.max(stride[axis], dilation[axis])) {
      throw new ShapeError(
        `output padding ${pairText(outputPadding)} must be smaller than the stride ${pairText(stride)} or the dilation ${pairText(dilation)}`,
      );
    }
    const full = (input[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1;
    return full - padding[axis] - padding[axis + 2] + outputPadding[axis];
  };
  const size: Pair = [along(0), along(1)];
  if (Math.min(...size) < 1) {
    throw new ShapeError(
      `kernel ${pairText(kernel)} with padding [${padding.join(", ")}] leaves nothing of an input of ${input.join("×")}`,
    );
  }
  return size;
}

/**
 * x [batch, channel, height, width], w [channel, output channel / groups, kernel height, kernel width], optionally
 * b [output channel], to [batch, output channel, …].
 */
export const convTranspose2d = defineOp<"convTranspose2d", ConvTranspose2dAttributes>({
  name: "convTranspose2d",
  shapes([x, w, b], attributes) {
    const [batch, channels, height, width] = imageShape(x);
    const [inputChannels, outputsPerGroup, ...kernel] = weightShape(w);
    if (inputChannels !== channels) {
      throw new ShapeError(`weight for ${inputChannels} input channels, got an input with ${channels}`);
    }
    const outputChannels = outputsPerGroup * attributes.groups;
    expectGroups(attributes.groups, channels, outputChannels);
    if (b !== undefined) expectShape("bias", b, [outputChannels]);
    return [[batch, outputChannels, ...transposedSize([height, width], kernel, attributes)]];
  },
  gradient({ inputs: [x, w, b] }, [dy], attributes, { add, addAll }) {
    if (dy === null) return [null, null, null];
    const [, , ...kernel] = weightShape(w.shape);
    const bias = b !== undefined;
    const dx = add(convTranspose2dInputGradient, [dy, w], attributes);
    const [dw, db] = addAll(convTranspose2dWeightGradient, [x, dy], { ...attributes, kernel, bias });
    return bias ? [dx, dw, db] : [dx, dw];
  },
  reference([x, w, b], attributes, [y]) {
    if (b !== undefined) fillWithBias(y, b);
    sumIntoWide({ wide: y, narrow: x, kernel: w, ...attributes });
  },
  cases: [
    {
      inputs: [
        [1, 1, 1, 1],
        [1, 1, 3, 3],
      ],
      attributes: plain,
    },
    { inputs: [[2, 3, 5, 4], [3, 4, 3, 3], [4]], attributes: { ...plain, padding: [1, 1, 1, 1] } },
    {
      inputs: [[2, 2, 3, 4], [2, 3, 3, 2], [3]],
      attributes: { ...plain, stride: [2, 2], padding: [1, 0, 1, 0], outputPadding: [1, 1] },
    },
    {
      inputs: [
        [1, 1, 5, 3],
        [1, 2, 2, 3],
      ],
      attributes: { ...plain, stride: [2, 1], padding: [0, 1, 1, 2] },
    },
    {
      inputs: [[1, 2, 3, 4], [2, 2, 3, 2], [2]],
      attributes: { ...plain, stride: [1, 2], dilation: [2, 3], outputPadding: [1, 0] },
    },
    { inputs: [[2, 4, 5, 5], [4, 3, 3, 3], [6]], attributes: { ...plain, padding: [1, 1, 1, 1], groups: 2 } },
    {
      inputs: [
        [2, 3, 5, 4],
        [3, 1, 3, 3],
      ],
      attributes: { ...plain, padding: [2, 1, 0, 1], groups: 3 },
    },
    { inputs: [[2, 3, 1, 1], [3, 5, 1, 1], [5]], attributes: plain },
    { inputs: [[3, 5, 1, 1], [5, 17, 3, 2], [17]], attributes: plain },
  ],
});

/** dy, w to the gradient of the input. */
export const convTranspose2dInputGradient = defineOp<"convTranspose2dInputGradient", ConvTranspose2dAttributes>({
  name: "convTranspose2dInputGradient",
  shapes([dy, w], attributes) {
    const [batch, , height, width] = imageShape(dy);
    const [channels, outputsPerGroup, ...kernel] = weightShape(w);
    const outputChannels = outputsPerGroup * attributes.groups;
    expectGroups(attributes.groups, channels, outputChannels);
    const input = inputSize([height, width], kernel, attributes);
    expectShape("output gradient", dy, [batch, outputChannels, ...transposedSize(input, kernel, attributes)]);
    return [[batch, channels, ...input]];
  },
  gradient: "none",
  reference([dy, w], attributes, [dx]) {
    sumIntoNarrow({ wide: dy, narrow: dx, kernel: w, ...attributes });
  },
  cases: [
    {
      inputs: [
        [2, 4, 5, 7],
        [3, 4, 3, 3],
      ],
      attributes: { ...plain, padding: [1, 1, 1, 1] },
    },
    {
      inputs: [
        [1, 4, 7, 7],
        [4, 2, 3, 2],
      ],
      attributes: { stride: [2, 2], padding: [1, 0, 0, 1], dilation: [1, 2], groups: 2, outputPadding: [1, 1] },
    },
  ],
});

/** The input size that gives this output size. */
function inputSize(output: Pair, kernel: Pair, attributes: ConvTranspose2dAttributes): Pair {
  const { stride, padding, dilation, outputPadding } = attributes;
  const along = (axis: 0 | 1): number => {
    const reach = dilation[axis] * (kernel[axis] - 1) + 1;
    return (output[axis] + padding[axis] + padding[axis + 2] - outputPadding[axis] - reach) / stride[axis] + 1;
  };
  const size: Pair = [along(0), along(1)];
  if (!size.every((length) => Number.isInteger(length) && length > 0)) {
    throw new ShapeError(`no input of a transposed convolution gives an output of ${output.join("×")}`);
  }
  return size;
}

/** x, dy to the gradient of the weight and, with `bias`, of the bias. */
export const convTranspose2dWeightGradient = defineOp<
  "convTranspose2dWeightGradient",
  ConvTranspose2dWeightGradientAttributes
>({
  name: "convTranspose2dWeightGradient",
  shapes([x, dy], attributes) {
    const [batch, channels, height, width] = imageShape(x);
    const [, outputChannels] = imageShape(dy);
    const { groups, kernel, bias } = attributes;
    expectGroups(groups, channels, outputChannels);
    const size = transposedSize([height, width], kernel, attributes);
    expectShape("output gradient", dy, [batch, outputChannels, ...size]);
    const weight = [channels, outputChannels / groups, ...kernel];
    return bias ? [weight, [outputChannels]] : [weight];
  },
  gradient: "none",
  reference([x, dy], attributes, [dw, db]) {
    sumIntoKernel({ ...attributes, wide: dy, narrow: x, kernel: dw });
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
        [1, 4, 3, 3],
        [1, 4, 7, 7],
      ],
      attributes: {
        stride: [2, 2],
        padding: [1, 0, 0, 1],
        dilation: [1, 2],
        groups: 2,
        outputPadding: [1, 1],
        kernel: [3, 2],
        bias: false,
      },
    },
  ],
});

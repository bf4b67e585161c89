// The mean of each window, and the gradient that spreads over it.
import { expectShape, imageShape, type Pair, type Sides } from "./checks.js";
import { defineOp } from "./define.js";
import { pooledSize } from "./windows.js";

export interface AvgPool2dAttributes {
  /** Height and width of the window. */
  readonly kernel: Pair;
  /** Step between windows, in elements. */
  readonly stride: Pair;
  /** Zeros around the input; less than the kernel. */
  readonly padding: Sides;
  /** Whether a sum is divided by the kernel's size everywhere (PyTorch's default), or by its elements on the input. */
  readonly countsPadding: boolean;
}
export interface AvgPool2dGradientAttributes extends AvgPool2dAttributes {
  /** Height and width of the pooling's input. */
  readonly inputSize: Pair;
}

/** Visits every pair of an input element and an output element that it is part of, with its share. */
function forEachShare(
  planes: number,
  [height, width]: Pair,
  [outputHeight, outputWidth]: Pair,
  { kernel, stride, padding: [top, left], countsPadding }: AvgPool2dAttributes,
  visit: (input: number, output: number, share: number) => void,
): void {
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < outputHeight; i++) {
      for (let j = 0; j < outputWidth; j++) {
        const [firstRow, firstColumn] = [Math.max(0, i * stride[0] - top), Math.max(0, j * stride[1] - left)];
        const endRow = Math.min(height, i * stride[0] - top + kernel[0]);
        const endColumn = Math.min(width, j * stride[1] - left + kernel[1]);
        const onInput = (endRow - firstRow) * (endColumn - firstColumn);
        const share = 1 / (countsPadding ? kernel[0] * kernel[1] : onInput);
        for (let row = firstRow; row < endRow; row++) {
          for (let column = firstColumn; column < endColumn; column++) {
            visit((plane * height + row) * width + column, (plane * outputHeight + i) * outputWidth + j, share);
          }
        }
      }
    }
  }
}

/** x [batch, channel, height, width] to the mean of each window. */
export const avgPool2d = defineOp<"avgPool2d", AvgPool2dAttributes>({
  name: "avgPool2d",
  shapes([x], attributes) {
    const [batch, channels, height, width] = imageShape(x);
    return [[batch, channels, ...pooledSize([height, width], attributes)]];
  },
  gradient({ inputs: [x] }, [dy], attributes, { add }) {
    if (dy === null) return [null];
    const [, , height, width] = imageShape(x.shape);
    return [add(avgPool2dGradient, [dy], { ...attributes, inputSize: [height, width] })];
  },
  reference([x], attributes, [y]) {
    const [batch, channels, height, width] = x.shape;
    const [, , outputHeight, outputWidth] = y.shape;
    const sizes = [
      [height, width],
      [outputHeight, outputWidth],
    ] as const;
    forEachShare(batch * channels, ...sizes, attributes, (input, output, share) => {
      y.data[output] += share * x.data[input];
    });
  },
  cases: [
    {
      inputs: [[2, 3, 6, 4]],
      attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], countsPadding: true },
    },
    {
      inputs: [[1, 2, 7, 5]],
      attributes: { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], countsPadding: true },
    },
    {
      inputs: [[2, 2, 7, 5]],
      attributes: { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], countsPadding: false },
    },
    {
      inputs: [[1, 2, 5, 6]],
      attributes: { kernel: [3, 2], stride: [1, 2], padding: [2, 0, 1, 1], countsPadding: false },
    },
    {
      inputs: [[4, 17, 3, 3]],
      attributes: { kernel: [2, 3], stride: [1, 1], padding: [1, 2, 1, 2], countsPadding: true },
    },
    {
      inputs: [[2, 3, 5, 7]],
      attributes: { kernel: [5, 7], stride: [1, 1], padding: [0, 0, 0, 0], countsPadding: true },
    },
  ],
});

/** dy to the gradient of the pooling's input. */
export const avgPool2dGradient = defineOp<"avgPool2dGradient", AvgPool2dGradientAttributes>({
  name: "avgPool2dGradient",
  shapes([dy], attributes) {
    const [batch, channels] = imageShape(dy);
    expectShape("output gradient", dy, [batch, channels, ...pooledSize(attributes.inputSize, attributes)]);
    return [[batch, channels, ...attributes.inputSize]];
  },
  gradient: "none",
  reference([dy], attributes, [dx]) {
    const [batch, channels, outputHeight, outputWidth] = dy.shape;
    const outputSize = [outputHeight, outputWidth] as const;
    forEachShare(batch * channels, attributes.inputSize, outputSize, attributes, (input, output, share) => {
      dx.data[input] += share * dy.data[output];
    });
  },
  cases: [
    {
      inputs: [[2, 3, 3, 2]],
      attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], countsPadding: true, inputSize: [7, 5] },
    },
    {
      inputs: [[1, 2, 6, 3]],
      attributes: { kernel: [3, 2], stride: [1, 2], padding: [2, 0, 1, 1], countsPadding: false, inputSize: [5, 6] },
    },
  ],
});

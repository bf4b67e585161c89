// The largest value of each window, where it was, and the gradient that goes back there.
import { expectShape, imageShape, type Pair, type Sides } from "./checks.js";
import { defineOp } from "./define.js";
import { pooledSize } from "./windows.js";

export interface MaxPool2dAttributes {
  /** Height and width of the window. */
  readonly kernel: Pair;
  /** Step between windows, in elements. */
  readonly stride: Pair;
  /** Elements around the input that are never the largest; less than the kernel. */
  readonly padding: Sides;
}
export interface MaxPool2dGradientAttributes extends MaxPool2dAttributes {
  /** Height and width of the pooling's input. */
  readonly inputSize: Pair;
}

/**
 * x [batch, channel, height, width] to the largest value of each window and its place. Of equal values the first in
 * row-major order of the window wins, as in PyTorch; so does a value that is not a number. The reference notes as place
 * the position in the input's plane, row · width + column.
 */
export const maxPool2d = defineOp<"maxPool2d", MaxPool2dAttributes>({
  name: "maxPool2d",
  shapes([x], attributes) {
    const [batch, channels, height, width] = imageShape(x);
    const shape = [batch, channels, ...pooledSize([height, width], attributes)];
    return [shape, shape];
  },
  types: ["float", "index"],
  gradient({ inputs: [x], outputs: [, indices] }, [dy], attributes, { add }) {
    if (dy === null) return [null];
    const [, , height, width] = imageShape(x.shape);
    return [add(maxPool2dGradient, [dy, indices], { ...attributes, inputSize: [height, width] })];
  },
  reference([x], { kernel, stride, padding: [top, left] }, [y, indices]) {
    const [batch, channels, height, width] = x.shape;
    const [, , outputHeight, outputWidth] = y.shape;
    for (let plane = 0; plane < batch * channels; plane++) {
      for (let i = 0; i < outputHeight; i++) {
        for (let j = 0; j < outputWidth; j++) {
          let largest = Number.NEGATIVE_INFINITY;
          let place = -1;
          for (let u = 0; u < kernel[0]; u++) {
            const row = i * stride[0] + u - top;
            if (row < 0 || row >= height) continue;
            for (let v = 0; v < kernel[1]; v++) {
              const column = j * stride[1] + v - left;
              if (column < 0 || column >= width) continue;
              const value = x.data[(plane * height + row) * width + column];
              if (place < 0 || value > largest || Number.isNaN(value)) {
                largest = value;
                place = row * width + column;
              }
            }
          }
          const output = (plane * outputHeight + i) * outputWidth + j;
          y.data[output] = largest;
          indices.data[output] = place;
        }
      }
    }
  },
  cases: [
    {
      inputs: [[2, 3, 6, 4]],
      attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
      fill: ["distinct"],
    },
    {
      inputs: [[1, 1, 7, 5]],
      attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] },
      fill: ["distinct"],
    },
    {
      inputs: [[2, 2, 7, 5]],
      attributes: { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
      fill: ["distinct"],
    },
    {
      inputs: [[1, 2, 5, 6]],
      attributes: { kernel: [3, 2], stride: [1, 2], padding: [2, 0, 1, 1] },
      fill: ["distinct"],
    },
  ],
});

/** dy and the places that `maxPool2d` gave to the gradient of its input. */
export const maxPool2dGradient = defineOp<"maxPool2dGradient", MaxPool2dGradientAttributes>({
  name: "maxPool2dGradient",
  shapes([dy, indices], attributes) {
    const [batch, channels] = imageShape(dy);
    const shape = [batch, channels, ...pooledSize(attributes.inputSize, attributes)];
    expectShape("output gradient", dy, shape);
    expectShape("places of the largest values", indices, shape);
    return [[batch, channels, ...attributes.inputSize]];
  },
  gradient: "none",
  reference([dy, indices], { inputSize }, [dx]) {
    const [batch, channels, outputHeight, outputWidth] = dy.shape;
    const outputPlane = outputHeight * outputWidth;
    const inputPlane = inputSize[0] * inputSize[1];
    for (let plane = 0; plane < batch * channels; plane++) {
      for (let i = 0; i < outputPlane; i++) {
        const output = plane * outputPlane + i;
        dx.data[plane * inputPlane + indices.data[output]] += dy.data[output];
      }
    }
  },
  // The places come from a `maxPool2d` of an input of `inputSize`: only an engine knows how it writes them.
  cases: [
    {
      inputs: [
        [2, 3, 3, 2],
        [2, 3, 3, 2],
      ],
      attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], inputSize: [7, 5] },
      fill: ["normal", "distinct"],
    },
    {
      inputs: [
        [1, 2, 6, 3],
        [1, 2, 6, 3],
      ],
      attributes: { kernel: [3, 2], stride: [1, 2], padding: [2, 0, 1, 1], inputSize: [5, 6] },
      fill: ["normal", "distinct"],
    },
  ],
});

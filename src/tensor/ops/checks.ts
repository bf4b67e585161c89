// Checks that shape rules share, with texts for people, and the arithmetic of sliding windows.
import { ShapeError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import { type Shape, sameShape } from "./define.js";

/** [vertical, horizontal] */
export type Pair = readonly [number, number];
/** [top, left, bottom, right] */
export type Sides = readonly [number, number, number, number];
/** [batch, channel, height, width] */
export type ImageShape = readonly [number, number, number, number];
/** [output, input, height, width] for a convolution, [input, output, height, width] for a transposed one, per group. */
export type KernelShape = readonly [number, number, number, number];

/** `[2, 3]` */
export function listText(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** `5` for a square pair, `5×3` otherwise. */
export function pairText([vertical, horizontal]: Pair): string {
  return vertical === horizontal ? `${vertical}` : `${vertical}×${horizontal}`;
}

/** The shape as [batch, channel, height, width], or a ShapeError. */
export function imageShape(shape: Shape): ImageShape {
  if (shape.length !== 4) throw new ShapeError(`expects [batch, channel, height, width], got ${listText(shape)}`);
  return shape as ImageShape;
}

/** The shape as [rows, columns], or a ShapeError that names the axes as `axes` does. */
export function matrixShape(shape: Shape, axes = "batch, features"): Pair {
  if (shape.length !== 2) throw new ShapeError(`expects [${axes}], got ${listText(shape)}`);
  return shape as Pair;
}

/** A convolution's weight, or a ShapeError. */
export function kernelShape(shape: Shape, axes: string): KernelShape {
  if (shape.length !== 4) throw new ShapeError(`expects a weight [${axes}], got ${listText(shape)}`);
  return shape as KernelShape;
}

/** Refuses a shape other than the expected one; `what` begins the sentence: "bias". */
export function expectShape(what: string, shape: Shape, expected: Shape): void {
  if (!sameShape(shape, expected)) {
    throw new ShapeError(`${what} should be ${listText(expected)}, got ${listText(shape)}`);
  }
}

/** Refuses groups that do not divide both channel counts. */
export function expectGroups(groups: number, inputChannels: number, outputChannels: number): void {
  if (!Number.isInteger(groups) || groups < 1) throw new ShapeError(`groups must be 1 or more, got ${groups}`);
  if (inputChannels % groups !== 0) {
    throw new ShapeError(`${inputChannels} input channels cannot be divided into ${groups} groups`);
  }
  if (outputChannels % groups !== 0) {
    throw new ShapeError(`${outputChannels} output channels cannot be divided into ${groups} groups`);
  }
}

/**
 * How many windows fit, vertically and horizontally: ⌊(input + padding − reach) / stride⌋ + 1, where a kernel reaches
 * over dilation·(kernel − 1) + 1 elements.
 * @throws ShapeError where not one fits
 */
export function windowCount(input: Pair, kernel: Pair, stride: Pair, padding: Sides, dilation: Pair = [1, 1]): Pair {
  const [top, left, bottom, right] = padding;
  if (Math.min(...kernel, ...stride, ...dilation) < 1 || Math.min(...padding) < 0) {
    throw new ShapeError(
      `kernel, stride and dilation must be 1 or more and padding 0 or more, got kernel ${pairText(kernel)}, ` +
        `stride ${pairText(stride)}, dilation ${pairText(dilation)}, padding ${listText(padding)}`,
    );
  }
  const padded: Pair = [input[0] + top + bottom, input[1] + left + right];
  const reach: Pair = [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1];
  if (reach[0] > padded[0] || reach[1] > padded[1]) {
    const dilated =
      Math.max(...dilation) > 1 ? ` with dilation ${pairText(dilation)} (reaching over ${timesText(reach)})` : "";
    const withPadding = Math.max(...padding) > 0 ? ` (${timesText(padded)} with its padding)` : "";
    throw new ShapeError(
      `kernel ${pairText(kernel)}${dilated} does not fit an input of ${timesText(input)}${withPadding}`,
    );
  }
  return [Math.floor((padded[0] - reach[0]) / stride[0]) + 1, Math.floor((padded[1] - reach[1]) / stride[1]) + 1];
}

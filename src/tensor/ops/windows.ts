// Windows over images and how much each input element weighs in each output element along one axis: what pooling and
// interpolation have in common, since both treat rows and columns alike and apart.
import { ShapeError } from "../../base/errors.js";
import { type Pair, pairText, type Sides, windowCount } from "./checks.js";
import type { Tensor } from "./define.js";

export interface PoolWindow {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Sides;
}

/** Height and width after pooling. @throws ShapeError where no window fits or one could lie on padding alone */
export function pooledSize(input: Pair, { kernel, stride, padding }: PoolWindow): Pair {
  const size = windowCount(input, kernel, stride, padding);
  if (padding.some((length, side) => length >= kernel[side % 2])) {
    throw new ShapeError(`padding [${padding.join(", ")}] must be smaller than the kernel ${pairText(kernel)}`);
  }
  return size;
}

/** Refuses sizes that are not whole numbers of 1 or more; `what` begins the sentence. */
export function expectSize(what: string, size: Pair): void {
  if (!size.every((length) => Number.isInteger(length) && length >= 1)) {
    throw new ShapeError(`${what} must be whole numbers of 1 or more, got ${size.join(" and ")}`);
  }
}

/** Weights [output, input], row by row: what each input element adds to each output element along one axis. */
export type AxisWeights = readonly (readonly number[])[];

function weights(
  input: number,
  output: number,
  entries: (i: number) => readonly (readonly [number, number])[],
): AxisWeights {
  return Array.from({ length: output }, (_, i) => {
    const row = new Array<number>(input).fill(0);
    for (const [place, weight] of entries(i)) row[place] += weight;
    return row;
  });
}

/** PyTorch's adaptive windows: from ⌊i·input/output⌋ to ⌈(i + 1)·input/output⌉ − 1, each weighing the same. */
export function adaptiveWeights(input: number, output: number): AxisWeights {
  return weights(input, output, (i) => {
    const start = Math.floor((i * input) / output);
    const end = Math.ceil(((i + 1) * input) / output);
    return Array.from({ length: end - start }, (_, u) => [start + u, 1 / (end - start)] as const);
  });
}

/**
 * PyTorch's linear interpolation. With aligned corners the first and last elements fall on each other, and element i lies
 * at i·(input − 1)/(output − 1); without, elements are areas: (i + ½)·input/output − ½, held at 0 or more.
 */
export function linearWeights(input: number, output: number, alignCorners: boolean): AxisWeights {
  return weights(input, output, (i) => {
    const aligned = output === 1 ? 0 : (i * (input - 1)) / (output - 1);
    const place = alignCorners ? aligned : Math.max(0, ((i + 0.5) * input) / output - 0.5);
    const below = Math.min(Math.floor(place), input - 1);
    const share = place - below;
    return [
      [below, 1 - share],
      [Math.min(below + 1, input - 1), share],
    ];
  });
}

export function transposedWeights(of: AxisWeights): AxisWeights {
  return of[0].map((_, column) => of.map((row) => row[column]));
}

/** y[…, i, j] = Σᵤ Σᵥ vertical[i, u]·horizontal[j, v]·x[…, u, v], in every plane. */
export function mapPlanes(x: Tensor, vertical: AxisWeights, horizontal: AxisWeights, y: Tensor): void {
  const [batch, channels, height, width] = x.shape;
  const [, , outputHeight, outputWidth] = y.shape;
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let i = 0; i < outputHeight; i++) {
      for (let j = 0; j < outputWidth; j++) {
        let sum = 0;
        for (let u = 0; u < height; u++) {
          for (let v = 0; v < width; v++) {
            sum += vertical[i][u] * horizontal[j][v] * x.data[(plane * height + u) * width + v];
          }
        }
        y.data[(plane * outputHeight + i) * outputWidth + j] = sum;
      }
    }
  }
}

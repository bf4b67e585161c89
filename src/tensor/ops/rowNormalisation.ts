// The loops that layer norm and group norm share: both normalise rows of a row-major array, each row by its own mean and
// variance, and differ in what a row is and in which scale and shift an element gets.
import type { Tensor } from "./define.js";

export interface Rows {
  /** Elements of a row. */
  readonly length: number;
  readonly epsilon: number;
  /** The place in scale and shift of the element at a flat index. */
  readonly parameterOf: (index: number) => number;
}

/** The biased variance, as in PyTorch. */
export function normaliseRows(
  [x, scale, shift]: readonly Tensor[],
  { length, epsilon, parameterOf }: Rows,
  [y, mean, variance]: readonly Tensor[],
): void {
  for (let row = 0; row < mean.data.length; row++) {
    const start = row * length;
    let sum = 0;
    for (let i = start; i < start + length; i++) sum += x.data[i];
    mean.data[row] = sum / length;
    let squares = 0;
    for (let i = start; i < start + length; i++) squares += (x.data[i] - mean.data[row]) ** 2;
    variance.data[row] = squares / length;
    const inverseDeviation = 1 / Math.sqrt(variance.data[row] + epsilon);
    for (let i = start; i < start + length; i++) {
      const parameter = parameterOf(i);
      const normalised = (x.data[i] - mean.data[row]) * inverseDeviation;
      y.data[i] = normalised * scale.data[parameter] + shift.data[parameter];
    }
  }
}

/** The mean and variance depend on x too: they take away what moves or stretches all of a row alike. */
export function normaliseRowsGradient(
  [x, scale, mean, variance, dy]: readonly Tensor[],
  { length, epsilon, parameterOf }: Rows,
  [dx, dscale, dshift]: readonly Tensor[],
): void {
  for (let row = 0; row < mean.data.length; row++) {
    const start = row * length;
    const inverseDeviation = 1 / Math.sqrt(variance.data[row] + epsilon);
    const normalised = (i: number): number => (x.data[i] - mean.data[row]) * inverseDeviation;
    let moved = 0;
    let stretched = 0;
    for (let i = start; i < start + length; i++) {
      const parameter = parameterOf(i);
      dscale.data[parameter] += dy.data[i] * normalised(i);
      dshift.data[parameter] += dy.data[i];
      moved += dy.data[i] * scale.data[parameter];
      stretched += dy.data[i] * scale.data[parameter] * normalised(i);
    }
    for (let i = start; i < start + length; i++) {
      const own = dy.data[i] * scale.data[parameterOf(i)];
      dx.data[i] = inverseDeviation * (own - moved / length - (normalised(i) * stretched) / length);
    }
  }
}

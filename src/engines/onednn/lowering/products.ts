// Sums, means, interpolation and choices along axes as products with constant matrices, the library's fastest way to them. It has no rows.
import { type Node, sizeOf, valuesOf } from "../../../tensor/index.js";
import { type AxisWeights, transposedWeights } from "../../../tensor/ops/windows.js";
import type { Placed, Plan } from "../plan.js";
import { seenAs } from "./chain.js";

/** source · weights into destination, whose layouts say how each lies. */
export function product(plan: Plan, source: Placed, weights: Placed, destination: Placed): void {
  const primitive = plan.primitive({
    kind: "matmul",
    source: source.layout,
    weights: weights.layout,
    destination: destination.layout,
  });
  plan.emit(primitive, ["source", source], ["weights", weights], ["destination", destination]);
}

/**
 * A linear map along one axis: y[outer, rows, inner] = matrix[rows, length] · x[outer, length, inner]. All are row-major,
 * whatever axes they are seen with. Products are the library's fastest way to reduce and to interpolate.
 */
export function mapAxis(
  plan: Plan,
  x: Placed,
  [outer, length, inner]: readonly [number, number, number],
  matrix: Placed,
  rows: number,
  y: Placed,
): void {
  if (inner === 1) {
    const turned = { ...matrix, layout: plan.adapter.strided([length, rows], [1, length]) };
    product(plan, seenAs(plan, x, [outer, length]), turned, seenAs(plan, y, [outer, rows]));
  } else if (outer === 1) {
    product(
      plan,
      seenAs(plan, matrix, [rows, length]),
      seenAs(plan, x, [length, inner]),
      seenAs(plan, y, [rows, inner]),
    );
  } else {
    const source = seenAs(plan, matrix, [1, rows, length]);
    product(plan, source, seenAs(plan, x, [outer, length, inner]), seenAs(plan, y, [outer, rows, inner]));
  }
}

/** x, row-major, summed over axes and times a factor, into y. Neighbouring axes that go are one sum. */
export function sumAxes(
  plan: Plan,
  x: Placed,
  shape: readonly number[],
  axes: readonly number[],
  factor: number,
  y: Placed,
): void {
  const runs: { start: number; end: number }[] = [];
  for (const axis of [...axes].sort((a, b) => a - b).filter((one) => shape[one] > 1)) {
    const last = runs.at(-1);
    if (last !== undefined && last.end === axis) last.end = axis + 1;
    else runs.push({ start: axis, end: axis + 1 });
  }
  if (runs.length === 0) {
    // Only axes of length 1 go, so that a mean's factor is 1 too.
    plan.reorder(seenAs(plan, x, [sizeOf(shape)]), seenAs(plan, y, [sizeOf(shape)]));
    return;
  }
  let from = x;
  let dims = shape;
  for (const { start, end } of runs.reverse()) {
    const [outer, length, inner] = [
      sizeOf(dims.slice(0, start)),
      sizeOf(dims.slice(start, end)),
      sizeOf(dims.slice(end)),
    ] as const;
    const isLast = start === runs[runs.length - 1].start;
    const to = isLast ? y : plan.scratch(plan.plain([outer, inner]));
    const ones = plan.constant(plan.plain([1, length]), isLast ? factor : 1);
    mapAxis(plan, from, [outer, length, inner], ones, 1, to);
    dims = [...dims.slice(0, start), ...dims.slice(end)];
    from = to;
  }
}

/** The sum of each row, times a factor. */
export function sumRows(plan: Plan, source: Placed, destination: Placed, columns: number, factor = 1): void {
  const ones = plan.constant(plan.plain([1, columns]), factor);
  const primitive = plan.primitive({
    kind: "innerProduct",
    pass: "forwardInference",
    source: source.layout,
    weights: ones.layout,
    bias: undefined,
    destination: destination.layout,
  });
  plan.emit(primitive, ["source", source], ["weights", ones], ["destination", destination]);
}

export const matrix = (plan: Plan, weights: AxisWeights): Placed =>
  plan.constant(plan.plain([weights.length, weights[0].length]), weights.flat());

/** A linear map of the columns of images and one of their rows, each from the old size and the new one. */
export function mapPlanes(node: Node, plan: Plan, weights: (input: number, output: number) => AxisWeights): void {
  const [x] = node.inputs;
  const [y] = valuesOf(node);
  const [batch, channels, height, width] = x.shape;
  const [, , outputHeight, outputWidth] = y.shape;
  const planes = batch * channels;
  const between = plan.scratch(plan.plain([batch, channels, height, outputWidth]));
  const horizontal = matrix(plan, weights(width, outputWidth));
  mapAxis(plan, plan.readPlain(x), [planes * height, width, 1], horizontal, outputWidth, between);
  const vertical = matrix(plan, weights(height, outputHeight));
  const destination = plan.write(y, plan.plain(y.shape));
  mapAxis(plan, between, [planes, height, outputWidth], vertical, outputHeight, destination);
}

/** The weights of the gradient of what has these weights. */
export const backward =
  (weights: (input: number, output: number) => AxisWeights) =>
  (input: number, output: number): AxisWeights =>
    transposedWeights(weights(output, input));

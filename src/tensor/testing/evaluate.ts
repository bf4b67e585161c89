// For tests: runs one op's definition on numbers written in the test.
import type { Op, Shape } from "../ops/define.js";
import { sizeOf } from "../ops/define.js";

/** A shape and its numbers, row-major. */
export type Given = readonly [shape: Shape, values: readonly number[]];

/** The outputs of an op's reference, each as a list of numbers, row-major. */
export function evaluate<Attributes>(
  op: Op<string, Attributes>,
  inputs: readonly Given[],
  attributes: Attributes,
): number[][] {
  const tensors = inputs.map(([shape, values]) => {
    if (values.length !== sizeOf(shape)) throw new Error(`[${shape.join(", ")}] is not ${values.length} numbers`);
    return { shape, data: Float64Array.from(values) };
  });
  const shapes = op.shapes(
    inputs.map(([shape]) => shape),
    attributes,
  );
  const outputs = shapes.map((shape) => ({ shape, data: new Float64Array(sizeOf(shape)) }));
  op.reference(tensors, attributes, outputs);
  return outputs.map(({ data }) => Array.from(data));
}

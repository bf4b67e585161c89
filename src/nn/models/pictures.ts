// What models of pictures share: reading the input's shape, a first look at the layers, the decoder's output.
import { UserError } from "../../base/errors.js";
import { timesText } from "../../base/text.js";
import { shown } from "../../schema/read.js";
import { graphBuilder, type Shape, sameShape } from "../../tensor/index.js";
import type { BuildContext, Findings } from "./define.js";

/** Enough for batch norm to have a variance whatever the images' size. */
export const batchToLookAt = 2;

/** A graph to build a model into once, to find its shapes and parameters. */
export function lookContext(): BuildContext {
  return { graph: graphBuilder(), mode: "training", updates: {}, randomInputs: [] };
}

export function readInputShape(input: unknown, at: string): Shape {
  const sizes: readonly unknown[] = Array.isArray(input) ? input : [];
  const shape = sizes.filter((size): size is number => typeof size === "number" && Number.isInteger(size) && size > 0);
  if (sizes.length !== 3 || shape.length !== 3) {
    throw new UserError(`expected a shape [channel, height, width], got ${shown(input)}`, { at });
  }
  return shape;
}

/** @throws UserError for a decoder that does not give the input's shape, with its way there */
export function expectInputShape(
  outputShape: Shape,
  inputShape: Shape,
  codeShape: Shape,
  { rows }: Findings,
  at: string,
): void {
  if (sameShape(outputShape, inputShape)) return;
  const shapes = rows.filter(({ part }) => part === "decoder").map((row) => timesText(row.outputShape));
  throw new UserError(`decoder gives ${timesText(outputShape)}, the input is ${timesText(inputShape)}`, {
    at: `${at}.decoder`,
    hint: `The decoder goes from the code ${timesText(codeShape)} through ${shapes.join(", ")}: look where it leaves the way, at kernel, padding, scale and channels.`,
  });
}

// The network layer by layer: shapes, parameters, and how much of the arithmetic each layer does.
import { sum } from "../../base/numbers.js";
import type { Model, SummaryRow } from "../../nn/index.js";
import type { Network } from "../../report/reportData.js";
import { sizeOf } from "../../tensor/index.js";
import type { OpenedRun } from "./opened.js";

/**
 * Multiplications and additions of a layer for one picture, by its shapes: every weight is used once for each place of the output (of a
 * transposed convolution, of the input), and layers without weights touch each number once.
 */
function arithmeticOf({ outputShape, parameters, title }: SummaryRow, before: readonly number[]): number {
  const places = (shape: readonly number[]): number => (shape.length === 3 ? sizeOf(shape.slice(1)) : 1);
  const isTransposed = /Transpose/.test(title);
  const weights = /Norm/.test(title) ? 1 : parameters;
  const touched = sizeOf(outputShape);
  if (weights <= 1) return touched;
  return weights * places(isTransposed ? before : outputShape) + touched;
}

/** For each of a model's rows. */
export function arithmeticByLayer({ inputShape, rows }: Pick<Model, "inputShape" | "rows">): readonly number[] {
  let before: readonly number[] = inputShape;
  return rows.map((row) => {
    const arithmetic = arithmeticOf(row, before);
    before = row.outputShape;
    return arithmetic;
  });
}

/** Multiplications and additions for one picture, through encoder and decoder. */
export function arithmeticOfModel(model: Pick<Model, "inputShape" | "rows">): number {
  return sum(arithmeticByLayer(model));
}

export async function networkOf({ resolved }: OpenedRun): Promise<Network> {
  const { model } = await resolved();
  const arithmetic = arithmeticByLayer(model);
  const total = sum(arithmetic) || 1;
  return {
    input: model.inputShape,
    code: model.codeShape,
    layers: model.rows.map((row, i) => ({
      ...{ number: row.number, title: row.title, part: row.part, shape: row.outputShape },
      ...{ parameters: row.parameters, trainable: row.trainable },
      arithmetic: (arithmetic[i] as number) / total,
    })),
    parameters: sum(model.rows.map(({ parameters }) => parameters)),
    trainable: sum(model.rows.map(({ trainable }) => trainable)),
    hasDecoder: model.decode !== undefined,
    note: "the share of multiplications and additions is counted from shapes and weights; what a layer takes of a step's time is measured by isthmus bench experiment.yaml --profile",
  };
}

// The network layer by layer: shapes, parameters, and how much of the arithmetic each layer does.
import { sum } from "../../base/numbers.js";
import type { ResolvedExperiment } from "../../experiment/index.js";
import { evaluationProgram } from "../../nn/index.js";
import type { Network } from "../../report/reportData.js";
import { type Node, sizeOf } from "../../tensor/index.js";
import type { OpenedRun } from "./opened.js";

/** Ops whose every weight is used once for each place: of the output, of a transposed convolution of the input. */
const weighted: ReadonlySet<string> = new Set(["dense", "matmul", "conv2d", "convTranspose2d"]);

/** Multiplications and additions of an op on one picture. */
function arithmeticOf({ op, inputs, shapes }: Node): number {
  const [output = []] = shapes;
  const [input, weights] = inputs;
  // What is handed in is not computed.
  if (input === undefined) return 0;
  if (!weighted.has(op) || weights === undefined) return sizeOf(output);
  const places = op === "convTranspose2d" ? input.shape : output;
  return sizeOf(weights.shape) * (places.length === 4 ? sizeOf(places.slice(2)) : 1);
}

/** For each of a model's rows, what is within layers made of layers included: by the ops that an evaluation computes. */
export function arithmeticByLayer({ model, loss }: Pick<ResolvedExperiment, "model" | "loss">): readonly number[] {
  const { nodes } = evaluationProgram({ model, loss, metrics: [], batchSize: 1 });
  const found = new Map<string, number>();
  for (const node of nodes) {
    const [place = ""] = /^\w+(\[\d+\])?/.exec(node.place) ?? [];
    found.set(place, (found.get(place) ?? 0) + arithmeticOf(node));
  }
  const numbers = new Map<string, number>();
  return model.rows.map(({ part }) => {
    const number = numbers.get(part) ?? 0;
    numbers.set(part, number + 1);
    // A model's own heads stand beside its lists of layers.
    return found.get(`${part}[${number}]`) ?? found.get(part) ?? 0;
  });
}

/** Multiplications and additions for one picture, through encoder and decoder. */
export function arithmeticOfModel(resolved: Pick<ResolvedExperiment, "model" | "loss">): number {
  return sum(arithmeticByLayer(resolved));
}

export async function networkOf({ resolved }: OpenedRun): Promise<Network> {
  const { model, loss } = await resolved();
  const arithmetic = arithmeticByLayer({ model, loss });
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

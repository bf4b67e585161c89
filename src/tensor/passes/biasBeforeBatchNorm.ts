// Leaves out the biases that batch norm takes away again: adding a constant to a channel moves its mean alike.
import { InternalError } from "../../base/errors.js";
import { addNode, type Program, valuesOf } from "../graph.js";
import type { Node, Value } from "../ops/define.js";
import { ops } from "../ops/index.js";
import { countUses, rewrite, withInputs } from "./rewrite.js";

const withBias: ReadonlySet<string> = new Set(["conv2d", "convTranspose2d", "dense"]);

/**
 * A convolution or dense product with a bias whose only use is to be normalised by `batchNormTraining` loses the bias.
 * The batch's mean is then smaller by the bias, so every other use of it gets mean + bias: running statistics stay those
 * of the written model. The bias itself no longer reaches the objective: its gradient is null, and would be zero but for
 * rounding.
 * @param before a program without gradients; add them afterwards
 * @throws InternalError where the program already has gradients of batch norm
 */
export function biasBeforeBatchNorm(before: Program): Program {
  if (before.nodes.some(({ op }) => op === "batchNormGradient")) {
    throw new InternalError(`program ${before.name}: biases are left out before gradients are added, not after`);
  }
  const uses = countUses(before);
  return rewrite(before, (node, written) => (normalisesNeedlessBias(written, uses) ? withoutBias(node) : null));
}

/** True of a batch norm whose input has a bias that nothing else sees. */
function normalisesNeedlessBias({ op, inputs: [x] }: Node, uses: ReadonlyMap<Value, number>): boolean {
  return op === "batchNormTraining" && withBias.has(x.node.op) && x.node.inputs.length === 3 && uses.get(x) === 1;
}

/** The outputs of a batch norm, computed without the bias before it. */
function withoutBias(batchNorm: Node): readonly Value[] {
  const [x, ...scaleAndShift] = batchNorm.inputs;
  const [input, weight, bias] = x.node.inputs;
  const unbiased = withInputs(x.node, [input, weight]);
  const [y, mean, variance] = valuesOf(withInputs(batchNorm, [valuesOf(unbiased)[0], ...scaleAndShift]));
  const [writtenMean] = addNode(ops.add, [mean, bias], {}, batchNorm.place);
  return [y, writtenMean, variance];
}

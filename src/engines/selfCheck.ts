// A tiny training step that an engine must compute rightly before it is trusted.
import { UserError } from "../base/errors.js";
import { gradients, graphBuilder, ops, type Program, program } from "../tensor/index.js";
import type { Engine, StateSpec } from "./engine.js";
import { referenceEngine } from "./reference/index.js";

const convolution = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
const state: StateSpec = [
  {
    name: "weight",
    shape: [2, 1, 3, 3],
    kind: "parameter",
    values: Array.from({ length: 18 }, (_, i) => (i - 8) / 16),
  },
];
const inputs = {
  x: Float32Array.from({ length: 18 }, (_, i) => ((i * 5) % 7) / 8),
  learningRate: new Float32Array([0.5]),
};

/** One step of gradient descent on the mean square of relu(conv2d(x)). */
function tinyStep(): Program {
  const graph = graphBuilder();
  const weight = graph.state("weight", [2, 1, 3, 3]);
  const y = graph.add(ops.relu, [graph.add(ops.conv2d, [graph.input("x", [2, 1, 3, 3]), weight], convolution)], {});
  const objective = graph.add(ops.meanSquare, [y], {});
  const [gradient] = gradients(objective, [weight]);
  if (gradient === null || gradient === undefined) throw new Error("internal: no gradient");
  const rate = graph.input("learningRate", []);
  const attributes = { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 };
  const updated = graph.add(ops.sgd, [weight, gradient, rate], attributes);
  return program({ name: "self-check", outputs: { objective }, updates: { weight: updated } });
}

async function compute(engine: Engine): Promise<readonly number[]> {
  const session = await engine.open(state);
  try {
    const { objective } = await (await session.compile(tinyStep())).run(inputs);
    return [...(objective ?? []), ...(await session.read("weight"))];
  } finally {
    session.dispose();
  }
}

/** @throws UserError if the engine's step differs from the reference by more than rounding (1e-5; sums of at most 36 terms below 1) */
export async function selfCheck(engine: Engine): Promise<void> {
  const expected = await compute(referenceEngine());
  const found = await compute(engine);
  const error = Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
  if (!(error < 1e-5)) {
    const { library, path } = engine.describe();
    throw new UserError(`${library} computes a tiny training step wrongly, by ${error.toPrecision(2)}.`, {
      ...(path === undefined ? {} : { at: path }),
      hint: "Use another build of it, or --engine reference, which is slow.",
    });
  }
}

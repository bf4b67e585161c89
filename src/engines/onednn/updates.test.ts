// Optimizer updates of session state, in place over flat arenas, against the reference. The contract suite has the
// updates of plain values; here neighbours are updated together, and one weight lies in the library's blocks.
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import {
  gradients,
  graphBuilder,
  opNamed,
  ops,
  type Program,
  program,
  sizeOf,
  type Value,
} from "../../tensor/index.js";
import type { Engine, Numbers, StateEntry } from "../engine.js";
import { referenceEngine } from "../reference/index.js";
import { readStates } from "../testing/readStates.js";
import { onednnEngine } from "./index.js";

// The dense weights alone are more than one primitive updates (131,072 elements).
const shapes = { filter: [32, 16, 3, 3], dense: [260, 32 * 16], bias: [260] } as const;
const convolution = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
const learningRate = 0.01;

interface Update {
  readonly op: "adamw" | "rmsprop";
  readonly attributes: object;
  readonly slots: readonly string[];
  readonly scalars: readonly number[];
}
const updates: Readonly<Record<string, Update>> = {
  adamw: {
    op: "adamw",
    attributes: { beta1: 0.9, beta2: 0.999 },
    slots: ["firstMoment", "secondMoment"],
    scalars: [learningRate, 1e-3, 0.05],
  },
  rmsprop: {
    op: "rmsprop",
    attributes: { alpha: 0.9, epsilon: 1e-3, momentum: 0, centered: false },
    slots: ["meanSquare"],
    scalars: [learningRate],
  },
  "rmsprop with momentum": {
    op: "rmsprop",
    attributes: { alpha: 0.9, epsilon: 1e-3, momentum: 0.5, centered: false },
    slots: ["meanSquare", "momentumBuffer"],
    scalars: [learningRate],
  },
};

const random = (shape: readonly number[], index: number, scale = 1): Float32Array => {
  const draw = randomSequence(7, "sample", 0, index);
  return Float32Array.from({ length: sizeOf(shape) }, () => scale * draw.normal());
};

const largestOf = (values: Numbers): number =>
  Float64Array.from(values).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);

/** All state after three steps of a convolution and a dense layer. */
async function train(engine: Engine, update: Update): Promise<Readonly<Record<string, Numbers>>> {
  const entries: StateEntry[] = Object.entries(shapes).flatMap(([name, shape], i) => [
    { name, shape, kind: "parameter", values: random(shape, i, 0.1) } as const,
    ...update.slots.map((slot) => ({ name: `${slot}.${name}`, shape, kind: "slot", of: name }) as const),
  ]);
  const session = await engine.open(entries);
  const executable = await session.compile(trainingProgram(update));
  for (let step = 0; step < 3; step++) {
    const scalars = update.scalars.map((value, i) => [`scalar${i}`, Float32Array.of(value)]);
    await executable.run({ x: random([4, 16, 4, 4], 10 + step), ...Object.fromEntries(scalars) });
  }
  const state = await readStates(
    session,
    entries.map(({ name }) => name),
  );
  session.dispose();
  return state;
}

function trainingProgram({ op, attributes, slots, scalars }: Update): Program {
  const graph = graphBuilder();
  const parameters = Object.entries(shapes).map(([name, shape]) => [name, graph.state(name, shape)] as const);
  const [filter, dense, bias] = parameters.map(([, value]) => value);
  const filtered = graph.add(ops.conv2d, [graph.input("x", [4, 16, 4, 4]), filter], convolution);
  const flat = graph.add(ops.reshape, [filtered], { shape: [4, 32 * 16] });
  const objective = graph.add(ops.meanSquare, [graph.add(ops.dense, [flat, dense, bias], {})], {});
  const numbers = scalars.map((_, i) => graph.input(`scalar${i}`, []));
  const found = gradients(
    objective,
    parameters.map(([, value]) => value),
  );
  const after: Record<string, Value> = {};
  parameters.forEach(([name, value], i) => {
    const gradient = found[i];
    if (gradient === null) throw new Error(`${name} has no gradient`);
    const slotValues = slots.map((slot) => graph.state(`${slot}.${name}`, value.shape));
    const outputs = graph.addAll(opNamed(op), [value, gradient, ...slotValues, ...numbers], attributes);
    [name, ...slots.map((slot) => `${slot}.${name}`)].forEach((target, output) => {
      after[target] = outputs[output];
    });
  });
  return program({ name: "train", outputs: { objective }, updates: after });
}

describe("updates of state in the arenas equal the reference", () => {
  for (const [name, update] of Object.entries(updates)) {
    it(name, async () => {
      const expected = await train(referenceEngine(), update);
      const found = await train(onednnEngine({ threads: 2 }), update);
      for (const [entry, values] of Object.entries(expected)) {
        const largest = largestOf(values);
        // Gradients are right to 1e-4 of each tensor's largest, so mean squares and moments are to twice that. Neither
        // optimizer moves an element by much more than the learning rate a step, and what is wrong is a share of that
        // way: the relative error of a gradient, 1% for one that is a hundredth of the largest.
        const isParameter = entry in shapes;
        const allowed = isParameter ? 0.01 * 3 * learningRate : 2e-4 * largest;
        const errors = Float64Array.from(values, (value, i) => value - found[entry][i]);
        expect(largestOf(errors), entry).toBeLessThanOrEqual(allowed);
      }
    });
  }
});

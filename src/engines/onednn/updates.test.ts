// Optimizer updates of session state, in place over flat arenas, against the reference. The contract suite has the
// updates of plain values; here neighbours are updated together, and one weight lies in the library's blocks.
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import {
  type AttributesOf,
  gradients,
  graphBuilder,
  opNamed,
  ops,
  type Program,
  program,
  type ScalarOf,
  sizeOf,
  type UpdateName,
  updateNamed,
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

/** What every update is tried with: without an entry for a new one this does not compile. */
const settings: { readonly [Name in UpdateName]: Readonly<Record<string, AttributesOf<Name>>> } = {
  adam: { plain: { beta1: 0.9, beta2: 0.999 } },
  adamw: { plain: { beta1: 0.9, beta2: 0.999 } },
  rmsprop: {
    plain: { alpha: 0.9, epsilon: 1e-3, momentum: 0, centered: false },
    "with momentum": { alpha: 0.9, epsilon: 1e-3, momentum: 0.5, centered: false },
  },
  sgd: {
    plain: { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0.1 },
    "with momentum, dampened": { momentum: 0.5, dampening: 0.1, nesterov: false, weightDecay: 0 },
    "with Nesterov's momentum": { momentum: 0.5, dampening: 0, nesterov: true, weightDecay: 0 },
  },
};
/** Scalars by name, at a step counted from 0. */
const scalarValues: { readonly [Name in ScalarOf<UpdateName>]: (step: number) => number } = {
  learningRate: () => learningRate,
  stepSize: () => learningRate,
  epsilon: () => 1e-3,
  decay: () => 0.05,
  first: (step) => (step === 0 ? 1 : 0),
};

interface Update {
  readonly op: UpdateName;
  readonly attributes: unknown;
  readonly slots: readonly string[];
  readonly scalars: readonly ScalarOf<UpdateName>[];
}
const updates = Object.entries(settings).flatMap(([name, variants]) =>
  Object.entries(variants).map(([variant, attributes]): readonly [string, Update] => {
    const op = updateNamed(name);
    if (op === undefined) throw new Error(`${name} is no update`);
    const scalars = op.scalars(attributes) as readonly ScalarOf<UpdateName>[];
    return [`${name} ${variant}`, { op: name as UpdateName, attributes, slots: op.slots(attributes), scalars }];
  }),
);

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
    const scalars = update.scalars.map((name) => [name, Float32Array.of(scalarValues[name](step))]);
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
  const numbers = scalars.map((name) => graph.input(name, []));
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
  for (const [name, update] of updates) {
    it(name, async () => {
      const expected = await train(referenceEngine(), update);
      const found = await train(onednnEngine({ threads: 2 }), update);
      for (const [entry, values] of Object.entries(expected)) {
        const largest = largestOf(values);
        // Gradients are right to 1e-4 of each tensor's largest, so mean squares and moments are to twice that. No
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

// Every engine that opens, on every case, forward and backward, against the reference.
import { afterAll, describe, expect, it } from "vitest";
import type { Engine, Numbers, Outputs, Session, StateEntry } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { readStates } from "../../src/engines/testing/readStates.js";
import { gradients, graphBuilder, ops, type Program, program, sizeOf, type Value } from "../../src/tensor/index.js";
import { type ContractCase, caseValues, contractCases } from "./cases.js";
import { openEngines, skippedEngines } from "./engines.js";
import { type Results, resultsTable } from "./table.js";

/**
 * How far float32 may be from the reference. A sum of n terms in any order walks through n roundings of partial sums,
 * each of at most u = 2⁻²⁴ of the sum's size; independent ones add up to about √n·u. The size is that of the tensor's
 * largest value, and at least 1, the size of the inputs, since large terms can cancel. A program has up to four such
 * sums one after the other (backward batch norm), and polynomial exponentials err by about two more units: factor 8.
 */
function tolerance(terms: number, expected: ArrayLike<number>): number {
  let largest = 1;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  return 8 * 2 ** -24 * Math.sqrt(terms) * largest;
}

/**
 * What an engine's own approximation of a function adds. oneDNN's vectorised logarithm is right to 3.8e-6, absolutely:
 * measured against Math.log at 65,536 evenly spaced points of (0, 1), with 2.6.3 on AVX-512. The loss blends two of
 * them with weights that add up to one.
 */
const approximations: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  onednn: { binaryCrossEntropy: 4e-6 },
};
const approximation = (engine: Engine, { nodes }: Program): number =>
  Math.max(0, ...nodes.map(({ op }) => approximations[engine.name]?.[op] ?? 0));

/** @returns the largest error, as a share of what is allowed */
function compare(what: string, found: Outputs, expected: Outputs, terms: number, approximate = 0): number {
  expect(Object.keys(found).sort(), what).toEqual(Object.keys(expected).sort());
  let worst = 0;
  for (const [name, values] of Object.entries(expected)) {
    expect(found[name].length, `${what} ${name}`).toBe(values.length);
    const allowed = tolerance(terms, values) + approximate;
    for (let i = 0; i < values.length; i++) {
      const error = Math.abs(found[name][i] - values[i]);
      if (!(error <= allowed)) {
        expect.fail(`${what} ${name}[${i}]: ${found[name][i]}, reference ${values[i]}, allowed error ${allowed}`);
      }
      worst = Math.max(worst, error / allowed);
    }
  }
  return worst;
}

const opened = await openEngines();

describe("engines", () => {
  it("open, all of them in CI", () => {
    for (const line of skippedEngines) console.warn(`skipped ${line}`);
    if (process.env.CI !== undefined) expect(skippedEngines).toEqual([]);
  });
});

const cases = contractCases();
const results: Results = new Map();
// `npm run contract` is for looking at all of them at once.
afterAll(() => {
  if (process.env.npm_lifecycle_event === "contract") console.log(resultsTable(results));
});
for (const engine of opened) {
  describe(`${engine.name} equals the reference`, () => {
    for (const contract of cases) {
      it(`${contract.title} forward`, () => runBoth(engine, contract, contract.forward));
      const { backward } = contract;
      if (backward !== null) it(`${contract.title} backward`, () => runBoth(engine, contract, backward));
    }
  });
}

async function runBoth(engine: Engine, { op, inputs, terms }: ContractCase, case_: Program): Promise<void> {
  const column = columnOf(engine);
  const cell = results.get(op)?.get(column) ?? { passed: 0, of: 0, worst: 0 };
  results.set(op, (results.get(op) ?? new Map()).set(column, cell));
  cell.of++;
  const expected = await runOnce(referenceEngine(), case_, inputs);
  const found = await runOnce(engine, case_, inputs);
  cell.worst = Math.max(cell.worst, compare(case_.name, found, expected, terms, approximation(engine, case_)));
  cell.passed++;
}

const columnOf = (engine: Engine): string => engine.describe().library;

async function runOnce(engine: Engine, case_: Program, inputs: ContractCase["inputs"]): Promise<Outputs> {
  const session = await engine.open([]);
  try {
    const executable = await session.compile(case_);
    // Twice: the second run must not see what the first left behind.
    await executable.run(inputs);
    const outputs = await executable.run(inputs);
    return Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, Float64Array.from(values)]));
  } finally {
    session.dispose();
  }
}

for (const engine of [referenceEngine(), ...opened]) {
  describe(`a session of ${engine.name}`, () => {
    it("reads what was written, in the written layout", async () => {
      const values = caseValues("weight", 5 * 3 * 3 * 3, "normal");
      const session = await engine.open([{ name: "weight", shape: [5, 3, 3, 3], kind: "parameter" }]);
      expect((await session.read("weight")).every((value) => value === 0)).toBe(true);
      await session.write("weight", values);
      expect(Array.from(await session.read("weight"))).toEqual(Array.from(values));
      session.dispose();
      session.dispose();
    });

    it("updates all state together at the end of a run", async () => {
      const session = await engine.open([
        { name: "a", shape: [3], kind: "buffer", values: [1, 2, 3] },
        { name: "b", shape: [3], kind: "buffer", values: [10, 20, 30] },
      ]);
      const graph = graphBuilder();
      const [a, b] = [graph.state("a", [3]), graph.state("b", [3])];
      const swap = program({
        name: "swap",
        outputs: { sum: graph.add(ops.add, [a, b], {}) },
        updates: {
          a: graph.add(ops.linear, [b], { scale: 1, shift: 0 }),
          b: graph.add(ops.linear, [a], { scale: 2, shift: 0 }),
        },
      });
      const { sum } = await (await session.compile(swap)).run({});
      expect(Array.from(sum)).toEqual([11, 22, 33]);
      expect(Array.from(await session.read("a"))).toEqual([10, 20, 30]);
      expect(Array.from(await session.read("b"))).toEqual([2, 4, 6]);
      session.dispose();
    });

    it("shares state between programs, whatever layout each of them likes", async () => {
      const weight = caseValues("shared weight", 16 * 3 * 9, "normal");
      const images = caseValues("shared images", 4 * 3 * 81, "normal");
      const state: readonly StateEntry[] = [
        { name: "weight", shape: [16, 3, 3, 3], kind: "parameter", values: weight },
      ];
      const expected = await convolveAndStep(await referenceEngine().open(state), images);
      const found = await convolveAndStep(await engine.open(state), images);
      compare("shared state", found, expected, 4 * 81);
    });

    it("trains a small network as the reference does", async () => {
      const expected = await trainSmallNetwork(referenceEngine());
      const found = await trainSmallNetwork(engine);
      expect(found.objectives.length).toBe(3);
      found.objectives.forEach((objective, step) => {
        expect(Math.abs(objective / expected.objectives[step] - 1)).toBeLessThan(step === 0 ? 1e-5 : 1e-4);
      });
      const norm = (values: ArrayLike<number>): number => Math.hypot(...Array.from(values));
      for (const [name, values] of Object.entries(expected.state)) {
        const error = norm(values.map((value, i) => value - found.state[name][i]));
        // Gradients are right to 1e-4 of each tensor's largest, so moments are right to 1e-3 of their size. Adam moves an
        // element by the learning rate or less each step, whatever its gradient's size, so what is wrong is a share of
        // that way: the relative error of a gradient, 1% for one that is a hundredth of the largest.
        const isMoment = name.startsWith("m.") || name.startsWith("v.");
        const allowed = isMoment ? 1e-3 * norm(values) : 0.01 * 3 * learningRate * Math.sqrt(values.length);
        expect(error, name).toBeLessThan(allowed);
      }
    });
  });
}

/** Two programs on one weight: one batch size changes it, the other uses it. */
async function convolveAndStep(session: Session, images: Float64Array): Promise<Outputs> {
  const attributes = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
  const convolve = (batch: number) => {
    const graph = graphBuilder();
    const x = graph.input("x", [batch, 3, 9, 9]);
    const weight = graph.state("weight", [16, 3, 3, 3]);
    return { graph, weight, y: graph.add(ops.conv2d, [x, weight], attributes) };
  };
  const { graph, weight, y } = convolve(4);
  const objective = graph.add(ops.meanSquare, [y], {});
  const [gradient] = gradients(objective, [weight]);
  if (gradient === null) throw new Error("no gradient");
  const rate = graph.input("rate", []);
  const stepped = graph.add(ops.sgd, [weight, gradient, rate], {
    momentum: 0,
    dampening: 0,
    nesterov: false,
    weightDecay: 0,
  });
  const step = await session.compile(program({ name: "step", outputs: { objective }, updates: { weight: stepped } }));
  const use = await session.compile(program({ name: "use", outputs: { y: convolve(1).y } }));
  const first = await step.run({ x: images, rate: Float64Array.of(0.1) });
  const objectiveValue = Float64Array.from(first.objective);
  const { y: used } = await use.run({ x: images.subarray(0, 3 * 81) });
  const outputs = { objective: objectiveValue, y: Float64Array.from(used), weight: await session.read("weight") };
  session.dispose();
  return outputs;
}

const learningRate = 1e-3;

/** Three steps of Adam on a small convolutional autoencoder: the objectives before each, and all state after. */
async function trainSmallNetwork(
  engine: Engine,
): Promise<{ objectives: number[]; state: Readonly<Record<string, Numbers>> }> {
  const graph = graphBuilder();
  const entries: StateEntry[] = [];
  const trained: Value[] = [];
  const parameter = (name: string, shape: readonly number[], fill: "normal" | { constant: number }): Value => {
    const scale = fill === "normal" ? 1 / Math.sqrt(sizeOf(shape.slice(1))) : 1;
    const values = caseValues(name, sizeOf(shape), fill).map((value) => Math.fround(value * scale));
    entries.push({ name, shape, kind: "parameter", values });
    entries.push(
      { name: `m.${name}`, shape, kind: "slot", of: name },
      { name: `v.${name}`, shape, kind: "slot", of: name },
    );
    const value = graph.state(name, shape);
    trained.push(value);
    return value;
  };
  const { add, addAll } = graph;
  const convolution = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
  const x = graph.input("x", [4, 1, 8, 8]);
  const filtered = add(ops.conv2d, [x, parameter("conv", [16, 1, 3, 3], "normal")], convolution);
  const [normalised] = addAll(
    ops.batchNormTraining,
    [filtered, parameter("scale", [16], { constant: 1 }), parameter("shift", [16], { constant: 0 })],
    { epsilon: 1e-5 },
  );
  const pooled = add(ops.maxPool2d, [normalised], { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] });
  const code = add(
    ops.dense,
    [
      add(ops.reshape, [add(ops.elu, [pooled], { alpha: 1 })], { shape: [4, 256] }),
      parameter("code", [16, 256], "normal"),
      parameter("codeBias", [16], { constant: 0 }),
    ],
    {},
  );
  const small = add(ops.upsample, [add(ops.reshape, [code], { shape: [4, 1, 4, 4] })], { scale: [2, 2] });
  const drawn = add(ops.convTranspose2d, [small, parameter("draw", [1, 1, 3, 3], "normal")], {
    ...convolution,
    outputPadding: [0, 0],
  });
  const objective = add(ops.meanSquare, [add(ops.sub, [add(ops.sigmoid, [drawn], {}), x], {})], {});

  const stepSize = graph.input("stepSize", []);
  const epsilon = graph.input("epsilon", []);
  const updates: Record<string, Value> = {};
  gradients(objective, trained).forEach((gradient, i) => {
    const parameterValue = trained[i];
    const { name } = parameterValue.node.attributes as { readonly name: string };
    if (gradient === null) throw new Error(`${name} has no gradient`);
    const slots = [graph.state(`m.${name}`, parameterValue.shape), graph.state(`v.${name}`, parameterValue.shape)];
    const [w, m, v] = addAll(ops.adam, [parameterValue, gradient, ...slots, stepSize, epsilon], {
      beta1: 0.9,
      beta2: 0.999,
    });
    updates[name] = w;
    updates[`m.${name}`] = m;
    updates[`v.${name}`] = v;
  });

  const session = await engine.open(entries);
  const executable = await session.compile(program({ name: "train", outputs: { objective }, updates }));
  const images = caseValues("images", 4 * 64, "unit");
  const objectives: number[] = [];
  for (let step = 1; step <= 3; step++) {
    const correction = Math.sqrt(1 - 0.999 ** step);
    const outputs = await executable.run({
      x: images,
      stepSize: Float64Array.of((learningRate * correction) / (1 - 0.9 ** step)),
      epsilon: Float64Array.of(1e-8 * correction),
    });
    objectives.push(outputs.objective[0]);
  }
  const state = await readStates(
    session,
    entries.map(({ name }) => name),
  );
  session.dispose();
  return { objectives, state };
}

// Every op reads the state as it was before the run, on every engine: whatever order the updates are done in, in place
// or not, through whatever other shape. Named programs for each way to go wrong, then random ones.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Engine, StateEntry } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { type GraphBuilder, graphBuilder, ops, type Program, program, type Value } from "../../src/tensor/index.js";
import { caseValues } from "./cases.js";
import { openEngines } from "./engines.js";

const side = 4;
const square = [side, side] as const;
const names = ["a", "b", "c"] as const;
const entries: readonly StateEntry[] = names.map((name, i) => ({
  name,
  shape: square,
  kind: i === 0 ? "parameter" : "buffer",
  values: caseValues(`state ${name}`, side * side, "normal"),
}));
const sgd = { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 } as const;

interface Parts {
  readonly outputs: Readonly<Record<string, Value>>;
  readonly updates: Readonly<Record<string, Value>>;
}

/** What is built upon: the three states, an input of their shape, and short names for the ops that are used. */
function workbench(graph: GraphBuilder) {
  const { add } = graph;
  return {
    a: graph.state("a", square),
    b: graph.state("b", square),
    c: graph.state("c", square),
    x: graph.input("x", square),
    plusOne: (value: Value) => add(ops.linear, [value], { scale: 1, shift: 1 }),
    sum: (left: Value, right: Value) => add(ops.add, [left, right], {}),
    blend: (left: Value, right: Value) => add(ops.scaledAdd, [left, right], { scaleA: 0.75, scaleB: 0.25 }),
    product: (left: Value, right: Value) => add(ops.matmul, [left, right], { transposeA: false, transposeB: false }),
    turned: (value: Value) => add(ops.transpose, [value], { axes: [1, 0] }),
    flat: (value: Value) => add(ops.reshape, [value], { shape: [side * side] }),
    folded: (value: Value) => add(ops.reshape, [value], { shape: square }),
    halved: (value: Value) => add(ops.linear, [value], { scale: 0.5, shift: 0 }),
    stepped: (value: Value, gradient: Value) => add(ops.sgd, [value, gradient, graph.input("rate", [])], sgd),
  };
}
type Workbench = ReturnType<typeof workbench>;

const programs: Readonly<Record<string, (bench: Workbench) => Parts>> = {
  "two states change places": ({ a, b }) => ({ outputs: {}, updates: { a: b, b: a } }),
  "three states move round": ({ a, b, c }) => ({ outputs: {}, updates: { a: b, b: c, c: a } }),
  "a state moves on through another shape": ({ a, b, flat, folded, plusOne }) => ({
    outputs: {},
    updates: { b: folded(flat(a)), a: plusOne(b) },
  }),
  "the old value is given out": ({ a, plusOne }) => ({ outputs: { old: a }, updates: { a: plusOne(a) } }),
  "the old value is given out in another shape": ({ a, flat, plusOne }) => ({
    outputs: { new: plusOne(a), old: flat(a) },
    updates: { a: plusOne(a) },
  }),
  "another shape is read after the new value is computed": ({ a, flat, halved, plusOne, sum }) => {
    const seen = flat(a);
    const before = halved(seen);
    const next = plusOne(a);
    return { outputs: { before, after: sum(flat(halved(next)), seen) }, updates: { a: next } };
  },
  "a product with itself": ({ a, product }) => ({ outputs: {}, updates: { a: product(a, a) } }),
  "rows become columns": ({ a, turned }) => ({ outputs: {}, updates: { a: turned(a) } }),
  "two states take one value": ({ a, x, sum }) => {
    const next = sum(a, x);
    return { outputs: { next }, updates: { a: next, b: next } };
  },
  "a step of an optimizer, with the old weight kept, given out and compared": ({ a, b, x, stepped, flat, blend }) => {
    const next = stepped(a, x);
    return { outputs: { old: a, flat: flat(a), mix: blend(next, a) }, updates: { a: next, b: a, c: blend(b, next) } };
  },
  "a step whose gradient needs another step": ({ a, b, x, stepped, product }) => {
    const first = stepped(a, x);
    return { outputs: {}, updates: { a: first, b: stepped(b, product(first, b)) } };
  },
  "a step that another state takes over too": ({ a, x, stepped }) => {
    const next = stepped(a, x);
    return { outputs: {}, updates: { c: next, a: next } };
  },
};

function built(name: string, build: (bench: Workbench) => Parts): Program {
  return program({ name, ...build(workbench(graphBuilder())) });
}

/** Outputs and state after each of two runs. */
async function results(engine: Engine, compiled: Program): Promise<readonly (readonly [string, number[]])[]> {
  const session = await engine.open(entries);
  try {
    const executable = await session.compile(compiled);
    const found: (readonly [string, number[]])[] = [];
    for (let run = 0; run < 2; run++) {
      const inputs = { x: caseValues(`x ${run}`, side * side, "normal"), rate: Float64Array.of(0.1) };
      const outputs = await executable.run(inputs);
      for (const [name, values] of Object.entries(outputs)) found.push([`run ${run} ${name}`, Array.from(values)]);
      for (const name of names) found.push([`run ${run} state ${name}`, Array.from(await session.read(name))]);
    }
    return found;
  } finally {
    session.dispose();
  }
}

/**
 * A wrong order of reading and writing is off by about 1, the size of the numbers. Rounding is 2⁻²⁴ of the largest,
 * once for each of the at most 24 ops on the way and 4 times for a product's sums.
 */
async function expectEqual(engine: Engine, compiled: Program): Promise<void> {
  const expected = await results(referenceEngine(), compiled);
  const found = new Map(await results(engine, compiled));
  for (const [name, values] of expected) {
    const largest = Math.max(1, ...values.map(Math.abs));
    const errors = (found.get(name) ?? []).map((value, i) => Math.abs(value - values[i]));
    expect(errors.length, name).toBe(values.length);
    expect(Math.max(...errors), `${name}: ${found.get(name)}, reference ${values}`).toBeLessThanOrEqual(
      24 * 4 * 2 ** -24 * largest,
    );
  }
}

/** A recipe: each link makes a value of those before it; then what is given out and what replaces the states. */
const recipes = fc.record({
  links: fc.array(
    fc.record({
      op: fc.constantFrom("plusOne", "halved", "blend", "product", "turned", "reshaped", "stepped"),
      left: fc.nat(100),
      right: fc.nat(100),
    }),
    { minLength: 1, maxLength: 10 },
  ),
  outputs: fc.array(fc.nat(100), { maxLength: 3 }),
  updates: fc.tuple(fc.option(fc.nat(100)), fc.option(fc.nat(100)), fc.option(fc.nat(100))),
});
type Recipe = typeof recipes extends fc.Arbitrary<infer Made> ? Made : never;

function followed({ links, outputs, updates }: Recipe): Program {
  const bench = workbench(graphBuilder());
  const values: Value[] = [bench.a, bench.b, bench.c, bench.x];
  const pick = (number: number): Value => values[number % values.length];
  for (const { op, left, right } of links) {
    // Products halve twice, so that numbers stay about as large as they are.
    const make: Readonly<Record<typeof op, () => Value>> = {
      plusOne: () => bench.plusOne(pick(left)),
      halved: () => bench.halved(pick(left)),
      blend: () => bench.blend(pick(left), pick(right)),
      product: () => bench.product(bench.halved(pick(left)), bench.halved(pick(right))),
      turned: () => bench.turned(pick(left)),
      reshaped: () => bench.folded(bench.flat(pick(left))),
      stepped: () => bench.stepped(values[left % 3], pick(right)),
    };
    values.push(make[op]());
  }
  return program({
    name: "random",
    outputs: Object.fromEntries([...outputs.map(pick), values[values.length - 1]].map((value, i) => [`y${i}`, value])),
    updates: Object.fromEntries(
      updates.flatMap((number, i) => (number === null ? [] : [[names[i], pick(number)] as const])),
    ),
  });
}

for (const engine of await openEngines()) {
  describe(`${engine.name} reads state as it was before the run`, () => {
    for (const [name, build] of Object.entries(programs)) {
      it(name, () => expectEqual(engine, built(name, build)));
    }
    it("in random programs", async () => {
      await fc.assert(
        fc.asyncProperty(recipes, (recipe) => expectEqual(engine, followed(recipe))),
        { seed: 4, numRuns: engine.name === "onnx" ? 60 : 200 },
      );
    });
  });
}

// SOAP's step on every engine against the reference: the only optimizer that is many ops, with slots of shapes of their own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { orthonormalRows } from "../../src/base/matrices.js";
import type { Engine, Numbers } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { readOptimizer } from "../../src/nn/optimizers/index.js";
import { slotEntries, slotName } from "../../src/nn/state.js";
import { graphBuilder, program } from "../../src/tensor/index.js";
import { caseValues } from "./cases.js";
import { openEngines } from "./engines.js";

const steps = 4;
let engines: readonly Engine[] = [];
beforeAll(async () => {
  engines = await openEngines();
});
afterAll(() => {
  engines = [];
});

/** The parameter after some steps in turned bases that are the same everywhere, gradients given. */
async function stepped(engine: Engine, shape: readonly number[], spec: unknown): Promise<Numbers> {
  const { optimizer, options } = readOptimizer(spec);
  const graph = graphBuilder();
  const size = shape.reduce((product, length) => product * length, 1);
  const entries = slotEntries({ name: "w", shape }, { optimizer, options });
  const after = optimizer.update(
    options,
    {
      parameter: graph.state("w", shape),
      gradient: graph.input("gradient", shape),
      slots: Object.fromEntries(entries.map(({ slot, name, shape }) => [slot, graph.state(name, shape)])),
      scalars: Object.fromEntries(
        Object.keys(optimizer.scalars(options, 1, 0)).map((name) => [name, graph.input(name, [])]),
      ),
    },
    graph.addAll,
  );
  const values = Float32Array.from(caseValues("soap weight", size, "normal"));
  const session = await engine.open([{ name: "w", shape, kind: "parameter", values }, ...entries]);
  const updates = Object.entries(after.slots).map(([slot, value]) => [slotName("soap", slot, "w"), value] as const);
  const step = await session.compile(
    program({ name: "soap", outputs: {}, updates: { w: after.parameter, ...Object.fromEntries(updates) } }),
  );
  for (const {
    name,
    shape: [side = 0],
  } of entries.filter(({ name }) => name.includes("Basis"))) {
    const rows = Float64Array.from(caseValues(name, side * side, "normal"));
    await session.write(name, Float32Array.from(orthonormalRows(rows, side, side)));
  }
  for (let at = 1; at <= steps; at++) {
    const numbers = optimizer.scalars(options, at, 0.01);
    await step.run({
      gradient: Float32Array.from(caseValues(`soap gradient ${at}`, size, "normal")),
      ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Float32Array.of(value)])),
    });
  }
  const found = await session.read("w");
  session.dispose();
  return found;
}

describe("a step of soap", () => {
  it.each([
    ["a convolution's weight, both sides turned", [6, 4, 3, 3], { soap: {} }],
    ["one side turned", [6, 4, 3, 3], { soap: { largestSide: 20 } }],
    ["a dense layer's weight with decay", [20, 12], { soap: { weightDecay: 0.1 } }],
    ["no side turned", [20, 12], { soap: { largestSide: 5 } }],
    ["a bias", [12], { soap: {} }],
  ])("is the reference's on every engine: %s", async (_, shape, spec) => {
    const expected = await stepped(referenceEngine(), shape, spec);
    expect(expected).not.toEqual(Float32Array.from(caseValues("soap weight", expected.length, "normal")));
    for (const engine of engines) {
      const found = await stepped(engine, shape, spec);
      // Steps of 0.01 each, of ratios that float32 sums of up to 36 terms give to 1e-5 or so, where the size is not near 0.
      found.forEach((value, i) => {
        expect(Math.abs(value - (expected[i] ?? Number.NaN)), `${engine.name}, number ${i}`).toBeLessThan(5e-6);
      });
    }
  });
});

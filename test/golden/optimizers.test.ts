// Optimizers over twenty steps on fixed gradients against PyTorch in float64 (make_optimizers.py).
import { describe, it } from "vitest";
import type { StateEntry } from "../../src/engines/engine.js";
import { readOptimizer } from "../../src/nn/index.js";
import { slotEntries, slotName } from "../../src/nn/state.js";
import { graphBuilder, program } from "../../src/tensor/index.js";
import { candidates, expectClose, inputFor, readJson, readTensors, tensor } from "./fixtures.js";

const fixture = readJson("optimizers") as readonly { readonly name: string; readonly optimizer: unknown }[];
const tensors = readTensors("optimizers");
const initial = tensor(tensors, "initial");
const given = tensor(tensors, "gradients");

for (const candidate of candidates) {
  // Twenty steps of about four roundings each: 80 · 2⁻²⁴ is 5e-6, 80 · 2⁻⁵³ is 9e-15.
  const tolerance = candidate.isExact ? 1e-12 : 1e-5;

  describe.skipIf(candidate.isMissing)(`optimizers on ${candidate.name} make PyTorch's steps`, () => {
    it.each(fixture)("$name", async ({ name, optimizer: spec }) => {
      const { optimizer, options } = readOptimizer(spec);
      const graph = graphBuilder();
      const parameter = graph.state("w", initial.shape);
      const slots = slotEntries({ name: "w", shape: initial.shape }, { optimizer, options });
      const stateName = (slot: string) => slotName(optimizer.name, slot, "w");
      const after = optimizer.update(
        options,
        {
          parameter,
          gradient: graph.input("gradient", initial.shape),
          slots: Object.fromEntries(slots.map(({ slot, name, shape }) => [slot, graph.state(name, shape)])),
          scalars: Object.fromEntries(
            Object.keys(optimizer.scalars(options, 1, options.learningRate)).map((key) => [key, graph.input(key, [])]),
          ),
        },
        graph.addAll,
      );
      const state: StateEntry[] = [
        { name: "w", shape: initial.shape, kind: "parameter", values: initial.values },
        ...slots,
      ];
      const session = await (await candidate.open()).open(state);
      const updates = Object.entries(after.slots).map(([slot, value]) => [stateName(slot), value] as const);
      const executable = await session.compile(
        program({ name, outputs: {}, updates: { w: after.parameter, ...Object.fromEntries(updates) } }),
      );
      const expected = tensor(tensors, `${name}/after`).values;
      const size = initial.values.length;
      for (let step = 1; step <= given.values.length / size; step++) {
        const row = ((step - 1) * size) as number;
        const scalars = Object.entries(optimizer.scalars(options, step, options.learningRate));
        await executable.run({
          gradient: inputFor(candidate, given.values.subarray(row, row + size)),
          ...Object.fromEntries(scalars.map(([key, value]) => [key, inputFor(candidate, [value])])),
        });
        const now = await session.read("w");
        // Each coordinate is held to its own size: their gradients differ by twelve orders of magnitude.
        for (let i = 0; i < size; i++) {
          const coordinate = expected.filter((_, at) => at % size === i && at <= row + i);
          const sofar = Math.max(Math.abs(initial.values[i] ?? 0), ...coordinate.map(Math.abs));
          const value = expected.subarray(row + i, row + i + 1);
          expectClose(`coordinate ${i} after step ${step}`, now.subarray(i, i + 1), value, 0, tolerance * sofar);
        }
      }
      session.dispose();
    });
  });
}

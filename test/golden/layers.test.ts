// Each layer and loss alone against PyTorch in float64 (make_layers.py), and the bounds of first weights.
import { describe, expect, it } from "vitest";
import type { StateEntry } from "../../src/engines/engine.js";
import { type Initialiser, type Mode, readLayer, readLoss, type Scope } from "../../src/nn/index.js";
import {
  type GraphBuilder,
  gradients,
  graphBuilder,
  ops,
  program,
  type Shape,
  type Value,
} from "../../src/tensor/index.js";
import { below, candidates, expectClose, inputFor, readJson, readTensors, tensor } from "./fixtures.js";

interface LayersFixture {
  readonly layers: readonly { readonly name: string; readonly layer: string; readonly mode: Mode }[];
  readonly losses: readonly { readonly name: string; readonly loss: unknown }[];
  readonly bounds: readonly {
    readonly layer: string;
    readonly inputShape: Shape;
    readonly fanIn: number;
    readonly weightShape: Shape;
  }[];
}
const fixture = readJson("layers") as LayersFixture;
const tensors = readTensors("layers");

/** Where a layer without a model around it finds its parameters: names without a place. */
function layerScope(graph: GraphBuilder, mode: Mode) {
  const parameters = new Map<string, { readonly value: Value; readonly initialise: Initialiser }>();
  const updates: Record<string, Value> = {};
  const scopeAt = (prefix: string): Scope => ({
    add: graph.add,
    addAll: graph.addAll,
    mode,
    parameter(name, shape, initialise) {
      const value = graph.state(prefix + name, shape);
      parameters.set(prefix + name, { value, initialise });
      return value;
    },
    buffer: (name, shape) => graph.state(prefix + name, shape),
    update(buffer, value) {
      updates[prefix + buffer] = value;
    },
    random: (name, shape) => graph.input(prefix + name, shape),
    layers: (inner, input) =>
      inner.reduce((value, { layer, options }, i) => layer.build(options, value, scopeAt(`${prefix}${i}.`)), input),
  });
  const scope = scopeAt("");
  return { scope, parameters, updates };
}

for (const candidate of candidates) {
  // No number here is a sum of more than 150 products: 150 · 2⁻⁵³ is 2e-14 and 150 · 2⁻²⁴ is 9e-6 of the sum of their sizes.
  const tolerance = candidate.isExact ? 1e-12 : 1e-5;

  describe.skipIf(candidate.isMissing)(`layers on ${candidate.name}: output and gradients are PyTorch's`, () => {
    it.each(fixture.layers)("$name", async ({ name, layer: spec, mode }) => {
      const graph = graphBuilder();
      const { scope, parameters, updates } = layerScope(graph, mode);
      const { layer, options } = readLayer(spec, "layer");
      const input = graph.input("input", tensor(tensors, `${name}/input`).shape);
      const output = layer.build(options, input, scope);
      const upstream = graph.input("upstream", output.shape);
      const objective = graph.add(ops.sumTo, [graph.add(ops.mul, [output, upstream], {})], { shape: [] });
      const names = ["input", ...parameters.keys()];
      const found = gradients(objective, [input, ...[...parameters.values()].map(({ value }) => value)]);
      const outputs: Record<string, Value> = { output };
      names.forEach((key, i) => {
        const gradient = found[i] ?? null;
        if (gradient !== null) outputs[`gradients/${key}`] = gradient;
      });

      const state = (kind: StateEntry["kind"], prefix: string): StateEntry[] =>
        below(tensors, prefix).map(([key, { shape, values }]) => ({ name: key, shape, kind, values }));
      const engine = await candidate.open();
      const session = await engine.open([
        ...state("parameter", `${name}/parameters/`),
        ...state("buffer", `${name}/buffers/before/`),
      ]);
      const executable = await session.compile(program({ name, outputs, updates }));
      const handed = ["input", "upstream", "mask"].flatMap((key) => {
        const values = tensors[`${name}/${key}`]?.values;
        return values === undefined ? [] : [[key, inputFor(candidate, values)] as const];
      });
      const result = await executable.run(Object.fromEntries(handed));

      expect(output.shape).toEqual(tensor(tensors, `${name}/output`).shape);
      expectClose("output", result.output, tensor(tensors, `${name}/output`).values, tolerance);
      for (const [key, { values }] of below(tensors, `${name}/gradients/`)) {
        expectClose(`gradient of ${key}`, result[`gradients/${key}`], values, tolerance);
      }
      for (const [key, { values }] of below(tensors, `${name}/buffers/after/`)) {
        expectClose(key, await session.read(key), values, tolerance);
      }
      session.dispose();
    });
  });

  describe.skipIf(candidate.isMissing)(`losses on ${candidate.name}: value and gradient are PyTorch's`, () => {
    it.each(fixture.losses)("$name", async ({ name, loss }) => {
      const graph = graphBuilder();
      const expected = (key: string) => tensor(tensors, `${name}/${key}`);
      const prediction = graph.input("prediction", expected("prediction").shape);
      const target = graph.input("target", expected("target").shape);
      const value = readLoss(loss).build(prediction, target, graph.add);
      const [gradient] = gradients(value, [prediction]);
      if (gradient === undefined || gradient === null) throw new Error(`${name} gives no gradient`);
      const session = await (await candidate.open()).open([]);
      const executable = await session.compile(program({ name, outputs: { value, gradient } }));
      const result = await executable.run({
        prediction: inputFor(candidate, expected("prediction").values),
        target: inputFor(candidate, expected("target").values),
      });
      expectClose("value", result.value, expected("value").values, tolerance);
      if (loss !== "bce") {
        expectClose("gradient", result.gradient, expected("gradient").values, tolerance);
        session.dispose();
        return;
      }
      // Slopes of BCE reach from 1 to 1e12, so that each is held to its own size. Where p(1 − p) is below 1e-12 PyTorch
      // divides by that number as a float32, even in float64; it is another number by a part of 4e-9.
      const rounding = Math.abs(Math.fround(1e-12) / 1e-12 - 1);
      const predictions = expected("prediction").values;
      expected("gradient").values.forEach((slope, i) => {
        const isCertain = predictions[i] === 0 || predictions[i] === 1;
        const more = isCertain ? rounding * Math.abs(slope) : 0;
        expectClose(`gradient ${i}`, result.gradient?.subarray(i, i + 1), [slope], tolerance, more);
      });
      session.dispose();
    });
  });
}

describe("first weights are uniform in PyTorch's ±1/√fan-in", () => {
  it.each(fixture.bounds)("$layer", ({ layer: spec, inputShape, fanIn, weightShape }) => {
    const graph = graphBuilder();
    const { scope, parameters } = layerScope(graph, "training");
    const { layer, options } = readLayer(spec, "layer");
    layer.build(options, graph.input("input", inputShape), scope);
    expect([...parameters.keys()]).toEqual(["weight", "bias"]);
    expect(parameters.get("weight")?.value.shape).toEqual(weightShape);
    for (const { initialise } of parameters.values()) {
      expect("uniform" in initialise ? initialise.uniform : Number.NaN).toBeCloseTo(1 / Math.sqrt(fanIn), 12);
    }
  });
});

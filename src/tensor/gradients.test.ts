// Differentiation of whole graphs; each op's own rule is tested against differences in the contract suite.
import { describe, expect, it } from "vitest";
import { InternalError } from "../base/errors.js";
import { gradients } from "./gradients.js";
import { graphBuilder, topologicalOrder, valuesOf } from "./graph.js";
import type { Tensor, Value } from "./ops/define.js";
import { sizeOf } from "./ops/define.js";
import { opNamed, ops } from "./ops/index.js";

/** The numbers of a value, from the numbers of the inputs. */
function numbersOf(wanted: Value, inputs: ReadonlyMap<Value, readonly number[]>): number[] {
  const known = new Map<Value, Tensor>();
  for (const [value, numbers] of inputs) known.set(value, { shape: value.shape, data: Float64Array.from(numbers) });
  const tensorOf = (value: Value): Tensor => known.get(value) ?? { shape: value.shape, data: new Float64Array(0) };
  for (const node of topologicalOrder([wanted])) {
    if (node.op === "input") continue;
    const outputs = node.shapes.map((shape) => ({ shape, data: new Float64Array(sizeOf(shape)) }));
    opNamed(node.op).reference(node.inputs.map(tensorOf), node.attributes, outputs);
    valuesOf(node).forEach((value, i) => {
      known.set(value, outputs[i]);
    });
  }
  return Array.from(tensorOf(wanted).data);
}

describe("gradients", () => {
  it("adds up over all the ways that a variable takes: mean(x·x + x) has (2x + 1) / n", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [4]);
    const objective = graph.add(ops.mean, [graph.add(ops.add, [graph.add(ops.mul, [x, x], {}), x], {})], {});
    const [dx] = gradients(objective, [x]);
    if (dx === null) throw new Error("no gradient");
    expect(numbersOf(dx, new Map([[x, [0, 1, 2, -1]]]))).toEqual([0.25, 0.75, 1.25, -0.25]);
  });

  it("is 1 for the objective itself and null for what it does not depend on", () => {
    const graph = graphBuilder();
    const [x, other] = [graph.input("x", []), graph.input("other", [3])];
    const [dx, nothing] = gradients(x, [x, other]);
    expect(dx?.node.attributes).toEqual({ shape: [], value: 1 });
    expect(nothing).toBeNull();
  });

  it("does not differentiate what no variable flows through", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2, 3]);
    const weight = graph.state("weight", [4, 3]);
    const y = graph.add(ops.dense, [graph.add(ops.relu, [x], {}), weight], {});
    const [dw] = gradients(graph.add(ops.meanSquare, [y], {}), [weight]);
    if (dw === null) throw new Error("no gradient");
    expect(topologicalOrder([dw]).map(({ op }) => op)).not.toContain("reluGradient");
  });

  it("gives gradient nodes the place of the layer they differentiate", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2]);
    const y = graph.within("encoder[1] tanh", () => graph.add(ops.tanh, [x], {}));
    const [dx] = gradients(graph.add(ops.mean, [y], {}), [x]);
    expect(dx?.node).toMatchObject({ op: "tanhGradient", place: "encoder[1] tanh" });
  });

  it("refuses an objective that is not a scalar, and gradients of gradients", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2]);
    expect(() => gradients(x, [x])).toThrow(new InternalError("the objective must be a scalar, not of shape [2]"));
    const [dx] = gradients(graph.add(ops.mean, [graph.add(ops.relu, [x], {})], {}), [x]);
    if (dx === null) throw new Error("no gradient");
    const again = graph.add(ops.mean, [dx], {});
    expect(() => gradients(again, [x])).toThrow(new InternalError("reluGradient cannot be differentiated"));
  });
});

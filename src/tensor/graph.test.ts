// Building graphs: shapes are checked as nodes are added, leaves are shared, order holds.
import { describe, expect, it } from "vitest";
import { ShapeError, UserError } from "../base/errors.js";
import { graphBuilder, program, topologicalOrder } from "./graph.js";
import type { Value } from "./ops/define.js";
import { ops } from "./ops/index.js";

const convolution = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 } as const;

describe("graphBuilder", () => {
  it("names the layer whose shapes do not fit", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [1, 1, 3, 3]);
    const weight = graph.state("weight", [1, 1, 5, 5]);
    const build = () => graph.within("encoder[4] conv2d", () => graph.add(ops.conv2d, [x, weight], convolution));
    expect(build).toThrow(UserError);
    try {
      build();
    } catch (error) {
      expect(error).toMatchObject({ at: "encoder[4] conv2d", message: "kernel 5 does not fit an input of 3×3" });
    }
    // Outside layers there is no place to name.
    expect(() => graph.add(ops.conv2d, [x, weight], convolution)).toThrow(ShapeError);
  });

  it("gives one value for one name", () => {
    const graph = graphBuilder();
    expect(graph.input("x", [2])).toBe(graph.input("x", [2]));
    expect(graph.state("x", [2])).not.toBe(graph.input("x", [2]));
  });
});

describe("topologicalOrder", () => {
  it("puts each node after its inputs and each only once, also in a chain of 100,000", () => {
    const graph = graphBuilder();
    let value: Value = graph.input("x", []);
    for (let i = 0; i < 100_000; i++) value = graph.add(ops.linear, [value], { scale: 1, shift: 1 });
    const order = topologicalOrder([value, value]);
    expect(order.length).toBe(100_001);
    expect(order[0].op).toBe("input");
    expect(order.at(-1)).toBe(value.node);
  });

  it("leaves out what neither an output nor an update needs", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2]);
    graph.add(ops.relu, [x], {});
    const { nodes } = program({ name: "p", outputs: { y: graph.add(ops.tanh, [x], {}) } });
    expect(nodes.map(({ op }) => op)).toEqual(["input", "tanh"]);
  });
});

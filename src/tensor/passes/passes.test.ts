// Each pass: what it takes out, what it must leave, and that results stay.
import { describe, expect, it } from "vitest";
import { InternalError } from "../../base/errors.js";
import { gradients } from "../gradients.js";
import { type GraphBuilder, graphBuilder, type Program, program } from "../graph.js";
import type { Value } from "../ops/define.js";
import { ops } from "../ops/index.js";
import { verify } from "../verify.js";
import { biasBeforeBatchNorm } from "./biasBeforeBatchNorm.js";
import { commonSubexpressions } from "./commonSubexpressions.js";
import { deadNodes } from "./deadNodes.js";
import { foldConstants } from "./foldConstants.js";
import { runPasses } from "./index.js";
import { multiplyByOne } from "./multiplyByOne.js";

const opsOf = ({ nodes }: Program): string[] => nodes.map(({ op }) => op);

describe("deadNodes", () => {
  it("removes what nothing needs, and the draws that went with it", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2]);
    const noise = graph.input("noise", [2]);
    const y = graph.add(ops.relu, [x], {});
    const noisy = graph.add(ops.add, [x, noise], {});
    const cluttered: Program = {
      ...program({ name: "p", outputs: { y }, randomInputs: [{ distribution: "normal", name: "noise", shape: [2] }] }),
      nodes: [x.node, noise.node, y.node, noisy.node],
    };
    const cleaned = deadNodes(cluttered);
    expect(opsOf(cleaned)).toEqual(["input", "relu"]);
    expect(cleaned.randomInputs).toEqual([]);
  });
});

describe("commonSubexpressions", () => {
  it("computes equal nodes once, also where only their inputs become equal", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2]);
    const twice = () => graph.add(ops.tanh, [graph.add(ops.relu, [x], {})], {});
    const sum = graph.add(ops.add, [twice(), twice()], {});
    expect(opsOf(commonSubexpressions(program({ name: "p", outputs: { sum } })))).toEqual([
      "input",
      "relu",
      "tanh",
      "add",
    ]);
  });

  it("does not mind the order of attributes, and minds their values, inputs and which output it is", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2, 2]);
    const y = graph.input("y", [2, 2]);
    const outputs = {
      a: graph.add(ops.linear, [x], { scale: 2, shift: 1 }),
      same: graph.add(ops.linear, [x], { shift: 1, scale: 2 }),
      other: graph.add(ops.linear, [x], { scale: 2, shift: -1 }),
      difference: graph.add(ops.sub, [x, y], {}),
      turned: graph.add(ops.sub, [y, x], {}),
    };
    const merged = commonSubexpressions(program({ name: "p", outputs }));
    expect(merged.outputs.same).toBe(merged.outputs.a);
    expect(opsOf(merged).sort()).toEqual(["input", "input", "linear", "linear", "sub", "sub"]);
  });
});

describe("multiplyByOne", () => {
  it("removes products with 1, identities and reshapes to the same shape", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2, 3]);
    const one = graph.add(ops.fill, [], { shape: [], value: 1 });
    let y = graph.add(ops.mul, [one, x], {});
    y = graph.add(ops.linear, [y], { scale: 1, shift: 0 });
    y = graph.add(ops.reshape, [y], { shape: [2, 3] });
    y = graph.add(ops.sumTo, [y], { shape: [2, 3] });
    const cleaned = multiplyByOne(program({ name: "p", outputs: { y } }));
    expect(cleaned.outputs.y).toBe(x);
    expect(opsOf(cleaned)).toEqual(["input"]);
  });

  it("keeps a product with 1 that broadcasts", () => {
    const graph = graphBuilder();
    const scalar = graph.input("x", []);
    const ones = graph.add(ops.fill, [], { shape: [2], value: 1 });
    const y = graph.add(ops.mul, [scalar, ones], {});
    expect(opsOf(multiplyByOne(program({ name: "p", outputs: { y } })))).toEqual(["input", "fill", "mul"]);
  });
});

describe("foldConstants", () => {
  it("computes with constants ahead, and makes a product with one linear", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2, 3]);
    const two = graph.add(ops.fill, [], { shape: [], value: 2 });
    const seven = graph.add(ops.linear, [two], { scale: 3, shift: 1 });
    const spread = graph.add(ops.broadcastTo, [seven], { shape: [2, 3] });
    const total = graph.add(ops.sumTo, [spread], { shape: [2, 1] });
    const outputs = { y: graph.add(ops.mul, [x, spread], {}), total };
    const folded = foldConstants(program({ name: "p", outputs }));
    expect(folded.outputs.y.node).toMatchObject({ op: "linear", attributes: { scale: 7, shift: 0 } });
    expect(folded.outputs.total.node).toMatchObject({ op: "fill", attributes: { shape: [2, 1], value: 21 } });
  });
});

describe("runPasses", () => {
  it("leaves of the gradient of a mean square only a scaled input", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2, 5]);
    const [dx] = gradients(graph.add(ops.meanSquare, [x], {}), [x]);
    if (dx === null) throw new Error("no gradient");
    const short = runPasses(program({ name: "p", outputs: { dx } }));
    expect(short.nodes.map(({ op, attributes }) => [op, attributes])).toEqual([
      ["input", { name: "x", shape: [2, 5] }],
      ["linear", { scale: 0.2, shift: 0 }],
    ]);
  });

  it("refuses a program that is not valid", () => {
    const graph = graphBuilder();
    const y = graph.add(ops.relu, [graph.input("x", [2])], {});
    expect(() => runPasses({ ...program({ name: "p", outputs: { y } }), nodes: [y.node] })).toThrow(InternalError);
  });
});

describe("biasBeforeBatchNorm", () => {
  const convolution = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 } as const;

  function normalised(graph: GraphBuilder): { filtered: Value; y: Value; mean: Value; variance: Value } {
    const filtered = graph.add(
      ops.conv2d,
      [graph.input("x", [2, 1, 3, 3]), graph.state("weight", [4, 1, 3, 3]), graph.state("bias", [4])],
      convolution,
    );
    const scaleAndShift = [graph.state("scale", [4]), graph.state("shift", [4])];
    const [y, mean, variance] = graph.addAll(ops.batchNormTraining, [filtered, ...scaleAndShift], { epsilon: 1e-5 });
    return { filtered, y, mean, variance };
  }

  it("leaves the bias out and gives it back to the running mean", () => {
    const graph = graphBuilder();
    const { y, mean, variance } = normalised(graph);
    const running = graph.add(ops.scaledAdd, [graph.state("runningMean", [4]), mean], { scaleA: 0.9, scaleB: 0.1 });
    const before = program({ name: "p", outputs: { y, variance }, updates: { runningMean: running } });
    const after = verify(biasBeforeBatchNorm(before));
    const [x] = after.outputs.y.node.inputs;
    expect(x.node.inputs.length).toBe(2);
    const [, givenBack] = after.updates.runningMean.node.inputs;
    expect(givenBack.node.op).toBe("add");
    expect(givenBack.node.inputs.map(({ node, output }) => [node.op, output])).toEqual([
      ["batchNormTraining", 1],
      ["state", 0],
    ]);
    expect(after.outputs.variance.node).toBe(after.outputs.y.node);
  });

  it("works through batch norms one after the other", () => {
    const graph = graphBuilder();
    const first = normalised(graph);
    const flat = graph.add(ops.reshape, [first.y], { shape: [2, 4] });
    const dense = graph.add(ops.dense, [flat, graph.state("w", [3, 4]), graph.state("b", [3])], {});
    const scaleAndShift = [graph.state("scale2", [3]), graph.state("shift2", [3])];
    const [y, mean] = graph.addAll(ops.batchNormTraining, [dense, ...scaleAndShift], { epsilon: 1e-5 });
    const after = verify(biasBeforeBatchNorm(program({ name: "p", outputs: { y, mean, first: first.mean } })));
    const counts = after.nodes.filter(({ op }) => op === "conv2d" || op === "dense").map(({ inputs }) => inputs.length);
    expect(counts).toEqual([2, 2]);
    expect(opsOf(after).filter((op) => op === "add").length).toBe(2);
  });

  it("keeps a bias that something else sees", () => {
    const graph = graphBuilder();
    const { y, filtered } = normalised(graph);
    const before = program({ name: "p", outputs: { y, filtered } });
    expect(opsOf(biasBeforeBatchNorm(before))).toEqual(opsOf(before));
    expect(biasBeforeBatchNorm(before).outputs.filtered.node.inputs.length).toBe(3);
  });

  it("refuses a program that already has gradients", () => {
    const graph = graphBuilder();
    const { y } = normalised(graph);
    const [gradient] = gradients(graph.add(ops.meanSquare, [y], {}), [graph.state("weight", [4, 1, 3, 3])]);
    if (gradient === null) throw new Error("no gradient");
    expect(() => biasBeforeBatchNorm(program({ name: "p", outputs: { gradient } }))).toThrow(
      new InternalError("program p: biases are left out before gradients are added, not after"),
    );
  });
});

// Each rule of the verifier, broken once.
import { describe, expect, it } from "vitest";
import { InternalError } from "../base/errors.js";
import { graphBuilder, type Program, program, valuesOf } from "./graph.js";
import type { Node } from "./ops/define.js";
import { ops } from "./ops/index.js";
import { verify } from "./verify.js";

const graph = graphBuilder();
const x = graph.input("x", [2, 3]);
const w = graph.state("w", [2, 3]);
const sum = graph.within("encoder[0] sum", () => graph.add(ops.add, [x, w], {}));
const valid = program({ name: "p", outputs: { sum }, updates: { w: sum } });

function broken(change: Partial<Program>): () => Program {
  return () => verify({ ...valid, ...change });
}
const internal = (text: string): InternalError => new InternalError(`program p: ${text}`);
function like(node: Node, change: Partial<Node>): Node {
  return { ...node, ...change };
}

describe("verify", () => {
  it("gives a valid program back", () => {
    expect(verify(valid)).toBe(valid);
  });

  it("refuses a node before its inputs, twice in the list, or missing from it", () => {
    expect(broken({ nodes: [x.node, sum.node, w.node] })).toThrow(
      internal("node 1 add of encoder[0] sum uses state (input 1), which does not come before it"),
    );
    expect(broken({ nodes: [x.node, x.node, w.node, sum.node] })).toThrow(
      internal("node 1 input stands in the list twice"),
    );
    expect(broken({ nodes: [x.node, w.node] })).toThrow(
      internal("output sum is computed by add, which is not in the list"),
    );
  });

  it("refuses unknown ops, also those named like what every object has", () => {
    for (const op of ["convolve", "constructor"]) {
      expect(broken({ nodes: [...valid.nodes, like(sum.node, { op })] })).toThrow(
        internal(`node 3 ${op} of encoder[0] sum has an unknown op`),
      );
    }
  });

  it("refuses shapes and types other than the op's", () => {
    const wrongShape = like(sum.node, { shapes: [[3, 2]] });
    expect(broken({ nodes: [x.node, w.node, sum.node, wrongShape] })).toThrow(
      internal("node 3 add of encoder[0] sum should be [2, 3], is [3, 2]"),
    );
    const wrongType = like(sum.node, { types: ["index"] });
    expect(broken({ nodes: [x.node, w.node, sum.node, wrongType] })).toThrow(
      internal("node 3 add of encoder[0] sum should be of type float, is of index"),
    );
    const wrongInput = like(sum.node, { inputs: [x, graph.input("long", [4])] });
    expect(broken({ nodes: [...valid.nodes, graph.input("long", [4]).node, wrongInput] })).toThrow(
      internal("node 4 add of encoder[0] sum: shapes [2, 3] and [4] do not fit together"),
    );
    const empty = graph.input("empty", [0, 3]);
    expect(broken({ nodes: [...valid.nodes, empty.node] })).toThrow(internal("node 3 input has the shape [0, 3]"));
  });

  it("refuses values that are copies, not the node's own", () => {
    expect(broken({ outputs: { sum: { ...sum } } })).toThrow(
      internal("output sum is a value that its node does not give"),
    );
  });

  it("lets places of maxima flow only into the pooling's own gradient", () => {
    const images = graph.input("images", [1, 1, 4, 4]);
    const pooling = { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } as const;
    const [pooled, places] = graph.addAll(ops.maxPool2d, [images], pooling);
    const back = graph.add(ops.maxPool2dGradient, [pooled, places], { ...pooling, inputSize: [4, 4] });
    expect(() => verify(program({ name: "p", outputs: { back } }))).not.toThrow();
    const foreign = graph.add(ops.relu, [places], {});
    expect(() => verify(program({ name: "p", outputs: { foreign } }))).toThrow(
      internal("node 2 relu uses the places that maxPool2d noted, which only maxPool2dGradient can read"),
    );
    expect(() => verify(program({ name: "p", outputs: { places } }))).toThrow(
      internal("output places is of type index"),
    );
  });

  it("refuses a second leaf of one name", () => {
    const [other] = valuesOf(like(w.node, {}));
    const twice = graph.add(ops.add, [w, other], {});
    expect(() => verify(program({ name: "p", outputs: { twice } }))).toThrow(
      internal("node 1 state is the second state w"),
    );
  });

  it("refuses updates and random inputs of another shape", () => {
    const mean = graph.add(ops.mean, [sum], {});
    expect(() => verify(program({ name: "p", outputs: {}, updates: { w: mean }, randomInputs: [] }))).toThrow(
      internal("update of w has the shape [], the state [2, 3]"),
    );
    expect(broken({ randomInputs: [{ distribution: "normal", name: "x", shape: [3] }] })).toThrow(
      internal("random input x is drawn as [3], the input is [2, 3]"),
    );
  });
});

// Enlargements fold into the convolutions after them: same numbers and gradients, fewer products; and stay where they must.
import { describe, expect, it } from "vitest";
import { InternalError } from "../../base/errors.js";
import { referenceEngine } from "../../engines/reference/index.js";
import { gradients } from "../gradients.js";
import { type GraphBuilder, graphBuilder, type Program, program } from "../graph.js";
import { type Shape, sizeOf, type Value } from "../ops/define.js";
import { ops } from "../ops/index.js";
import { verify } from "../verify.js";
import { foldUpsampling } from "./foldUpsampling.js";

type Sides = readonly [number, number, number, number];
type Scale = readonly [number, number];
type Kind = "conv2d" | "convTranspose2d";
const plain = { stride: [1, 1], dilation: [1, 1], groups: 1 } as const;
const opsOf = ({ nodes }: Program): string[] => nodes.map(({ op }) => op);

/** Two channels of 4×5, enlarged; a batch of 8 is 160 places. */
function enlarged(graph: GraphBuilder, scale: Scale = [2, 2], batch = 8): Value {
  return graph.add(ops.upsample, [graph.input("x", [batch, 2, 4, 5])], { scale });
}

/** To three channels. */
function convolved(graph: GraphBuilder, x: Value, kind: Kind, kernel: Scale, padding: Sides): Value {
  const b = graph.state("b", [3]);
  if (kind === "conv2d") {
    return graph.add(ops.conv2d, [x, graph.state("w", [3, 2, ...kernel]), b], { ...plain, padding });
  }
  const w = graph.state("w", [2, 3, ...kernel]);
  return graph.add(ops.convTranspose2d, [x, w, b], { ...plain, padding, outputPadding: [0, 0] });
}

/** The result and the gradients of a sum that weighs each element of it differently. */
function withGradients(before: Program): Program {
  const graph = graphBuilder();
  const { y } = before.outputs;
  const weighed = graph.add(ops.mul, [y, graph.input("weights", y.shape)], {});
  const variables = before.nodes.filter(({ op }) => op === "state" || op === "input");
  const values = variables.map((node) => {
    const found = before.nodes.flatMap(({ inputs }) => inputs).find((value) => value.node === node);
    if (found === undefined) throw new Error("a leaf that nothing reads");
    return found;
  });
  const slopes = gradients(graph.add(ops.mean, [weighed], {}), values);
  const named = slopes.map((slope, i) => {
    if (slope === null) throw new Error("no gradient");
    return [(variables[i].attributes as { readonly name: string }).name, slope] as const;
  });
  return verify(program({ name: "p", outputs: { y, ...Object.fromEntries(named) } }));
}

const numbers = (shape: Shape, seed: number) =>
  Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(seed + 1.7 * i));

async function computed(what: Program) {
  const leaves = what.nodes.filter(({ op }) => op === "input" || op === "state");
  const named = leaves.map(({ op, shapes, attributes }) => {
    const { name } = attributes as { readonly name: string };
    return { op, name, shape: shapes[0], values: numbers(shapes[0], name.charCodeAt(0)) };
  });
  const states = named.filter(({ op }) => op === "state").map((state) => ({ ...state, kind: "parameter" as const }));
  const session = await referenceEngine().open(states);
  const inputs = named.filter(({ op }) => op === "input");
  return (await session.compile(what)).run(
    Object.fromEntries(inputs.map(({ name, values }) => [name, Float64Array.from(values)])),
  );
}

describe("foldUpsampling", () => {
  const cases: readonly (readonly [Kind, Scale, Scale, Sides])[] = [
    ["convTranspose2d", [2, 2], [3, 3], [1, 1, 1, 1]],
    ["convTranspose2d", [2, 2], [3, 3], [0, 0, 0, 0]],
    ["convTranspose2d", [2, 2], [3, 3], [2, 2, 2, 2]],
    ["convTranspose2d", [3, 2], [2, 5], [0, 1, 2, 3]],
    ["conv2d", [2, 2], [3, 3], [1, 1, 1, 1]],
    ["conv2d", [2, 2], [3, 3], [0, 0, 0, 0]],
    ["conv2d", [2, 2], [3, 3], [2, 2, 2, 2]],
    ["conv2d", [2, 3], [4, 3], [0, 1, 3, 2]],
  ];
  for (const [kind, scale, kernel, padding] of cases) {
    it(`${kind} ${kernel} with padding ${padding} after an enlargement by ${scale} gives the same numbers and gradients`, async () => {
      const graph = graphBuilder();
      const y = convolved(graph, enlarged(graph, scale), kind, kernel, padding);
      const before = program({ name: "p", outputs: { y } });
      const after = verify(foldUpsampling(before));
      expect(opsOf(after)).not.toContain("upsample");
      expect(after.outputs.y.node).toMatchObject({ op: "convTranspose2d", attributes: { stride: scale } });
      const expected = await computed(withGradients(before));
      const found = await computed(withGradients(after));
      expect(Object.keys(found).sort()).toEqual(["b", "w", "x", "y"]);
      for (const [name, values] of Object.entries(expected)) {
        expect(found[name].length).toBe(values.length);
        // Float64 sums of up to 960 terms below 1, in another order: 960·2⁻⁵³ is 1.1e-13.
        values.forEach((value, i) => {
          expect(Math.abs(found[name][i] - value), `${name}[${i}]`).toBeLessThan(1e-12);
        });
      }
    });
  }

  const kept = (what: string, build: (graph: GraphBuilder) => Record<string, Value>): void =>
    it(`leaves ${what}`, () => {
      const before = program({ name: "p", outputs: build(graphBuilder()) });
      expect(opsOf(foldUpsampling(before))).toEqual(opsOf(before));
    });
  kept("an enlarged image that something else sees", (graph) => {
    const x = enlarged(graph);
    return { x, y: convolved(graph, x, "conv2d", [3, 3], [1, 1, 1, 1]) };
  });
  kept("a single small image, where summing the kernel costs more than it saves", (graph) => ({
    y: convolved(graph, enlarged(graph, [2, 2], 1), "convTranspose2d", [3, 3], [1, 1, 1, 1]),
  }));
  kept("a kernel of one element, which saves nothing", (graph) => ({
    y: convolved(graph, enlarged(graph), "conv2d", [1, 1], [0, 0, 0, 0]),
  }));
  kept("padding beyond the kernel's reach", (graph) => ({
    y: convolved(graph, enlarged(graph), "conv2d", [3, 3], [3, 0, 0, 0]),
  }));
  kept("strides and groups", (graph) => {
    const x = enlarged(graph);
    const half = graph.add(ops.upsample, [graph.input("z", [8, 2, 4, 5])], { scale: [2, 2] });
    return {
      strided: graph.add(ops.conv2d, [x, graph.state("w", [3, 2, 3, 3])], {
        ...plain,
        stride: [2, 2],
        padding: [1, 1, 1, 1],
      }),
      grouped: graph.add(ops.conv2d, [half, graph.state("v", [4, 1, 3, 3])], {
        ...plain,
        groups: 2,
        padding: [1, 1, 1, 1],
      }),
    };
  });
  kept("the enlargement of a convolution's kernel", (graph) => {
    const w = graph.add(ops.upsample, [graph.state("small", [3, 2, 2, 2])], { scale: [2, 2] });
    return { y: graph.add(ops.conv2d, [graph.input("x", [8, 2, 9, 9]), w], { ...plain, padding: [0, 0, 0, 0] }) };
  });

  it("refuses a program that already has gradients", () => {
    const graph = graphBuilder();
    const y = convolved(graph, enlarged(graph), "conv2d", [3, 3], [1, 1, 1, 1]);
    const [dx] = gradients(graph.add(ops.meanSquare, [y], {}), [graph.input("x", [8, 2, 4, 5])]);
    if (dx === null) throw new Error("no gradient");
    expect(() => foldUpsampling(program({ name: "p", outputs: { dx } }))).toThrow(
      new InternalError("program p: enlargements are folded before gradients are added, not after"),
    );
  });
});

// Expansions: the same numbers by other ops, at the same place; what an engine knows stays, and so do programs without any.
import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../engines/reference/index.js";
import { graphBuilder, type Program, program } from "../graph.js";
import { sizeOf } from "../ops/define.js";
import { type ExpandableOpName, opNamed, ops } from "../ops/index.js";
import { expand } from "./expand.js";

const expandable = Object.keys(ops).filter((name) => "expansion" in opNamed(name)) as readonly ExpandableOpName[];

async function outputsOf(of: Program, inputs: Readonly<Record<string, Float64Array>>): Promise<readonly number[][]> {
  const session = await referenceEngine().open([]);
  const found = await (await session.compile(of)).run(inputs);
  return Object.values(found).map((values) => [...values]);
}

describe("expand", () => {
  it("knows the expandable ops", () => {
    expect(expandable).toContain("mish");
  });

  it.each(expandable)("%s computes by its expansion what it is defined as", async (name) => {
    for (const { inputs, attributes } of ops[name].cases) {
      const graph = graphBuilder();
      const values = inputs.map((shape, i) => graph.input(`x${i}`, shape));
      const outputs = graph.addAll(ops[name], values, attributes);
      const before = program({ name, outputs: Object.fromEntries(outputs.map((value, i) => [`y${i}`, value])) });
      const after = expand(before, () => false);
      expect(after.nodes.map(({ op }) => op)).not.toContain(name);
      const given = Object.fromEntries(
        inputs.map((shape, i) => [
          `x${i}`,
          Float64Array.from({ length: sizeOf(shape) }, (_, j) => 2 * Math.sin(j + i)),
        ]),
      );
      const [expected, found] = [await outputsOf(before, given), await outputsOf(after, given)];
      expected.forEach((numbers, i) => {
        // Numbers below 4, computed in a few roundings of float64.
        numbers.forEach((number, j) => {
          expect(Math.abs((found[i]?.[j] ?? Number.NaN) - number)).toBeLessThan(16 * 2 ** -52);
        });
      });
    }
  });

  it("stands where the op stood, and shares what two expansions have alike", () => {
    const graph = graphBuilder();
    const x = graph.input("x", [2]);
    const y = graph.within("encoder[3] mish", () => graph.add(ops.mish, [x], {}));
    const z = graph.within("encoder[4] mish", () => graph.add(ops.mish, [x], {}));
    const after = expand(program({ name: "p", outputs: { y, sum: graph.add(ops.add, [y, z], {}) } }), () => false);
    expect(after.nodes.filter(({ op }) => op === "softplus").map(({ place }) => place)).toEqual(["encoder[3] mish"]);
  });

  it("leaves what an engine knows, and gives back programs without anything to expand", () => {
    const graph = graphBuilder();
    const y = graph.add(ops.mish, [graph.input("x", [2])], {});
    const before = program({ name: "p", outputs: { y } });
    expect(expand(before, (op) => op === "mish")).toBe(before);
    const plain = program({ name: "q", outputs: { y: graph.add(ops.silu, [graph.input("x", [2])], {}) } });
    expect(expand(plain, () => false)).toBe(plain);
  });
});

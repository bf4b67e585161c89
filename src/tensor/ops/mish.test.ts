// PyTorch 2.15's values in float64: torch.nn.Mish() and its backward pass.
import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../engines/reference/index.js";
import { gradients } from "../gradients.js";
import { graphBuilder, program } from "../graph.js";
import { evaluate } from "../testing/evaluate.js";
import { ops } from "./index.js";

const points = [1, -1, 0.5] as const;

describe("mish", () => {
  it("has PyTorch's values", () => {
    const [found] = evaluate(ops.mish, [[[3], points]], {});
    expectClose(found, [0.8650983882673103, -0.30340146137410895, 0.3752452113048951]);
  });

  it("has PyTorch's gradients", async () => {
    const graph = graphBuilder();
    const x = graph.input("x", [3]);
    const sum = graph.add(ops.sumTo, [graph.add(ops.mish, [x], {})], { shape: [] });
    const [dx] = gradients(sum, [x]);
    if (dx === null) throw new Error("no gradient");
    const session = await referenceEngine().open([]);
    const executable = await session.compile(program({ name: "p", outputs: { dx } }));
    const { dx: found } = await executable.run({ x: Float64Array.from(points) });
    expectClose([...found], [1.0490362200997922, 0.059216755877395014, 0.8864243753577272]);
  });

  it("neither overflows nor loses what is far below 0", () => {
    // −800 is all but 0: 800·e⁻⁸⁰⁰ is below every number.
    expect(evaluate(ops.mish, [[[3], [0, 800, -800]]], {})[0]).toEqual([0, 800, -0]);
  });
});

/** Within a few units of float64. */
function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(8 * 2 ** -52 * Math.max(1, Math.abs(expected[i])));
  });
}

import { describe, expect, it } from "vitest";
import { graphBuilder, ops, type Program, program } from "../tensor/index.js";
import { evaluationBatchSize, executablesByBatchSize } from "./byBatchSize.js";
import { referenceEngine } from "./reference/index.js";

function doubled(batchSize: number): Program {
  const { add, input } = graphBuilder();
  const x = input("x", [batchSize]);
  return program({ name: "doubled", outputs: { twice: add(ops.add, [x, x], {}) }, updates: {} });
}

describe("executables by batch size", () => {
  it("are compiled once for each size, also for those who ask at the same time", async () => {
    const session = await referenceEngine().open([]);
    let compiled = 0;
    const executableFor = executablesByBatchSize(
      {
        compile: (one) => {
          compiled++;
          return session.compile(one);
        },
      },
      doubled,
    );
    const [a, b, other] = await Promise.all([executableFor(2), executableFor(2), executableFor(3)]);
    expect([a.executable === b.executable, a.executable === other.executable, compiled]).toEqual([true, false, 2]);
    const { twice } = await other.executable.run({ x: Float32Array.of(1, 2, 3) });
    expect([...(twice ?? [])]).toEqual([2, 4, 6]);
    expect(Object.keys((await executableFor(3)).program.outputs)).toEqual(["twice"]);
    expect(compiled).toBe(2);
    session.dispose();
  });
});

describe("the batch size of an evaluation", () => {
  it("is the whole of a few, else the largest from 125 down to 60 that divides the count, else 125", () => {
    expect([0, 1, 125, 126, 1000, 10_000, 127].map(evaluationBatchSize)).toEqual([1, 1, 125, 63, 125, 125, 125]);
  });
});

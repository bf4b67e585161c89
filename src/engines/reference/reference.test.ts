// The reference engine's promises beyond those of every engine (which the contract suite tests).
import { describe, expect, it } from "vitest";
import { InternalError } from "../../base/errors.js";
import { graphBuilder, ops, program } from "../../tensor/index.js";
import { referenceEngine } from "./index.js";

const graph = graphBuilder();
const x = graph.input("x", [2]);
const w = graph.state("w", [2]);
const third = program({
  name: "third",
  outputs: { y: graph.add(ops.mul, [x, w], {}) },
  updates: { w: graph.add(ops.linear, [w], { scale: 1 / 3, shift: 0 }) },
});
const state = [{ name: "w", shape: [2], kind: "parameter", values: [1, 2] }] as const;

describe("the reference engine", () => {
  it("says what it is", () => {
    expect(referenceEngine({ threads: 8 }).describe()).toEqual({
      name: "reference",
      library: "reference (float64 loops)",
      threads: 1,
    });
  });

  it("keeps state in float64", async () => {
    const session = await referenceEngine().open(state);
    const { y } = await (await session.compile(third)).run({ x: Float64Array.of(10, 10) });
    expect(y).toEqual(Float64Array.of(10, 20));
    expect(Array.from(await session.read("w"))).toEqual([1 / 3, 2 / 3]);
  });

  it("hands out copies of state", async () => {
    const session = await referenceEngine().open(state);
    (await session.read("w"))[0] = 100;
    expect((await session.read("w"))[0]).toBe(1);
  });

  it("names the input that is missing or too long", async () => {
    const session = await referenceEngine().open(state);
    const executable = await session.compile(third);
    await expect(executable.run({})).rejects.toThrow(new InternalError("program third needs the input x"));
    await expect(executable.run({ x: new Float32Array(3) })).rejects.toThrow(
      new InternalError("input x of third is [2], 2 numbers, got 3"),
    );
  });

  it("names the state that it does not have, that has another shape, or that is given twice", async () => {
    const engine = referenceEngine();
    const empty = await engine.open([]);
    await expect(empty.compile(third)).rejects.toThrow(new InternalError("the session has no state w"));
    const other = await engine.open([{ name: "w", shape: [3], kind: "parameter" }]);
    await expect(other.compile(third)).rejects.toThrow(
      new InternalError("state w of third is [2], the session's state is [3]"),
    );
    await expect(engine.open([...state, ...state])).rejects.toThrow(new InternalError("state w is given twice"));
    const session = await engine.open(state);
    await expect(session.write("w", [1])).rejects.toThrow(new InternalError("state w is [2], 2 numbers, got 1"));
  });

  it("refuses to work after it was disposed of", async () => {
    const session = await referenceEngine().open(state);
    const executable = await session.compile(third);
    session.dispose();
    session.dispose();
    await expect(session.read("w")).rejects.toThrow(new InternalError("the session is disposed of"));
    await expect(session.compile(third)).rejects.toThrow(new InternalError("the session is disposed of"));
    await expect(executable.run({ x: new Float32Array(2) })).rejects.toThrow(
      new InternalError("program third is disposed of"),
    );
  });

  it("refuses a program that is not valid", async () => {
    const session = await referenceEngine().open(state);
    await expect(session.compile({ ...third, nodes: third.nodes.slice(1) })).rejects.toThrow(InternalError);
  });
});

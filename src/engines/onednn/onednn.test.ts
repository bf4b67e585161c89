// What is oneDNN's own and not in the contract suite: layouts of state, loading, ties, repeatability, disposal.
import os from "node:os";
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import { graphBuilder, ops, program, sizeOf, type Value } from "../../tensor/index.js";
import type { StateSpec } from "../engine.js";
import { readStates } from "../testing/readStates.js";
import { onednnEngine } from "./index.js";
import { loadLibrary } from "./library.js";

const random = (shape: readonly number[], index: number): Float32Array => {
  const draw = randomSequence(1, "sample", 0, index);
  return Float32Array.from({ length: sizeOf(shape) }, () => draw.normal());
};
const convolution = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;
const loading = (path: string) => () => loadLibrary(1, { ISTHMUS_ONEDNN: path });

/** A convolution, a transposed one and a dense layer whose weights the library keeps in blocks; adds 1 to each weight. */
function blockedProgram(batch = 2) {
  const graph = graphBuilder();
  const shapes = { a: [32, 16, 3, 3], b: [32, 48, 3, 3], c: [40, 48 * 16] } as const;
  const weight = (name: keyof typeof shapes): Value => graph.state(name, shapes[name]);
  const hidden = graph.add(ops.conv2d, [graph.input("x", [batch, 16, 4, 4]), weight("a")], convolution);
  const wide = graph.add(ops.convTranspose2d, [hidden, weight("b")], { ...convolution, outputPadding: [0, 0] });
  const flat = graph.add(ops.reshape, [wide], { shape: [batch, 48 * 16] });
  const y = graph.add(ops.dense, [flat, weight("c")], {});
  const plusOne = (value: Value): Value => graph.add(ops.linear, [value], { scale: 1, shift: 1 });
  const updates = { a: plusOne(weight("a")), b: plusOne(weight("b")), c: plusOne(weight("c")) };
  const state: StateSpec = Object.entries(shapes).map(([name, shape], i) => ({
    name,
    shape,
    kind: "parameter",
    values: random(shape, i),
  }));
  return { state, program: program({ name: "blocked", outputs: { y }, updates }), x: random([batch, 16, 4, 4], 9) };
}

describe("oneDNN sessions", () => {
  it("give state back in the written layout, before, after and between programs", async () => {
    const { state, program: blocked, x } = blockedProgram();
    const session = await onednnEngine().open(state);
    const before = await readStates(
      session,
      state.map(({ name }) => name),
    );
    const executable = await session.compile(blocked);
    for (const { name, values = [] } of state) {
      expect(before[name]).toEqual(values);
      expect(await session.read(name)).toEqual(values);
    }
    await executable.run({ x });
    for (const { name, values = [] } of state) {
      expect(await session.read(name)).toEqual(Float32Array.from(values, (value) => Math.fround(value + 1)));
    }
    await session.write("b", state[1].values ?? []);
    expect(await session.read("b")).toEqual(state[1].values);
    session.dispose();
  });

  it("compute the same bytes twice", async () => {
    const results: Float32Array[] = [];
    for (let i = 0; i < 2; i++) {
      const { state, program: blocked, x } = blockedProgram(7);
      const session = await onednnEngine({ threads: 2 }).open(state);
      const executable = await session.compile(blocked);
      const { y } = await executable.run({ x });
      results.push(Float32Array.from(y));
      session.dispose();
    }
    expect(results[0]).toEqual(results[1]);
  });

  it("give a tie in a pooling window to its first element, as PyTorch does", async () => {
    const graph = graphBuilder();
    const x = graph.input("x", [1, 1, 2, 2]);
    const window = { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } as const;
    const [, indices] = graph.addAll(ops.maxPool2d, [x], window);
    const dy = graph.input("dy", [1, 1, 1, 1]);
    const dx = graph.add(ops.maxPool2dGradient, [dy, indices], { ...window, inputSize: [2, 2] });
    const session = await onednnEngine().open([]);
    const executable = await session.compile(program({ name: "ties", outputs: { dx } }));
    const outputs = await executable.run({ x: new Float32Array([1, 3, 3, 3]), dy: new Float32Array([5]) });
    expect([...outputs.dx]).toEqual([0, 5, 0, 0]);
    session.dispose();
  });

  it("add a transposed convolution's bias to its own channel where planes are 1×1", async () => {
    for (const channels of [5, 32]) {
      const graph = graphBuilder();
      const x = graph.input("x", [3, 8, 1, 1]);
      const w = graph.input("w", [8, channels, 1, 1]);
      const b = graph.input("b", [channels]);
      const y = graph.add(ops.convTranspose2d, [x, w, b], {
        ...convolution,
        padding: [0, 0, 0, 0],
        outputPadding: [0, 0],
      });
      const session = await onednnEngine().open([]);
      const executable = await session.compile(program({ name: "bias", outputs: { y } }));
      const bias = Float32Array.from({ length: channels }, (_, i) => i + 1);
      const outputs = await executable.run({
        x: new Float32Array(24),
        w: new Float32Array(8 * channels),
        b: bias,
      });
      expect([...outputs.y]).toEqual([...bias, ...bias, ...bias]);
      session.dispose();
    }
  });

  it("give the gradient of a dense layer's few inputs with many units in two threads, where the library's own primitive ends the process", async () => {
    for (const inputs of [8, 32]) {
      const [batch, units] = [16, 2048];
      const graph = graphBuilder();
      const dy = graph.input("dy", [batch, units]);
      const w = graph.input("w", [units, inputs]);
      const dx = graph.add(ops.denseInputGradient, [dy, w], {});
      const session = await onednnEngine({ threads: 2 }).open([]);
      const executable = await session.compile(program({ name: "wide", outputs: { dx } }));
      const given = { dy: random([batch, units], 1), w: random([units, inputs], 2) };
      const { dx: found } = await executable.run(given);
      for (let image = 0; image < batch; image++) {
        for (let input = 0; input < inputs; input++) {
          let sum = 0;
          for (let unit = 0; unit < units; unit++) {
            sum += (given.dy[image * units + unit] as number) * (given.w[unit * inputs + input] as number);
          }
          // 2,048 products of about 1, whose sum is about 45.
          expect(found[image * inputs + input]).toBeCloseTo(sum, 2);
        }
      }
      session.dispose();
    }
  });

  it("give NaN for the cross-entropy of a prediction that is NaN, as the definition does", async () => {
    const graph = graphBuilder();
    const y = graph.add(ops.binaryCrossEntropy, [graph.input("p", [1, 4]), graph.input("t", [1, 4])], {});
    const session = await onednnEngine().open([]);
    const executable = await session.compile(program({ name: "bce", outputs: { y } }));
    const outputs = await executable.run({
      p: new Float32Array([Number.NaN, 0.5, 0, Number.POSITIVE_INFINITY]),
      t: new Float32Array([0.5, 1, 1, 0.5]),
    });
    expect(
      [...outputs.y].map((value) => (Number.isFinite(value) ? Math.round(value * 1e4) / 1e4 : Number.NaN)),
    ).toEqual([
      Number.NaN,
      // ln 2 and the limit.
      Math.round(Math.LN2 * 1e4) / 1e4,
      100,
      Number.NaN,
    ]);
    session.dispose();
  });

  it.runIf(os.platform() === "linux" && os.arch() === "x64")("take numbers below 1.2e-38 for zero", async () => {
    // Enough for each thread to get a part.
    const size = 1 << 18;
    const values = new Float32Array(size).fill(1e-40);
    const session = await onednnEngine({ threads: 2 }).open([{ name: "m", shape: [size], kind: "parameter", values }]);
    const graph = graphBuilder();
    const m = graph.add(ops.linear, [graph.state("m", [size])], { scale: 0.9, shift: 0 });
    const decay = await session.compile(program({ name: "decay", outputs: {}, updates: { m } }));
    expect(await session.read("m")).toEqual(values);
    await decay.run({});
    expect(await session.read("m")).toEqual(new Float32Array(size));
    // JavaScript's own numbers keep theirs.
    expect(values.every((value) => value / 2 > 0)).toBe(true);
    session.dispose();
  });

  it("refuse work after they were disposed of, and may be disposed of twice", async () => {
    const { state, program: blocked, x } = blockedProgram();
    const session = await onednnEngine().open(state);
    const executable = await session.compile(blocked);
    session.dispose();
    session.dispose();
    executable.dispose();
    await expect(session.read("a")).rejects.toThrow("internal: the session was disposed of");
    await expect(executable.run({ x })).rejects.toThrow("internal: blocked was disposed of");
    await expect(session.compile(blocked)).rejects.toThrow("internal: the session was disposed of");
  });

  it("refuse inputs that are missing or of another size", async () => {
    const { state, program: blocked } = blockedProgram();
    const session = await onednnEngine().open(state);
    const executable = await session.compile(blocked);
    await expect(executable.run({})).rejects.toThrow("internal: blocked needs an input called x");
    await expect(executable.run({ x: new Float32Array(3) })).rejects.toThrow(
      "internal: input x of blocked has 3 elements, not 512",
    );
    session.dispose();
  });
});

describe("loading oneDNN", () => {
  it("says what to install when the library named is not there", () => {
    expect(loading("libnothing-of-this-name.so")).toThrow(
      /^oneDNN \(libdnnl\) could not be loaded: libnothing-of-this-name\.so: cannot open shared object file/,
    );
    try {
      loading("libnothing-of-this-name.so")();
    } catch (error) {
      expect(error).toMatchObject({
        at: "ISTHMUS_ONEDNN",
        hint: "Install it (Debian 12, Ubuntu 22.04: sudo apt-get install libdnnl2; newer ones: apt-cache search libdnnl3; without root, on x64: PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --user onednn-cpu-gomp==2023.2.0), or name a oneDNN 2.x or 3.x library file in ISTHMUS_ONEDNN.",
      });
    }
  });

  it("refuses what is no file before the system's loader reads it without end", () => {
    expect(loading("/dev/zero")).toThrow("/dev/zero is a device or a pipe, not a library file.");
  });

  it("refuses a library that is not oneDNN", () => {
    expect(loading("libgomp.so.1")).toThrow("libgomp.so.1 is not a oneDNN library: it has no dnnl_version.");
  });
});

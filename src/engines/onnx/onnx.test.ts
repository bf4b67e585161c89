// What is ONNX Runtime's own and not in the contract suite: both builds, state that runs change, ties, memory, disposal.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../base/random.js";
import { gradients, graphBuilder, ops, type Program, program, sizeOf } from "../../tensor/index.js";
import type { Engine, Numbers, Session, StateSpec } from "../engine.js";
import { selfCheck } from "../selfCheck.js";
import { onnxEngine } from "./index.js";
import { type Importers, installNative } from "./library.js";

const random = (shape: readonly number[], index: number): Float32Array => {
  const draw = randomSequence(1, "sample", 0, index);
  return Float32Array.from({ length: sizeOf(shape) }, () => draw.normal());
};
const absent = (name: string) => () =>
  Promise.reject(new Error(`Cannot find package '${name}' imported from here\nmore`));
/** A machine on which onnxruntime-node has no binary. */
const onlyWeb: Importers = { node: absent("onnxruntime-node"), web: () => import("onnxruntime-web") };

const size = 512;
const weights: StateSpec = [
  { name: "w", shape: [size, size], kind: "parameter", values: random([size, size], 0).map((value) => value / size) },
  { name: "m", shape: [size, size], kind: "slot", of: "w" },
  { name: "v", shape: [size, size], kind: "slot", of: "w" },
];
const batch = 8;
const inputs = {
  x: random([batch, size], 1),
  stepSize: Float32Array.of(1e-5),
  epsilon: Float32Array.of(1e-8),
};

/** A step of Adam on the mean square of x·wᵀ: it changes 3 × 1 MB of state. */
function step(): Program {
  const graph = graphBuilder();
  const w = graph.state("w", [size, size]);
  const objective = graph.add(ops.meanSquare, [graph.add(ops.dense, [graph.input("x", [batch, size]), w], {})], {});
  const [gradient] = gradients(objective, [w]);
  if (gradient === null) throw new Error("no gradient");
  const slots = [graph.state("m", [size, size]), graph.state("v", [size, size])];
  const scalars = [graph.input("stepSize", []), graph.input("epsilon", [])];
  const attributes = { beta1: 0.9, beta2: 0.999 };
  const [newW, m, v] = graph.addAll(ops.adam, [w, gradient, ...slots, ...scalars], attributes);
  return program({ name: "step", outputs: { objective }, updates: { w: newW, m, v } });
}

async function withSession<Result>(
  engine: Engine,
  state: StateSpec,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await engine.open(state);
  try {
    return await use(session);
  } finally {
    session.dispose();
  }
}

const megabytes = (): number => process.memoryUsage().rss / 1e6;

describe("sessions of ONNX Runtime", () => {
  it("do not grow over 300 steps", async () => {
    await withSession(await onnxEngine({ threads: 2 }), weights, async (session) => {
      const executable = await session.compile(step());
      for (let i = 0; i < 30; i++) await executable.run(inputs);
      const before = megabytes();
      for (let i = 0; i < 300; i++) await executable.run(inputs);
      // State of 3 MB comes out of each step: kept, it would be 940 MB. The garbage collector may owe a tenth.
      expect(megabytes() - before).toBeLessThan(94);
    });
  });

  it("give their memory back when they are disposed of", async () => {
    const engine = await onnxEngine({ threads: 1 });
    const once = (): Promise<void> =>
      withSession(engine, weights, async (session) => {
        await (await session.compile(step())).run(inputs);
      });
    for (let i = 0; i < 5; i++) await once();
    const before = megabytes();
    for (let i = 0; i < 40; i++) await once();
    // Each holds two copies of its 3 MB of state and at least the gradient in ONNX Runtime: 280 MB if they stayed.
    expect(megabytes() - before).toBeLessThan(140);
  });

  it("compute the same bytes twice", async () => {
    const engine = await onnxEngine({ threads: 2 });
    const train = (): Promise<Numbers> =>
      withSession(engine, weights, async (session) => {
        const executable = await session.compile(step());
        for (let i = 0; i < 3; i++) await executable.run(inputs);
        return await session.read("w");
      });
    expect(await train()).toEqual(await train());
  });

  it("read inputs that change in place, lie in shared memory or are float64", async () => {
    const graph = graphBuilder();
    const doubled = graph.add(ops.linear, [graph.input("x", [3])], { scale: 2, shift: 0 });
    await withSession(await onnxEngine({ threads: 1 }), [], async (session) => {
      const executable = await session.compile(program({ name: "double", outputs: { doubled } }));
      const run = async (x: Float32Array | Float64Array): Promise<number[]> => [
        ...(await executable.run({ x })).doubled,
      ];
      const x = Float32Array.of(1, 2, 3);
      expect(await run(x)).toEqual([2, 4, 6]);
      x[0] = 10;
      expect(await run(x)).toEqual([20, 4, 6]);
      const shared = new Float32Array(new SharedArrayBuffer(16), 4);
      shared.set([4, 5, 6]);
      expect(await run(shared)).toEqual([8, 10, 12]);
      shared[2] = 7;
      expect(await run(shared)).toEqual([8, 10, 14]);
      expect(await run(Float64Array.of(0.5, 1, 1.5))).toEqual([1, 2, 3]);
    });
  });

  it("give a tie in a pooling window to its first element, as PyTorch does", async () => {
    for (const stride of [
      [2, 2],
      [1, 1],
    ] as const) {
      const graph = graphBuilder();
      const x = graph.input("x", [1, 1, 2, 2]);
      const window = { kernel: [2, 2], stride, padding: [0, 0, 0, 0] } as const;
      const [, indices] = graph.addAll(ops.maxPool2d, [x], window);
      const dy = graph.input("dy", [1, 1, 1, 1]);
      const dx = graph.add(ops.maxPool2dGradient, [dy, indices], { ...window, inputSize: [2, 2] });
      await withSession(await onnxEngine({ threads: 1 }), [], async (session) => {
        const executable = await session.compile(program({ name: "ties", outputs: { dx } }));
        const outputs = await executable.run({ x: Float32Array.of(1, 3, 3, 3), dy: Float32Array.of(5) });
        expect([...outputs.dx]).toEqual([0, 5, 0, 0]);
      });
    }
  });

  it("give out a state as it was before the run that changes it, under as many names as asked for", async () => {
    const graph = graphBuilder();
    const a = graph.state("a", [2]);
    const next = graph.add(ops.linear, [a], { scale: 1, shift: 1 });
    const state: StateSpec = ["a", "b"].map((name) => ({ name, shape: [2], kind: "buffer", values: [1, 2] }));
    await withSession(await onnxEngine({ threads: 1 }), state, async (session) => {
      const outputs = { before: a, again: a, next, once: next };
      const executable = await session.compile(program({ name: "count", outputs, updates: { a: next, b: next } }));
      await executable.run({});
      const found = await executable.run({});
      expect(Object.fromEntries(Object.entries(found).map(([name, values]) => [name, [...values]]))).toEqual({
        before: [2, 3],
        again: [2, 3],
        next: [3, 4],
        once: [3, 4],
      });
      expect([...(await session.read("a")), ...(await session.read("b"))]).toEqual([3, 4, 3, 4]);
    });
  });

  it("refuse work after they were disposed of, and may be disposed of twice", async () => {
    const session = await (await onnxEngine({ threads: 1 })).open(weights);
    const executable = await session.compile(step());
    session.dispose();
    session.dispose();
    executable.dispose();
    await expect(session.read("w")).rejects.toThrow("internal: the session was disposed of");
    await expect(executable.run(inputs)).rejects.toThrow("internal: step was disposed of");
    await expect(session.compile(step())).rejects.toThrow("internal: the session was disposed of");
  });

  it("refuse inputs that are missing or of another size, and state that is not there", async () => {
    await withSession(await onnxEngine({ threads: 1 }), weights, async (session) => {
      const executable = await session.compile(step());
      await expect(executable.run({})).rejects.toThrow("internal: step needs an input called x");
      await expect(executable.run({ ...inputs, x: new Float32Array(3) })).rejects.toThrow(
        "internal: input x of step has 3 elements, not 4096",
      );
      await expect(session.write("w", [1])).rejects.toThrow("internal: state w has 262144 elements, not 1");
    });
    await withSession(await onnxEngine({ threads: 1 }), [], async (session) => {
      await expect(session.compile(step())).rejects.toThrow("internal: the session has no state w");
    });
  });
});

describe("loading ONNX Runtime", () => {
  it("takes the native build with as many threads as asked for", async () => {
    expect((await onnxEngine({ threads: 2 })).describe()).toEqual({
      name: "onnx",
      library: "ONNX Runtime 1.30.0 (node)",
      threads: 2,
    });
  });

  it("takes the WebAssembly build where the native one is absent, which trains as well, in one thread", async () => {
    const engine = await onnxEngine({ threads: 2 }, onlyWeb);
    expect(engine.describe()).toEqual({
      name: "onnx",
      library: "ONNX Runtime 1.30.0 (web, WebAssembly)",
      threads: 1,
    });
    await selfCheck(engine);
    const train = (by: Engine): Promise<number[]> =>
      withSession(by, weights, async (session) => {
        const executable = await session.compile(step());
        const objectives: number[] = [];
        for (let i = 0; i < 3; i++) objectives.push((await executable.run(inputs)).objective[0]);
        return objectives;
      });
    const found = await train(engine);
    const native = await train(await onnxEngine({ threads: 1 }));
    // Sums of 512 products and means of 4,096 in another order: some √4096 roundings of 2⁻²⁴ of the whole.
    found.forEach((objective, i) => {
      expect(Math.abs(objective / native[i] - 1)).toBeLessThan(64 * 2 ** -24);
    });
    expect(found[2]).toBeLessThan(found[0]);
  });

  it("says how to install the native build where it is absent, and why it is not taken where it is broken", async () => {
    const { advice } = await onnxEngine({}, onlyWeb);
    expect(advice).toBe(
      "The native build would compute more than twice as fast (onnxruntime-node is not installed): npm install onnxruntime-node@1.30.0 --ignore-scripts",
    );
    const broken = { ...onlyWeb, node: () => Promise.reject(new Error("libonnxruntime.so.1: file too short\n  at …")) };
    expect((await onnxEngine({}, broken)).advice).toContain(
      "(onnxruntime-node: libonnxruntime.so.1: file too short): npm install",
    );
    expect((await onnxEngine()).advice).toBeUndefined();
  });

  it("names the version of the native build that this package is tested with", () => {
    const { devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
      devDependencies: Readonly<Record<string, string>>;
    };
    expect(installNative).toContain(` onnxruntime-node@${devDependencies["onnxruntime-node"]} `);
  });

  it("says what to install where neither is there", async () => {
    await expect(
      onnxEngine({}, { node: absent("onnxruntime-node"), web: absent("onnxruntime-web") }),
    ).rejects.toMatchObject({
      name: "UserError",
      message: "ONNX Runtime could not be loaded: onnxruntime-node is not installed; onnxruntime-web is not installed.",
      hint: "Install it: npm install onnxruntime-node@1.30.0 --ignore-scripts. A slower one comes along with isthmus: install that again.",
    });
  });
});

// Models opened from code, on the reference engine; from runs and ONNX files in the tasks' tests.
import { describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import type { Engine } from "../engines/engine.js";
import { referenceEngine } from "../engines/reference/index.js";
import { type Model, modelState, readModel } from "../nn/index.js";
import { hasDecoder, meanSquaredError, openModel, openOnnxPair, withDecoder } from "./index.js";

const autoencoder = readModel({
  kind: "autoencoder",
  input: [1, 2, 2],
  encoder: ["flatten", { dense: 3 }],
  decoder: [{ dense: 4 }, "sigmoid", { unflatten: [1, 2, 2] }],
});
const variational = readModel({
  kind: "variationalAutoencoder",
  input: [1, 2, 2],
  code: 2,
  encoder: ["flatten"],
  decoder: [{ dense: 4 }, { unflatten: [1, 2, 2] }],
});
const classifier = readModel({ kind: "classifier", input: [1, 2, 2], encoder: ["flatten", { dense: 3 }] });
const open = (model: Model, engine: Engine = referenceEngine()) =>
  openModel({ engine, model, state: modelState(model, 1) });

function images(count: number, seed = 0): Float32Array {
  const draw = randomSequence(seed, "sample", 0, 0);
  return Float32Array.from({ length: count * 4 }, () => draw.uniform());
}

/** The reference engine, counting programs; `during` is called before each run. */
function watched(during: (runs: number) => void): { engine: Engine; programs: string[] } {
  const engine = referenceEngine();
  const programs: string[] = [];
  let runs = 0;
  return {
    programs,
    engine: {
      ...engine,
      async open(state) {
        const session = await engine.open(state);
        return {
          ...session,
          async compile(program) {
            programs.push(program.name);
            const executable = await session.compile(program);
            return {
              ...executable,
              async run(inputs) {
                during(runs++);
                return await executable.run(inputs);
              },
            };
          },
        };
      },
    },
  };
}

describe("a model opened from code", () => {
  it("does what it can: codes, pictures of them, and their errors; distributions where it has them", async () => {
    const model = withDecoder(await open(autoencoder), "here");
    expect([model.inputShape, model.codeShape, model.notes, model.preprocessing]).toEqual([[1, 2, 2], [3], [], {}]);
    expect(model.posterior).toBeUndefined();
    const given = images(5);
    const made = await model.reconstruct(given);
    const decoded = await model.decode(await model.encode(given));
    // Codes are rounded to float32 on their way.
    for (const [i, value] of decoded.entries()) expect(value).toBeCloseTo(made[i] ?? 0, 6);
    const scores = await model.score(given);
    expect(scores).toHaveLength(5);
    for (let i = 0; i < 5; i++) {
      const squares = [0, 1, 2, 3].map((j) => ((made[4 * i + j] ?? 0) - (given[4 * i + j] ?? 0)) ** 2);
      expect(scores[i]).toBeCloseTo(squares.reduce((sum, square) => sum + square) / 4, 14);
    }
    const largest = await model.score(given, { error: (one) => Math.max(...one) });
    expect(largest[2]).toBe(Math.max(...made.subarray(8, 12)));
    model.dispose();

    const other = await open(variational);
    const { mean, logVariance } = (await other.posterior?.(given)) ?? {};
    expect(mean).toEqual(await other.encode(given));
    expect([logVariance?.length, mean?.length]).toEqual([10, 10]);
    other.dispose();
  });

  it("says in one sentence that a classifier has no decoder", async () => {
    const model = await open(classifier);
    expect([hasDecoder(model), model.decode, model.reconstruct, model.score]).toEqual([
      false,
      undefined,
      undefined,
      undefined,
    ]);
    expect(await model.encode(images(2))).toHaveLength(6);
    expect(() => withDecoder(model, "runs/digits")).toThrow(
      expect.objectContaining({
        at: "runs/digits",
        message: expect.stringContaining("no decoder to make pictures of codes"),
      }),
    );
  });

  it("compiles a program for each batch size once, and keeps overlapping calls apart", async () => {
    const { engine, programs } = watched(() => {});
    const model = await open(autoencoder, engine);
    // Three batches: 125, 125 and 1.
    const [first, second] = [images(251, 1), images(251, 2)];
    const both = await Promise.all([model.encode(first), model.encode(second)]);
    expect(programs).toHaveLength(2);
    expect(both).toEqual([await model.encode(first), await model.encode(second)]);
    expect(both[0]).not.toEqual(both[1]);
    expect(programs).toHaveLength(2);
    model.dispose();
  });

  it("hears an abort between batches", async () => {
    const controller = new AbortController();
    let computed = 0;
    const { engine } = watched(() => {
      computed++;
      if (computed === 2) controller.abort();
    });
    const model = withDecoder(await open(autoencoder, engine), "here");
    const { signal } = controller;
    await expect(model.reconstruct(images(1000), { signal })).rejects.toMatchObject({ name: "AbortError" });
    // Of eight batches of 125.
    expect(computed).toBe(2);
    expect(await model.encode(images(3))).toHaveLength(9);
    model.dispose();
  });

  it("disposed of while it computes, ends with a sentence, not in memory that was given back", async () => {
    const disposal: { run?: () => void } = {};
    const { engine } = watched((runs) => {
      if (runs === 1) disposal.run?.();
    });
    const model = await open(autoencoder, engine);
    disposal.run = model.dispose;
    await expect(model.encode(images(1000))).rejects.toThrow("was disposed of before its work was done");
    await expect(model.encode(images(1))).rejects.toThrow("was disposed of");
    model.dispose();
  });
});

describe("a model opened from two ONNX files", () => {
  /** A file that "computes": the encoder gives twice the input as mean and code, the decoder half of that. */
  const file = (name: string, input: number, outputs: Readonly<Record<string, number>>, factor: number) => ({
    name,
    metadata: { preprocessing: JSON.stringify({ channels: 1, size: [2, 2], range: [-1, 1], fit: "cover" }) },
    inputs: [{ name: "x", type: "float32" as const, shape: ["batch", ...(input === 4 ? [1, 2, 2] : [input])] }],
    outputs: Object.entries(outputs).map(([label, length]) => ({
      name: label,
      type: "float32" as const,
      shape: ["batch", length],
    })),
    run: async (_: number, values: Float32Array) =>
      Object.fromEntries(Object.keys(outputs).map((label) => [label, values.map((value) => factor * value)])),
    dispose: () => {},
  });

  it("is the same type: range, reconstructions, scores, and the distribution where the encoder gives one", async () => {
    const encoder = file("encoder.onnx", 4, { code: 4, mean: 4, logVariance: 4 }, 2);
    const decoder = { ...file("decoder.onnx", 4, { reconstruction: 4 }, 0.5) };
    const bytes = new Uint8Array();
    const model = await openOnnxPair(
      {
        encoder: { bytes, path: "encoder.onnx" },
        decoder: { bytes, path: "decoder.onnx" },
      },
      {
        open: async (_, name) =>
          name === "encoder.onnx"
            ? { ...encoder, outputs: encoder.outputs.map((one) => ({ ...one, shape: ["batch", 1, 2, 2] })) }
            : { ...decoder, outputs: decoder.outputs.map((one) => ({ ...one, shape: ["batch", 1, 2, 2] })) },
      },
    );
    // Black and white are −1 and 1 to it: 0.25 is −0.5, twice that is −1.
    expect([...(await model.encode(Float32Array.of(0.25, 0.5, 0.75, 1)))]).toEqual([-1, 0, 1, 2]);
    const given = images(130);
    const made = await model.reconstruct(given);
    expect(meanSquaredError(made, given)).toBeLessThan(1e-14);
    expect(Math.max(...(await model.score(given)))).toBeLessThan(1e-13);
    const { mean } = (await model.posterior?.(given)) ?? {};
    expect(mean).toEqual(await model.encode(given));
    await expect(model.encode(given, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  });
});

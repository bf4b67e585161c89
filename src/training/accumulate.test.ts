// Steps whose gradient is the mean over several batches: equal to steps on batches so many times as large.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inspectEngines, openEngine } from "../engines/index.js";
import { resolve } from "../experiment/index.js";
import { readCheckpoint, readLog } from "../runs/index.js";
import { plannedLearningRates } from "../tasks/learningRates.js";
import { openPhase } from "./phase.js";
import { folderBytes, resumeTiny, tinyExperiment, tinySource, trainTiny } from "./testing/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-accumulate-"));
afterAll(() => rmSync(folder, { recursive: true }));

const model = {
  kind: "autoencoder",
  input: [1, 6, 6],
  encoder: [{ conv2d: { channels: 3, kernel: 3 } }, "elu", "flatten", { dense: 4 }],
  decoder: [{ dense: 36 }, "sigmoid", { unflatten: [1, 6, 6] }],
};
/** 40 images: batches of 12, 12, 12 and 4, or of 24 and 16. */
const parts = (phase: object) =>
  tinyExperiment({
    model,
    phases: [{ epochs: 2, optimizer: { adam: { learningRate: 0.01, clipNorm: 0.5 } }, schedule: "oneCycle", ...phase }],
  });
const accumulated = parts({ batchSize: 12, accumulate: 2 });
const whole = parts({ batchSize: 24 });

describe("accumulate", () => {
  it("of 2 takes the steps of batches twice as large, the last and smaller batch by its images", async () => {
    const two = await trainTiny(join(folder, "two"), { experiment: accumulated });
    const one = await trainTiny(join(folder, "one"), { experiment: whole });
    expect(two.result.step).toBe(4);
    const figures = ({ run }: typeof one) =>
      readLog(run, "metrics.jsonl").map(({ step, learningRate, train, test }) => [
        step,
        learningRate,
        train.mse,
        test.mse,
      ]);
    // Four steps of Adam, each relative error of 1e-16 times at most 1/(1 − β2) = 1e3 within its first steps.
    figures(two).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(Math.abs((value ?? Number.NaN) / (figures(one)[i]?.[j] ?? 0) - 1)).toBeLessThan(1e-11);
      });
    });
  });

  it("is stopped between steps and goes on to the same bytes, and leaves nothing of itself in the checkpoint", async () => {
    const experiment = tinyExperiment({
      phases: [
        { epochs: 1, batchSize: 8, accumulate: 2, optimizer: { adam: { average: 0.5 } } },
        { epochs: 1, accumulate: 3 },
      ],
    });
    // Five batches: steps of 2, 2 and 1, then of 3 and 2. The random numbers of dropout are keyed by batch.
    const unbroken = await trainTiny(join(folder, "unbroken"), { experiment });
    expect(unbroken.result.step).toBe(5);
    for (const stopAt of [1, 3, 4]) {
      const stopped = await trainTiny(join(folder, `stopped-${stopAt}`), {
        experiment,
        commands: { [stopAt]: [{ kind: "stop" }] },
      });
      expect(stopped.result).toMatchObject({ reason: "stopped", step: stopAt });
      await resumeTiny(stopped.run.path, { experiment });
      expect(folderBytes(stopped.run.path, ["timing.jsonl"])).toEqual(folderBytes(unbroken.run.path, ["timing.jsonl"]));
    }
    const saved = readCheckpoint(unbroken.run, "last");
    const names = Object.keys({ ...saved?.optimizer, ...saved?.model });
    expect(names).toContain("adam.firstMoment.encoder.0.weight");
    expect(names.filter((name) => name.startsWith("gradient."))).toEqual([]);
    // Batch norm sees batches, each of them.
    expect(saved?.model["encoder.1.num_batches_tracked"]?.data).toEqual(BigInt64Array.of(10n));
  });

  it("lets a rising beta count steps and not batches", async () => {
    const experiment = tinyExperiment({
      model: { ...model, kind: "variationalAutoencoder", code: 2, beta: { from: 0, to: 1, steps: 10 } },
      loss: "bce",
      phases: [{ epochs: 1, batchSize: 8, accumulate: 2 }],
    });
    const { run } = await trainTiny(join(folder, "beta"), { experiment });
    expect(readCheckpoint(run, "last")?.model["beta.step"]?.data).toEqual(BigInt64Array.of(3n));
  });

  it("stretches the planned learning rates over its steps", () => {
    // Two steps an epoch, four in all: their middles.
    const planned = plannedLearningRates(resolve(accumulated), { count: 40 });
    expect(planned?.map(([epoch]) => epoch)).toEqual([0.25, 0.75, 1.25, 1.75]);
    expect(planned).toEqual(plannedLearningRates(resolve(whole), { count: 40 }));
  });

  it.each(["onednn", "onnx"] as const)("on %s gives the reference's weights", async (name) => {
    if (!(await inspectEngines()).some((engine) => engine.name === name && engine.opens)) return;
    const steps = async (engineName: "reference" | typeof name) => {
      const resolved = resolve(accumulated);
      const [phase] = resolved.phases;
      if (phase === undefined) throw new Error("the experiment lost its phase");
      const engine = await openEngine(engineName, { threads: 1 });
      const { trainer } = await openPhase({
        resolved,
        phase,
        source: tinySource,
        engine,
      });
      try {
        for (const [step, counts] of [
          [12, 12],
          [12, 4],
          [12, 12],
        ].entries()) {
          const images = counts.reduce((sum, count) => sum + count, 0);
          const batches = counts.map((count, i) => {
            const input = Float32Array.from({ length: 36 * count }, (_, at) => ((at * (7 + i + step)) % 31) / 30);
            return { count, inputs: { input, target: input }, share: count / images };
          });
          await trainer.step(batches, { step: step + 1, learningRate: 0.01 });
        }
        return await trainer.save();
      } finally {
        trainer.dispose();
      }
    };
    const [found, expected] = [await steps(name), await steps("reference")];
    for (const [tensor, { data }] of Object.entries(expected.optimizer)) {
      // Moments are linear (first) or quadratic (second) in gradients, which agree to 1e-4 of each tensor's largest.
      const numbers = Float64Array.from(data as ArrayLike<number>);
      const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      Float64Array.from((found.optimizer[tensor]?.data ?? []) as ArrayLike<number>).forEach((value, i) => {
        expect(Math.abs(value - (numbers[i] ?? Number.NaN))).toBeLessThan(2e-4 * largest);
      });
      expect(found.optimizer[tensor]?.data.length).toBe(numbers.length);
    }
    expect(Object.keys(found.model)).toEqual(Object.keys(expected.model));
  });
});

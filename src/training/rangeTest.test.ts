// The learning-rate range test: what it concludes from losses, and that it ends where the loss runs away.

import { describe, expect, it } from "vitest";
import { openEngine } from "../engines/index.js";
import { resolve } from "../experiment/index.js";
import { diskFileSystem } from "../runs/index.js";
import { analysed, rangeTest } from "./rangeTest.js";
import { tinyExperiment, tinySource } from "./testing/tiny.js";

describe("what losses of rising rates say", () => {
  const rates = Array.from({ length: 161 }, (_, i) => 10 ** (-7 + i / 20));

  it("is the middle of a fall from one plateau to another, and a tenth of the lowest", () => {
    // ln loss falls as a logistic curve about 1e-3 and rises beyond 0.1. Smoothing looks back ten steps of a twentieth decade,
    // so what it finds lies within half a decade and a bit above.
    const losses = rates.map((rate) => Math.exp(-2 / (1 + (1e-3 / rate) ** 2)) + Math.max(0, rate - 0.1) ** 2);
    const { steepest = 0, tenthOfLowest = 0, smoothed } = analysed(rates, losses);
    expect(Math.log10(steepest / 1e-3)).toBeGreaterThan(0);
    expect(Math.log10(steepest / 1e-3)).toBeLessThan(0.6);
    expect(smoothed.indexOf(Math.min(...smoothed))).toBe(rates.findIndex((rate) => rate / 10 === tenthOfLowest));
    // The first smoothed value is the first loss: the average's beginning is put right.
    expect(smoothed[0]).toBeCloseTo(losses[0] ?? 0, 14);
  });

  it("is nothing where the loss never falls", () => {
    expect(
      analysed(
        rates,
        rates.map((rate) => 1 + rate),
      ),
    ).not.toHaveProperty("steepest");
    expect(analysed([], [])).toEqual({ rates: [], losses: [], smoothed: [] });
  });
});

describe("a range test", () => {
  const test = async (phase: object = {}, onStep: (done: number) => void = () => {}, signal?: AbortSignal) => {
    const experiment = tinyExperiment({
      model: {
        kind: "autoencoder",
        input: [1, 6, 6],
        encoder: ["flatten", { dense: 8 }],
        decoder: [{ dense: 36 }, { unflatten: [1, 6, 6] }],
      },
      phases: [{ epochs: 1, batchSize: 8, optimizer: { sgd: { learningRate: 1 } }, ...phase }],
    });
    const steps: [number, number][] = [];
    const found = await rangeTest({
      files: diskFileSystem,
      resolved: resolve(experiment),
      source: tinySource,
      engine: await openEngine("reference"),
      signal,
      onStep(done, of) {
        steps.push([done, of]);
        onStep(done);
      },
    });
    return { ...found, steps };
  };

  it("raises the rate from 1e-7 by the same factor each step and ends where the loss runs away", async () => {
    const { rates, losses, smoothed, steepest = 0, steps } = await test();
    // Five steps an epoch are fewer than 50, which are taken then.
    expect(steps[0]).toEqual([1, 50]);
    expect(rates[0]).toBe(1e-7);
    expect((rates[7] ?? 0) / (rates[6] ?? 1)).toBeCloseTo((10 / 1e-7) ** (1 / 49), 10);
    // Linear layers and gradient descent: at rates of several units the loss grows without bound.
    expect(rates.length).toBeLessThan(50);
    const lowest = Math.min(...smoothed);
    const last = smoothed.at(-1) ?? 0;
    expect(last > 4 * lowest || steps.length > losses.length).toBe(true);
    expect(steepest).toBeGreaterThan(1e-4);
    expect(steepest).toBeLessThan(rates.at(-1) ?? 0);
  });

  it("averages the batches of a step", async () => {
    const { losses, steps } = await test({ accumulate: 5 });
    expect(steps.slice(0, 3)).toEqual([1, 2, 3].map((done) => [done, 50]));
    // At 1e-7 nothing changes yet: the loss of a whole epoch is the same in the next one, up to 1e-5 of it.
    expect(Math.abs((losses[1] ?? 0) / (losses[0] ?? 1) - 1)).toBeLessThan(1e-5);
  });

  it("ends before the next step when it is aborted", async () => {
    const abort = new AbortController();
    let last = 0;
    const onStep = (done: number): void => {
      last = done;
      if (done === 3) abort.abort();
    };
    await expect(test({}, onStep, abort.signal)).rejects.toMatchObject({ name: "AbortError" });
    expect(last).toBe(3);
  });
});

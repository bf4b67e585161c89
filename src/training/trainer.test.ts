// Gradient and update as one program and as two: the same steps; and what stands between them.
import { describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import type { Engine, Numbers } from "../engines/engine.js";
import { engineNames, inspectEngines, openEngine } from "../engines/index.js";
import { readStates } from "../engines/testing/readStates.js";
import { readLoss, readMetrics, readModel, readOptimizer } from "../nn/index.js";
import { sizeOf } from "../tensor/index.js";
import { openTrainer, type SavedState, type Trainer, type TrainerOptions } from "./trainer.js";

const model = readModel({
  kind: "autoencoder",
  input: [1, 8, 8],
  encoder: [
    { conv2d: { channels: 16, kernel: 3, padding: 1 } },
    "batchNorm2d",
    { maxPool2d: 2 },
    "elu",
    { conv2d: { channels: 20, kernel: 3 } },
    "flatten",
    { dense: 5 },
  ],
  decoder: [{ dense: 64 }, "sigmoid", { unflatten: [1, 8, 8] }],
});
const settings = { model, loss: readLoss("mse"), metrics: readMetrics(["mse"]), seed: 3, batchSizes: [8, 4] };
const opening = (await inspectEngines()).filter(({ opens }) => opens).map(({ name }) => name);

const pixels = (step: number, count: number): Float32Array => {
  const random = randomSequence(5, "sample", 0, step);
  return Float32Array.from({ length: count * sizeOf(model.inputShape) }, () => random.uniform());
};
const batchOf = (step: number, count = 8) => {
  const input = pixels(step, count);
  return { count, inputs: { input, target: input } };
};

async function withTrainer<Result>(
  engine: Engine,
  options: Omit<TrainerOptions, "engine" | keyof typeof settings> & Partial<TrainerOptions>,
  work: (trainer: Trainer) => Promise<Result>,
): Promise<Result> {
  const trainer = await openTrainer({ engine, ...settings, ...options });
  try {
    return await work(trainer);
  } finally {
    trainer.dispose();
  }
}

/** Four steps, the third on fewer images. */
const fourSteps = async (trainer: Trainer): Promise<SavedState> => {
  for (let step = 0; step < 4; step++) {
    await trainer.step([batchOf(step, step === 2 ? 4 : 8)], { step: step + 1, learningRate: 0.01 });
  }
  return await trainer.save();
};

/** Every tensor of both, largest difference by largest element. */
function largestError(found: SavedState, expected: SavedState): number {
  let worst = 0;
  for (const part of ["model", "optimizer"] as const) {
    expect(Object.keys(found[part])).toEqual(Object.keys(expected[part]));
    for (const [name, { data }] of Object.entries(expected[part])) {
      const numbers = Array.from(data as ArrayLike<number | bigint>, Number);
      const others = Array.from((found[part][name]?.data ?? []) as ArrayLike<number | bigint>, Number);
      expect(others.length, name).toBe(numbers.length);
      const largest = Math.max(Number.MIN_VALUE, ...numbers.map(Math.abs));
      numbers.forEach((value, i) => {
        worst = Math.max(worst, Math.abs(value - (others[i] ?? Number.NaN)) / largest);
      });
    }
  }
  return worst;
}

const optimizers = {
  "adam with clipping, decay and an average": {
    adam: { clipNorm: 0.05, clipValue: 0.01, weightDecay: 0.1, exclude: ["bias"], average: 0.9 },
  },
  adamw: { adamw: { weightDecay: 0.1, exclude: ["bias", "norm"] } },
  "sgd with momentum": { sgd: { momentum: 0.9, nesterov: true } },
  rmsprop: { rmsprop: { momentum: 0.5 } },
  soap: { soap: { refreshEvery: 2 } },
};

for (const name of engineNames) {
  describe.skipIf(!opening.includes(name))(`a step in two programs on ${name}`, async () => {
    const engine = opening.includes(name) ? await openEngine(name, { threads: 1 }) : undefined;
    if (engine === undefined) return;
    const isExact = name === "reference";

    it.each(Object.entries(optimizers))("is the step in one, with nothing in between: %s", async (_, spec) => {
      const optimizer = readOptimizer(spec);
      const together = await withTrainer(engine, { optimizer }, fourSteps);
      const apart = await withTrainer(engine, { optimizer, reduce: () => {} }, fourSteps);
      // The reference's bytes; elsewhere what another order of adding up leaves of 2⁻²⁴, of which Adam's and SOAP's ratios make an
      // equal share of a step for elements whose gradient is as small as its rounding.
      if (isExact) expect(apart).toEqual(together);
      else expect(largestError(apart, together)).toBeLessThan(1e-5);
    });

    it.each([
      [16, "in one program", undefined],
      [16, "in two", () => {}],
      [20, "in one program", undefined],
      [20, "in two", () => {}],
    ] as const)("clips as the reference does behind %i channels, %s", async (channels, _, reduce) => {
      // A first convolution's weights lie in blocks of another form than all others, with padding or without.
      const [, ...others] = model.spec.encoder;
      const encoder = [{ conv2d: { channels, kernel: 3, padding: 1 } }, ...others];
      const own = readModel({ ...model.spec, encoder });
      const optimizer = readOptimizer({ adam: { clipValue: 0.0005, clipNorm: 0.01 } });
      const moments = async (by: Engine): Promise<SavedState["optimizer"]> =>
        await withTrainer(by, { model: own, optimizer, reduce }, async (trainer) => {
          await trainer.step([batchOf(0)], { step: 1, learningRate: 0.01 });
          return (await trainer.save()).optimizer;
        });
      const [found, expected] = [await moments(engine), await moments(await openEngine("reference"))];
      for (const [name, { data }] of Object.entries(expected)) {
        const numbers = Array.from(data as ArrayLike<number>);
        const largest = Math.max(...numbers.map(Math.abs));
        // Gradients are right to 1e-4 of each tensor's largest, and their squares to twice that.
        numbers.forEach((value, i) => {
          expect(Math.abs(Number(found[name]?.data[i]) - value), name).toBeLessThanOrEqual(2e-4 * largest);
        });
      }
    });

    it("of several batches takes the mean of their gradients by their images", async () => {
      const optimizer = readOptimizer({ sgd: {} });
      const gradientOf = async (count: number, number: number): Promise<Float64Array> =>
        await withTrainer(engine, { optimizer, reduce: () => {} }, async (trainer) => {
          await trainer.step([batchOf(number, count)], { step: 1, learningRate: 0.01 });
          return Float64Array.from(await trainer.session.read("gradient.decoder.0.weight"));
        });
      const parts = [
        [8, 10],
        [8, 11],
        [4, 12],
      ] as const;
      const expected = new Float64Array(5 * 64);
      for (const [count, number] of parts) {
        (await gradientOf(count, number)).forEach((value, i) => {
          expected[i] = (expected[i] ?? 0) + (value * count) / 20;
        });
      }
      await withTrainer(engine, { optimizer, accumulates: true }, async (trainer) => {
        const batches = parts.map(([count, number]) => ({ ...batchOf(number, count), share: count / 20 }));
        const before = Float64Array.from(await trainer.session.read("decoder.0.weight"));
        const { isFinite: isWhole, batches: taken } = await trainer.step(batches, { step: 1, learningRate: 0.01 });
        expect(isWhole).toBe(true);
        expect(taken.map(({ count }) => count)).toEqual([8, 8, 4]);
        const found = await trainer.session.read("gradient.decoder.0.weight");
        const after = await trainer.session.read("decoder.0.weight");
        const largest = Math.max(...expected.map(Math.abs));
        expected.forEach((value, i) => {
          // Shares are handed over in float32; three products and two sums.
          expect(Math.abs((found[i] ?? Number.NaN) - value)).toBeLessThan(2 ** -23 * 8 * largest);
          const step = (before[i] ?? Number.NaN) - Math.fround(0.01) * (found[i] ?? Number.NaN);
          expect(Math.abs((after[i] ?? Number.NaN) - step)).toBeLessThan(isExact ? 1e-15 : 2 ** -24);
        });
      });
    });

    it("takes several batches to the same bytes with something in between that changes nothing", async () => {
      const optimizer = readOptimizer({ adam: { clipNorm: 0.05 } });
      const steps = async (trainer: Trainer): Promise<SavedState> => {
        for (let step = 0; step < 3; step++) {
          const batches = [8, 4].map((count, i) => ({ ...batchOf(2 * step + i, count), share: count / 12 }));
          await trainer.step(batches, { step: step + 1, learningRate: 0.01 });
        }
        return await trainer.save();
      };
      const plain = await withTrainer(engine, { optimizer, accumulates: true }, steps);
      const reduced = await withTrainer(engine, { optimizer, accumulates: true, reduce: () => {} }, steps);
      expect(reduced).toEqual(plain);
    });

    it("hands out all gradients as one array, and clips what comes back", async () => {
      const optimizer = readOptimizer({ sgd: { clipValue: 1 } });
      const lengths: number[] = [];
      const norms: number[] = [];
      const reduce = (flat: Numbers): void => {
        lengths.push(flat.length);
        norms.push(Float64Array.from(flat).reduce((sum, value) => sum + value * value, 0));
        flat.fill(-7);
      };
      await withTrainer(engine, { optimizer, reduce }, async (trainer) => {
        const before = await trainer.session.read("encoder.4.weight");
        await trainer.step([batchOf(0)], { step: 1, learningRate: 0.25 });
        const after = await trainer.session.read("encoder.4.weight");
        // −7 is cut to −1; the rate is a power of 2.
        after.forEach((value: number, i: number) => {
          expect(value).toBeCloseTo((before[i] ?? Number.NaN) + 0.25, 6);
        });
      });
      const parameters = model.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
      // Engines may leave gaps between parameters, and pad channels to their blocks.
      expect(lengths[0]).toBeGreaterThanOrEqual(parameters);
      expect(norms[0]).toBeGreaterThan(0);
    });

    it("changes no parameter and no slot where a figure is not finite, and tells which batch", async () => {
      const optimizer = readOptimizer("adam");
      await withTrainer(engine, { optimizer, accumulates: true }, async (trainer) => {
        const kept = model.parameters.flatMap(({ name: of }) => [of, `adam.firstMoment.${of}`]);
        const broken = batchOf(1);
        broken.inputs.input[3] = Number.NaN;
        const batches = [batchOf(0), broken, batchOf(2)].map((batch) => ({ ...batch, share: 1 / 3 }));
        const before = await readStates(trainer.session, kept);
        const { isFinite: isWhole, batches: taken } = await trainer.step(batches, { step: 1, learningRate: 0.01 });
        expect(isWhole).toBe(false);
        expect(taken.length).toBe(2);
        expect(await readStates(trainer.session, kept)).toEqual(before);
        expect(await trainer.nonFiniteOrigin(batches, { step: 1, learningRate: 0.01 }, 1)).toMatchObject({
          op: "conv2d",
          place: "encoder[0] conv2d",
        });
      });
    });
  });
}

describe("a trainer", () => {
  it("profiles all of a step, whatever it consists of, and takes none where the engine cannot tell times", async () => {
    const optimizer = readOptimizer({ sgd: { average: 0.9 } });
    for (const { name } of (await inspectEngines()).filter(({ opens }) => opens)) {
      await withTrainer(await openEngine(name, { threads: 1 }), { optimizer, reduce: () => {} }, async (trainer) => {
        const before = await trainer.save();
        const times = await trainer.profile(batchOf(0), { step: 1, learningRate: 0.01 });
        if (times === undefined) expect(await trainer.save()).toEqual(before);
        else {
          const together = await withTrainer(await openEngine(name, { threads: 1 }), { optimizer }, async (other) => {
            await other.step([batchOf(0)], { step: 1, learningRate: 0.01 });
            return await other.save();
          });
          expect(largestError(await trainer.save(), together)).toBeLessThan(1e-5);
          expect(times.some(({ op }) => op === "sgd")).toBe(true);
        }
      });
    }
  });

  it.each(opening)("leaves frozen layers as they begin, and keeps no slots for them: %s", async (name) => {
    const frozenModel = readModel({
      kind: "autoencoder",
      input: [1, 8, 8],
      encoder: ["flatten", { sum: [{ frozen: [{ dense: 5 }] }, { sequential: [{ dense: 6 }, "elu", { dense: 5 }] }] }],
      decoder: [{ sum: [{ frozen: [{ dense: 64 }] }, { dense: 64 }] }, { unflatten: [1, 8, 8] }],
    });
    const optimizer = readOptimizer({ adam: { clipNorm: 1 } });
    const ways = { model: frozenModel, optimizer };
    const engine = await openEngine(name as (typeof engineNames)[number]);
    const states = await withTrainer(engine, ways, async (trainer) => [await trainer.save(), await fourSteps(trainer)]);
    const [before, after] = states as [SavedState, SavedState];
    const frozen = Object.keys(before.model).filter((tensor) => tensor.includes(".0.0."));
    expect(frozen).toEqual([
      "encoder.1.0.0.weight",
      "encoder.1.0.0.bias",
      "decoder.0.0.0.weight",
      "decoder.0.0.0.bias",
    ]);
    for (const [tensor, { data }] of Object.entries(before.model)) {
      const isSame = after.model[tensor]?.data.every((value, i) => value === data[i]);
      expect(isSame, tensor).toBe(frozen.includes(tensor));
    }
    expect(Object.keys(after.optimizer).filter((slot) => frozen.some((tensor) => slot.includes(tensor)))).toEqual([]);
  });

  it("refuses batches that it was not opened for", async () => {
    const engine = await openEngine("reference");
    await withTrainer(engine, { optimizer: readOptimizer("adam") }, async (trainer) => {
      await expect(trainer.step([batchOf(0, 3)], { step: 1, learningRate: 0.1 })).rejects.toThrow(
        "internal: the trainer was not opened for batches of 3 images",
      );
      await expect(trainer.step([], { step: 1, learningRate: 0.1 })).rejects.toThrow("internal: a step of no batch");
      await expect(trainer.step([batchOf(0), batchOf(1)], { step: 1, learningRate: 0.1 })).rejects.toThrow(
        "internal: a step of several batches on a trainer that takes one",
      );
    });
  });
});

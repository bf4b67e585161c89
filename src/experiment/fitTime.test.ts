// Epochs, images and schedules for a time, from costs that are handed in.
import { describe, expect, it } from "vitest";
import { fitTime, type TimeToFit } from "./fitTime.js";
import { checkExperiment } from "./resolved.js";

function experiment(phases: readonly object[], model: object = { kind: "autoencoder" }) {
  return checkExperiment({
    name: "timed",
    data: "mnist",
    model: {
      ...{ input: [1, 28, 28], encoder: ["flatten", { dense: 4 }] },
      decoder: [{ dense: 784 }, "sigmoid", { unflatten: [1, 28, 28] }],
      ...model,
    },
    loss: "mse",
    phases,
  });
}

/** 100 steps of 10 ms an epoch: a second, and 10 ms for each evaluation of 1,000 test images. */
function time(milliseconds: number, changes: Partial<TimeToFit> = {}, phases = 1): TimeToFit {
  return {
    milliseconds,
    atMost: false,
    phases: Array.from({ length: phases }, () => ({ images: 6400, steps: 100, stepMilliseconds: 10 })),
    evaluationMilliseconds: 0.01,
    images: { train: 6400, test: 1000, validation: 0 },
    lookBackMilliseconds: 0,
    ...changes,
  };
}

const epochsOf = ({ experiment: { phases } }: ReturnType<typeof fitTime>) => phases.map(({ epochs }) => epochs);

describe("an experiment for a time", () => {
  it("has as many epochs as fit beside evaluations and what comes at the end, each phase in proportion", () => {
    const written = experiment([{ epochs: 60, batchSize: 64 }, { epochs: 20 }]);
    // 40.4 s and 64 ms for the training images at the end.
    const fitted = fitTime(written, time(45_464, { lookBackMilliseconds: 5000 }, 2));
    expect(epochsOf(fitted)).toEqual([30, 10]);
    expect(fitted.limit).toBeUndefined();
    expect(fitted.sentence).toBe("40 epochs (phase-1 30, phase-2 10) instead of 80 epochs");
  });

  it("is lengthened to fill the time, unless it may only be shortened", () => {
    const written = experiment([{ epochs: 5, batchSize: 64 }]);
    expect(epochsOf(fitTime(written, time(40_464)))).toEqual([40]);
    expect(fitTime(written, time(40_464, { atMost: true }))).toEqual({ experiment: written });
    expect(epochsOf(fitTime(experiment([{ epochs: 80, batchSize: 64 }]), time(40_464, { atMost: true })))).toEqual([
      40,
    ]);
  });

  it("lets pictures that come several times in an epoch come fewer times, and takes some of them where not even once fits", () => {
    const written = experiment([{ epochs: 10, batchSize: 64, sample: { times: 4 } }]);
    const few = { train: 1600, test: 1000, validation: 0 };
    const sampleAt = (milliseconds: number) =>
      fitTime(written, time(milliseconds, { images: few })).experiment.phases[0]?.sample;
    // 2 s for four epochs of half of the 6,400 images, and 0.5 s for an eighth of them.
    expect(sampleAt(2056)).toEqual({ times: 2 });
    expect(sampleAt(556)).toEqual({ images: 768 });
  });

  it("has at least four epochs, of fewer images where one of all would not fit, in whole batches", () => {
    const fitted = fitTime(experiment([{ epochs: 10, batchSize: 64 }]), time(2104));
    const [phase] = fitted.experiment.phases;
    // 2 s for four epochs of half the images.
    expect(phase).toMatchObject({ epochs: 4, sample: { images: 3200 } });
    expect(fitted.sentence).toBe("4 epochs of 3,200 images, another choice in each instead of 10 epochs");
    const short = fitTime(experiment([{ epochs: 1, batchSize: 64 }]), time(600, { atMost: true }));
    expect(epochsOf(short)).toEqual([1]);
    const tiny = fitTime(experiment([{ epochs: 10, batchSize: 64 }]), time(10));
    expect(tiny.experiment.phases[0]).toMatchObject({ sample: { images: 64 } });
  });

  it("leaves the evaluation of the training images out where it would take too much, and limits the test images at last", () => {
    const slow = fitTime(experiment([{ epochs: 10, batchSize: 64 }]), time(30_000, { evaluationMilliseconds: 1 }));
    expect(slow.experiment.evaluateTrain).toBe("never");
    expect(slow.limit).toBeUndefined();
    const slower = fitTime(experiment([{ epochs: 10, batchSize: 64 }]), time(1000, { evaluationMilliseconds: 1 }));
    expect(slower.limit).toEqual({ test: 300 });
    expect(slower.sentence).toContain("tested on 300 of 1,000 images");
  });

  it("stretches schedules that name epochs, and leaves those that do not as they are", () => {
    const stretchedFor = (schedule: unknown) =>
      fitTime(experiment([{ epochs: 80, batchSize: 64, schedule }]), time(20_264)).experiment.phases[0]?.scheduleEpochs;
    expect(stretchedFor({ step: 30 })).toBe(80);
    expect(stretchedFor({ warmUp: { epochs: 2 } })).toBe(80);
    expect(stretchedFor("oneCycle")).toBeUndefined();
    expect(stretchedFor("constant")).toBeUndefined();
  });

  it("lets a variational model's weight rise over the same part of the training", () => {
    const model = {
      kind: "variationalAutoencoder",
      code: 4,
      beta: { to: 1, steps: 1000 },
      encoder: ["flatten", { dense: 8 }],
    };
    const fitted = fitTime(experiment([{ epochs: 40, batchSize: 64 }], model), time(20_264));
    expect(epochsOf(fitted)).toEqual([20]);
    expect(fitted.experiment.model).toMatchObject({ beta: { to: 1, steps: 500 } });
  });
});

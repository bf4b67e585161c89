// The training loop: what it writes, and that neither stopping nor replaying changes a byte.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { diskFileSystem } from "../runs/diskFileSystem.js";
import type { FileSystem } from "../runs/fileSystem.js";
import { readCheckpoint, readLog } from "../runs/index.js";
import type { TrainingCommand, TrainingEvent } from "./events.js";
import {
  folderBytes,
  resumeTiny,
  type TinyTraining,
  tinyExperiment,
  tinySource,
  tinySteps,
  trainTiny,
} from "./testing/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-loop-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const freshOut = (): string => join(folder, String(++count));
/** timing.jsonl is apart for this reason: it tells of time and differs. */
const notCompared = ["timing.jsonl"];

let unbroken: TinyTraining;
beforeAll(async () => {
  unbroken = await trainTiny(freshOut());
});
const steps = 4 * tinySteps;

describe("a training", () => {
  it("writes one line of metrics for each epoch, in order, with the images that it saw", () => {
    const records = readLog(unbroken.run, "metrics.jsonl");
    expect(records.map(({ epoch, phase, step, images }) => [epoch, phase, step, images])).toEqual([
      [1, 0, 3, 40],
      [2, 0, 6, 40],
      [3, 1, 9, 40],
      [4, 1, 12, 40],
    ]);
    expect(Object.keys(records[0] ?? {})).toEqual([
      "kind",
      "phase",
      "epoch",
      "step",
      "learningRate",
      "train",
      "test",
      "images",
    ]);
    expect(Object.keys(records[0]?.train ?? {})).toEqual(["objective", "mse"]);
    expect(records[0]?.train.mse).toBe(records[0]?.train.objective);
  });

  it("evaluates the training images in inference mode at the end", () => {
    const records = readLog(unbroken.run, "metrics.jsonl");
    expect(records.map(({ trainEvaluated }) => trainEvaluated !== undefined)).toEqual([false, false, false, true]);
  });

  it("learns: the mean of uniform noise costs 1/12, and it ends near that or below, from far above", () => {
    const [first, , , last] = readLog(unbroken.run, "metrics.jsonl");
    // The variance of a uniform number in [0, 1] is 1/12; dense layers of 40 pictures can go a little below.
    expect(last?.train.mse).toBeLessThan(first?.train.mse ?? 0);
    expect(last?.trainEvaluated?.mse).toBeLessThan(1.05 / 12);
  });

  it("weighs the last, smaller batch by its images", async () => {
    // One epoch of three steps at a learning rate that changes nothing in float64: the mean over steps of unequal size
    // must be the mean over images, which evaluation in inference mode gives in one go.
    const plain = tinyExperiment({
      model: {
        kind: "autoencoder",
        input: [1, 6, 6],
        encoder: ["flatten", { dense: 2 }],
        decoder: [{ dense: 36 }, { unflatten: [1, 6, 6] }],
      },
      phases: [{ epochs: 1, batchSize: 16, optimizer: { sgd: { learningRate: 1e-18 } } }],
    });
    const { result } = await trainTiny(freshOut(), { experiment: plain });
    const { train, trainEvaluated } = result.last ?? {};
    // Same images, other order of summation: 40·36 float64 terms, error below 1440·2⁻⁵³ of the value.
    expect(Math.abs((train?.mse ?? 0) / (trainEvaluated?.mse ?? 1) - 1)).toBeLessThan(1440 * 2 ** -52);
  });

  it("tells what happens, from started to finished", () => {
    const kinds = unbroken.events.map(({ kind }) => kind);
    expect(kinds[0]).toBe("started");
    expect(kinds.at(-1)).toBe("finished");
    expect(kinds.filter((kind) => kind === "epoch")).toHaveLength(4);
    expect(kinds.filter((kind) => kind === "phase")).toHaveLength(2);
    expect(unbroken.events[0]).toMatchObject({
      epochs: 4,
      stepsPerEpoch: 3,
      trainImages: 40,
      testImages: 12,
      fromStep: 0,
      resumed: false,
    });
  });

  it("keeps the last and the best checkpoint and no other", () => {
    const best = readCheckpoint(unbroken.run, "best");
    const names = diskFileSystem.list(join(unbroken.run.path, "checkpoints"));
    const expected = [...new Set([String(best?.state.step), String(steps)])];
    expect(names).toEqual([...expected, "best.json", "last.json"].sort());
    expect(readCheckpoint(unbroken.run, "last")?.state.finished).toBe(true);
  });

  it("writes batch norm's count of batches as one whole number of 64 bits, and floats as the engine has them", () => {
    const { model, optimizer } = readCheckpoint(unbroken.run, "last") ?? {};
    const tracked = model?.["encoder.1.num_batches_tracked"];
    expect([tracked?.dtype, tracked?.shape]).toEqual(["I64", []]);
    // The second phase began from the best weights of the first, at its end or in its middle.
    expect([9n, 12n]).toContain(tracked?.data[0]);
    expect(model?.["encoder.0.weight"]?.shape).toEqual([2, 1, 3, 3]);
    expect(optimizer?.["adam.firstMoment.encoder.0.weight"]?.shape).toEqual([2, 1, 3, 3]);
  });
});

describe("a phase that keeps its best weights", () => {
  // So high a rate that the objective goes up and down.
  const phase = { epochs: 5, batchSize: 16, optimizer: { adam: { learningRate: 0.3 } }, keep: "best" };
  const experiment = tinyExperiment({ phases: [phase] });
  it("ends with those of the epoch with the lowest objective, and its figures", async () => {
    const kept = await trainTiny(freshOut(), { experiment });
    const records = readLog(kept.run, "metrics.jsonl");
    const [best = Number.NaN] = records
      .slice(0, -1)
      .sort((a, b) => (a.train.objective ?? 0) - (b.train.objective ?? 0))
      .map(({ epoch }) => epoch);
    const last = records.at(-1);
    expect(last?.weightsOf).toBe(best);
    expect(last?.test).toEqual(records[best - 1]?.test);
    const [found, wanted] = (["last", "best"] as const).map((which) => readCheckpoint(kept.run, which));
    expect(found?.model).toEqual(wanted?.model);
    expect(found?.state.step).toBeGreaterThan(wanted?.state.step ?? 0);
    const plain = await trainTiny(freshOut(), {
      experiment: tinyExperiment({ phases: [{ ...phase, keep: "last" }] }),
    });
    expect(readLog(plain.run, "metrics.jsonl").map(({ train }) => train)).toEqual(records.map(({ train }) => train));
    expect(readLog(plain.run, "metrics.jsonl").at(-1)?.weightsOf).toBeUndefined();
  });
});

describe("the same bytes", () => {
  it("come from the same seed, and others from another", async () => {
    const again = await trainTiny(freshOut());
    expect(folderBytes(again.run.path, notCompared)).toEqual(folderBytes(unbroken.run.path, notCompared));
    const other = await trainTiny(freshOut(), { experiment: tinyExperiment({ seed: 1 }) });
    const bytes = (training: TinyTraining) => folderBytes(training.run.path)["metrics.jsonl"];
    expect(bytes(other)).not.toBe(bytes(unbroken));
  });

  it("come from a run that is stopped after any number of steps and taken up again", async () => {
    // Before the first step, within epochs, at an epoch's end, at the phase's end and right after it, before the last.
    for (const stopAt of [0, 1, 3, 5, 6, 7, 11]) {
      const stopped = await trainTiny(freshOut(), { commands: { [stopAt]: [{ kind: "stop" }] } });
      expect(stopped.result).toMatchObject({ reason: "stopped", step: stopAt });
      const resumed = await resumeTiny(stopped.run.path);
      expect(resumed.result).toMatchObject({ reason: "done", step: steps });
      expect(folderBytes(resumed.run.path, notCompared), `stopped after ${stopAt}`).toEqual(
        folderBytes(unbroken.run.path, notCompared),
      );
      expect(readLog(resumed.run, "timing.jsonl").map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    }
  });

  it("come from it with an optimizer that does something between steps", async () => {
    const soap = { soap: { learningRate: 0.02, refreshEvery: 2 } };
    const [first, ...later] = tinyExperiment().phases;
    const experiment = tinyExperiment({
      phases: [{ ...first, optimizer: soap }, ...later.map((phase) => ({ ...phase, optimizer: soap }))],
    });
    const whole = await trainTiny(freshOut(), { experiment });
    for (const stopAt of [1, 2, 4, 8]) {
      const stopped = await trainTiny(freshOut(), { experiment, commands: { [stopAt]: [{ kind: "stop" }] } });
      const resumed = await resumeTiny(stopped.run.path, { experiment });
      expect(resumed.result).toMatchObject({ reason: "done", step: steps });
      expect(folderBytes(resumed.run.path, notCompared), `stopped after ${stopAt}`).toEqual(
        folderBytes(whole.run.path, notCompared),
      );
    }
  });

  it("come from a run whose process ended in an epoch's middle, lines after the checkpoint included", async () => {
    class Killed extends Error {}
    for (const killAt of [1, 4, 5, 7, 11]) {
      let seen = 0;
      const source = { ...tinySource };
      const out = freshOut();
      const events = Object.assign([] as TrainingEvent[], {
        push(event: TrainingEvent) {
          if (event.kind === "step" && ++seen === killAt) throw new Killed();
          return 0;
        },
      });
      await expect(trainTiny(out, { source, events })).rejects.toBeInstanceOf(Killed);
      const [name = ""] = diskFileSystem.list(out);
      const resumed = await resumeTiny(join(out, name));
      expect(folderBytes(resumed.run.path, notCompared), `killed after ${killAt}`).toEqual(
        folderBytes(unbroken.run.path, notCompared),
      );
    }
  });
});

describe("commands", () => {
  const halve = { kind: "setLearningRate", learningRate: 0.001 } as const;

  it("a learning rate that is set holds until the phase ends and is written down with its step", async () => {
    const training = await trainTiny(freshOut(), { commands: { 1: [halve] } });
    expect(readLog(training.run, "interventions.jsonl")).toEqual([
      { step: 1, command: "setLearningRate", learningRate: 0.001 },
    ]);
    const rates = readLog(training.run, "metrics.jsonl").map(({ learningRate }) => learningRate);
    expect(rates.slice(0, 2)).toEqual([0.001, 0.001]);
    expect(rates[2]).toBe(readLog(unbroken.run, "metrics.jsonl")[2]?.learningRate);
  });

  it("interventions are replayed when the run is trained again, and when it is stopped in between", async () => {
    const first = await trainTiny(freshOut(), { commands: { 1: [halve], 7: [{ ...halve, learningRate: 0.003 }] } });
    const expected = folderBytes(first.run.path, notCompared);
    expect(folderBytes(first.run.path)["metrics.jsonl"]).not.toBe(folderBytes(unbroken.run.path)["metrics.jsonl"]);
    const interventions = readLog(first.run, "interventions.jsonl");
    const again = await trainTiny(freshOut(), { interventions });
    expect(folderBytes(again.run.path, notCompared)).toEqual(expected);
    const stopped = await trainTiny(freshOut(), { interventions, commands: { 5: [{ kind: "stop" }] } });
    const resumed = await resumeTiny(stopped.run.path);
    expect(folderBytes(resumed.run.path, notCompared)).toEqual(expected);
  });

  it("other epochs and threads are followed, and replayed when the run is trained again and when it is stopped in between", async () => {
    // A phase of two epochs ends after four steps, in its second epoch; the other one of two has one and a third.
    const commands: Record<number, TrainingCommand[]> = {
      1: [{ kind: "setEpochs", epochs: [4 / 3, 2] }],
      2: [{ kind: "setThreads", threads: 2 }],
      5: [{ kind: "setEpochs", epochs: [2, 4 / 3] }],
    };
    const told = await trainTiny(freshOut(), { commands });
    const records = readLog(told.run, "metrics.jsonl");
    expect(records.map(({ phase, epoch, step, images }) => [phase, epoch, step, images])).toEqual([
      [0, 1, 3, 40],
      [0, 2, 4, 16],
      [1, 3, 7, 40],
      [1, 4, 8, 16],
    ]);
    // One-cycle still ends where it does: at its rate divided by 25 and 10,000.
    expect(records.at(-1)?.learningRate).toBeCloseTo(0.02 / 25 / 1e4, 12);
    const said = readLog(told.run, "interventions.jsonl");
    expect(said.map(({ step, command }) => [step, command])).toEqual([
      [1, "setEpochs"],
      [2, "setThreads"],
      [5, "setEpochs"],
    ]);

    const again = await trainTiny(freshOut(), { interventions: said });
    expect(folderBytes(again.run.path, notCompared)).toEqual(folderBytes(told.run.path, notCompared));
    const stopped = await trainTiny(freshOut(), { interventions: said, commands: { 3: [{ kind: "stop" }] } });
    expect(stopped.result.reason).toBe("stopped");
    const resumed = await resumeTiny(stopped.run.path);
    expect(folderBytes(resumed.run.path, notCompared)).toEqual(folderBytes(told.run.path, notCompared));
  });

  it("epochs that are no numbers for its phases are refused with a warning", async () => {
    const { events, run } = await trainTiny(freshOut(), { commands: { 1: [{ kind: "setEpochs", epochs: [3] }] } });
    expect(events.filter(({ kind }) => kind === "warning")).toEqual([
      {
        kind: "warning",
        message: "the epochs stay as they are: [3] is not one positive number for each of 2 phases",
      },
    ]);
    expect(readLog(run, "interventions.jsonl")).toEqual([]);
  });

  it("a rate that is no positive number is refused with a warning", async () => {
    const { events } = await trainTiny(freshOut(), { commands: { 0: [{ ...halve, learningRate: -1 }] } });
    expect(events).toContainEqual({
      kind: "warning",
      message: "the learning rate stays as it is: -1 is not a positive number",
    });
  });

  it("pause waits until resume, and changes no number", async () => {
    const training = await trainTiny(freshOut(), { commands: { 2: [{ kind: "pause" }], 4: [{ kind: "resume" }] } });
    expect(folderBytes(training.run.path, notCompared)).toEqual(folderBytes(unbroken.run.path, notCompared));
  });
});

describe("what can go wrong", () => {
  const failure = async (work: Promise<unknown>): Promise<UserError> => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    return error as UserError;
  };

  it("a batch larger than the data is refused before anything is computed", async () => {
    const error = await failure(
      trainTiny(freshOut(), { experiment: tinyExperiment({ phases: [{ epochs: 1, batchSize: 64 }] }) }),
    );
    expect([error.at, error.message]).toEqual([
      "phases[0].batchSize",
      "batchSize is 64 but the data has 40 training images",
    ]);
  });

  it("an objective that is not finite stops the run and says at which step and what to try", async () => {
    const error = await failure(
      trainTiny(freshOut(), {
        experiment: tinyExperiment({
          model: {
            kind: "autoencoder",
            input: [1, 6, 6],
            encoder: ["flatten", { dense: 4 }],
            decoder: [{ dense: 36 }, { unflatten: [1, 6, 6] }],
          },
          phases: [{ epochs: 60, batchSize: 16, optimizer: { sgd: { learningRate: 1e30 } } }],
        }),
      }),
    );
    expect(error.at).toBe("phases[0].optimizer");
    expect(error.message).toBe(
      "step 3 (epoch 1) gave an objective of Infinity, at a learning rate of 1e+30; the first such number, Infinity, came from meanSquare in loss",
    );
    expect(error.hint).toBe(
      "The usual cause is a learning rate that is too high: try --set phases.0.optimizer.sgd.learningRate=1e+29",
    );
  });

  it("a full disk stops the run, which goes on to the same bytes once there is room", async () => {
    // The first checkpoint is saved whole; the disk is full in the middle of the second's weights.
    let weights = 0;
    const files: FileSystem = {
      ...diskFileSystem,
      write(path, bytes, within) {
        if (path.endsWith("model.safetensors") && ++weights === 2) {
          diskFileSystem.write(path, bytes.subarray(0, 100));
          throw Object.assign(new Error("injected"), { code: "ENOSPC" });
        }
        diskFileSystem.write(path, bytes, within);
      },
    };
    const out = freshOut();
    const error = await failure(trainTiny(out, { files }));
    expect(error.message).toBe("the checkpoint of step 6 can't be saved: the disk is full");
    const [name = ""] = diskFileSystem.list(out);
    const resumed = await resumeTiny(join(out, name));
    expect(folderBytes(resumed.run.path, notCompared)).toEqual(folderBytes(unbroken.run.path, notCompared));
  });

  it("a finished run says that it is finished", async () => {
    const error = await failure(resumeTiny(unbroken.run.path));
    expect(error.message).toBe("this run is finished: 4 epochs, 12 steps");
    expect(error.at).toBe(unbroken.run.path);
  });
});

// State, logs and experiment that do not fit each other: a sentence each, and nothing of the folder is changed.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { diskFileSystem, openRun, readLog, type TrainingState } from "../runs/index.js";
import { expectPlanned } from "./position.js";
import { restoreRun } from "./run.js";
import { folderBytes, resumeTiny, trainTiny } from "./testing/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-position-"));
afterAll(() => rmSync(folder, { recursive: true }));

let stopped = "";
let finished = "";
beforeAll(async () => {
  // In the second epoch's first step, and to the end of two phases of two epochs.
  stopped = (await trainTiny(join(folder, "stopped"), { commands: { 4: [{ kind: "stop" }] } })).run.path;
  finished = (await trainTiny(join(folder, "finished"))).run.path;
}, 120_000);

let path = "";
let made = 0;
const take = (run: string): void => {
  path = join(folder, String(++made));
  cpSync(run, path, { recursive: true });
};
beforeEach(() => take(stopped));

const stateFile = (step = 4): string => join(path, "checkpoints", String(step), "state.json");
/** Changes the state as a hand would, which leaves its checksum; or as a checkpoint of an earlier version, which has none. */
function edit(change: object, { isEarlier = true, step = 4 } = {}): void {
  const { sha256, experiment, ...state } = JSON.parse(readFileSync(stateFile(step), "utf8"));
  const whole = isEarlier ? { ...state, ...change } : { ...state, experiment, ...change, sha256 };
  writeFileSync(stateFile(step), `${JSON.stringify(whole)}\n`);
}

/** What resuming says; that it changes nothing is looked at too. */
function refusal(check?: (state: TrainingState) => void): UserError {
  const before = folderBytes(path);
  try {
    restoreRun(openRun(diskFileSystem, path), check);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(folderBytes(path)).toEqual(before);
    return error;
  }
  throw new Error("nothing was refused");
}

const edits: readonly [change: object, message: RegExp][] = [
  [{ metricsBytes: 0 }, /^is in epoch 2, but metrics\.jsonl has no epoch at that time$/],
  [{ metricsBytes: 1 }, /^is in epoch 2, but metrics\.jsonl has no epoch at that time$/],
  [{ metricsBytes: 1e9 }, /^lines are missing: it has \d+ bytes, the checkpoint was saved after 1000000000$/],
  [{ epoch: 1 }, /^is in epoch 1, but metrics\.jsonl has 1 epoch and step 3 at that time$/],
  [{ epoch: 7 }, /^is in epoch 7, but metrics\.jsonl has 1 epoch and step 3 at that time$/],
  [{ step: 5 }, /^is damaged: it is the state of step 5 in the folder of step 4$/],
  [{ stepInEpoch: 2 }, /^is at step 4, step 2 of its epoch, but metrics\.jsonl has 1 epoch and step 3 before$/],
  [{ stepInPhase: 2 }, /^is at step 2 of phase 0, but metrics\.jsonl has its last epoch in phase 0 at step 3$/],
  [{ phase: 99 }, /^is at step 4 of phase 99, but metrics\.jsonl has its last epoch in phase 0 at step 3$/],
  [{ sums: { images: 0, figures: {} } }, /^has sums of 0 images at step 1 of its epoch$/],
  [{ optimizerStep: 5 }, /^names a step after its own, which is 4$/],
  [{ interventions: 3 }, /^lines are missing: it has 0 lines, the checkpoint was saved after 3$/],
  [{ finished: true }, /^is at step 4 of phase 0, but metrics\.jsonl has/],
  [{ finished: "yes" }, /^is damaged at finished: /],
  [{ step: -4 }, /^is damaged at step: /],
  [{ sums: { images: 16, figures: { mse: "0.1" } } }, /^is damaged at sums\.figures\.mse: /],
];

describe("a state of an earlier version, which has no checksum", () => {
  it.each(edits)("with %j is refused", (change, message) => {
    edit(change);
    expect(refusal().message).toMatch(message);
  });

  it("that was left as it is goes on", async () => {
    edit({});
    expect((await resumeTiny(path)).result).toMatchObject({ reason: "done", step: 12 });
  });
});

describe("a state", () => {
  it.each(edits)("with %j and its checksum is refused", (change) => {
    edit(change, { isEarlier: false });
    expect(refusal().message).toMatch(/^is damaged/);
  });

  it("with one digit of a sum changed is refused, which nothing else would show", () => {
    const { sums } = JSON.parse(readFileSync(stateFile(), "utf8"));
    edit({ sums: { ...sums, figures: { ...sums.figures, mse: sums.figures.mse + 0.001 } } }, { isEarlier: false });
    expect(refusal()).toMatchObject({
      at: stateFile(),
      message: "is damaged or was edited: its SHA-256 is not the one that it says",
    });
  });

  it("of another run's experiment is told, with how to train what it says now", () => {
    const file = join(path, "experiment.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("epochs: 2", "epochs: 3"));
    expect(refusal()).toMatchObject({
      at: file,
      message: "was edited since the last checkpoint: a run goes on as it was begun",
      hint: `To train what it says now into a new folder: isthmus train ${path}. To go on, put it back as it was.`,
    });
  });
});

describe("a state beside what is to be trained", () => {
  // Two phases of two epochs of three steps.
  const plan = [
    { epochSteps: 3, steps: 6 },
    { epochSteps: 3, steps: 6 },
  ];
  const state = (step: number): TrainingState => JSON.parse(readFileSync(stateFile(step), "utf8"));
  const said = (changed: TrainingState, phases = plan): string | undefined => {
    try {
      expectPlanned(openRun(diskFileSystem, path), changed, phases);
      return undefined;
    } catch (error) {
      return error instanceof UserError ? error.message : String(error);
    }
  };

  it("fits as it was saved", () => {
    expect(said(state(4))).toBeUndefined();
    take(finished);
    expect(said(state(12))).toBeUndefined();
  });

  it("in a phase that there is not, beyond an epoch or a phase, or finished too soon is refused", () => {
    expect(said({ ...state(4), phase: 99 })).toBe("is in phase 99, but the experiment has phases 0 to 1");
    expect(said({ ...state(4), stepInEpoch: 3 })).toBe("is at step 3 of an epoch, which has 3 steps");
    expect(said({ ...state(4), phase: 1 })).toBe("is at step 4, step 4 of phase 1, which has steps 6 to 11");
    expect(said({ ...state(4), finished: true })).toBe(
      "says that it is finished at step 4, but the training has 12 steps",
    );
    expect(said({ ...state(4), step: 12 })).toBe(
      "says that it is not finished at step 12, but the training has 12 steps",
    );
  });

  it("is held against it before the run is called finished", () => {
    take(finished);
    expect(refusal().message).toBe("this run is finished: 4 epochs, 12 steps");
    const longer = [...plan, { epochSteps: 3, steps: 6 }];
    const check = (of: TrainingState) => expectPlanned(openRun(diskFileSystem, path), of, longer);
    expect(refusal(check).message).toBe("says that it is finished at step 12, but the training has 18 steps");
  });
});

describe("logs", () => {
  it("with an epoch left out, or two exchanged, are refused", () => {
    take(finished);
    const metrics = join(path, "metrics.jsonl");
    const lines = readFileSync(metrics, "utf8").trimEnd().split("\n");
    const [first = "", second = "", ...rest] = lines;
    writeFileSync(metrics, `${[second, first, ...rest].join("\n")}\n`);
    expect(refusal()).toMatchObject({ at: metrics, message: "is damaged: line 1 is of epoch 2 at step 6" });
  });

  it.each([
    ["null", /^is damaged: /],
    ["[]", /^is damaged: /],
    ['{"kind":"epoch"}', /^is damaged at phase: /],
    [
      '{"kind":"epoch","phase":0,"epoch":1,"step":3,"learningRate":0.1,"train":{"mse":"low"},"test":{},"images":40}',
      /^is damaged at train\.mse: /,
    ],
  ])("with the line %s are named with file and line", (line, message) => {
    const metrics = join(path, "metrics.jsonl");
    writeFileSync(metrics, `${line}\n`);
    const work = () => readLog(openRun(diskFileSystem, path), "metrics.jsonl");
    expect(work).toThrow(UserError);
    expect(work).toThrow(message);
  });

  it("keep figures that are no numbers, which JSON writes as null", () => {
    const metrics = join(path, "metrics.jsonl");
    writeFileSync(
      metrics,
      readFileSync(metrics, "utf8").replace(/"train":\{"objective":[^,}]+/, '"train":{"objective":null'),
    );
    expect(readLog(openRun(diskFileSystem, path), "metrics.jsonl")[0]?.train.objective).toBeNaN();
  });
});

describe("metrics.jsonl removed under a training", () => {
  it("is written again whole, said, and the run can go on", async () => {
    const out = join(folder, "removed");
    let removed = 0;
    const files = {
      ...diskFileSystem,
      // After the second epoch's line.
      append(at: string, bytes: Uint8Array, within?: () => void) {
        diskFileSystem.append(at, bytes, within);
        if (at.endsWith("metrics.jsonl") && ++removed === 2) rmSync(at);
      },
    };
    const { run, events } = await trainTiny(out, { files });
    expect(events.flatMap((event) => (event.kind === "warning" ? [event.message] : []))).toEqual([
      "metrics.jsonl was removed or changed under the training: it is written again",
    ]);
    expect(readFileSync(join(run.path, "metrics.jsonl"))).toEqual(readFileSync(join(finished, "metrics.jsonl")));
  });
});

describe("weights that are not finite in the first epoch", () => {
  it("speak of no checkpoint where there is none", async () => {
    const { brokenWeights } = await import("./loop.js");
    const state = JSON.parse(readFileSync(stateFile(), "utf8")) as TrainingState;
    const phase = { optimizer: "adam" } as Parameters<typeof brokenWeights>[3];
    const told = (hasCheckpoint: boolean): string =>
      brokenWeights({ name: "a", value: Number.NaN }, state, 0, phase, { rate: 1, hasCheckpoint }).message;
    expect(told(false)).toBe("a holds NaN after step 4 (epoch 2); nothing is saved");
    expect(told(true)).toBe("a holds NaN after step 4 (epoch 2); it is not saved, the checkpoint before stays");
  });
});

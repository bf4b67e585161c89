// A training that is steered through its folder, as a studio steers one of another process.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { checkExperiment } from "../experiment/index.js";
import { askTraining, type FolderCommand, findAnswer } from "../runs/commands.js";
import { diskFileSystem, openRun, readLog } from "../runs/index.js";
import type { TrainingEvent } from "./events.js";
import { runTraining, type TrainingRequest } from "./run.js";
import { folderBytes } from "./testing/tiny.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-steered-"));
afterAll(() => rmSync(folder, { recursive: true }));

const experiment = checkExperiment({
  name: "steered",
  data: { source: "mnist", limit: { train: 32, test: 8 } },
  model: {
    kind: "autoencoder",
    encoder: ["flatten", { dense: 2 }],
    decoder: [{ dense: 784 }, { unflatten: [1, 28, 28] }],
  },
  loss: "mse",
  phases: [{ epochs: 3, batchSize: 16 }],
});

/** @param asked told at the end of an epoch, 0 for the beginning; a second passes then, so that the folder is looked into again */
async function train(
  more: Pick<TrainingRequest, "kind"> & { readonly run?: string },
  asked: Readonly<Record<number, readonly FolderCommand[]>> = {},
) {
  const events: TrainingEvent[] = [];
  let run = more.run ?? "";
  const emit = (event: TrainingEvent): void => {
    events.push(event);
    if (event.kind === "started") run = event.run;
    const epoch = event.kind === "started" ? 0 : event.kind === "epoch" ? event.record.epoch : undefined;
    if (epoch === undefined) return;
    for (const [i, command] of (asked[epoch] ?? []).entries()) {
      askTraining(openRun(diskFileSystem, run), `e${epoch}-${i}`, command);
    }
    if (epoch > 0 && asked[epoch] !== undefined) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1001);
  };
  const request: TrainingRequest =
    more.kind === "new"
      ? { kind: "new", experiment, out: folder, date: "2026-11-29", engine: "reference" }
      : { kind: "resume", run };
  const result = await runTraining(request, {
    emit,
    poll: () => [],
    wait: () => {},
    milliseconds: () => performance.now(),
    time: () => "2026-11-29T00:00:00Z",
    peakBytes: () => 1,
  });
  return { run: result.run, result, events };
}

it("stops, and neither goes on stopping when it is taken up nor differs from one that nobody stopped", async () => {
  const unbroken = await train({ kind: "new" });
  const stopped = await train({ kind: "new" }, { 1: [{ kind: "stop" }] });
  expect(stopped.result).toMatchObject({ reason: "stopped", step: 2 });
  const open = openRun(diskFileSystem, stopped.run);
  expect(findAnswer(open, "e1-0")).toEqual({ id: "e1-0", command: "stop", heard: "2026-11-29T00:00:00Z" });
  const resumed = await train({ kind: "resume", run: stopped.run });
  expect(resumed.result).toMatchObject({ reason: "done", step: 6 });
  const notCompared = ["timing.jsonl"];
  expect(folderBytes(stopped.run, notCompared)).toEqual(folderBytes(unbroken.run, notCompared));
  expect(existsSync(join(stopped.run, "commands.jsonl"))).toBe(false);
});

it("pauses, goes on and changes its learning rate, which is written down as of anybody", async () => {
  const { run, result, events } = await train(
    { kind: "new" },
    { 1: [{ kind: "pause" }, { kind: "setLearningRate", learningRate: 0.25 }, { kind: "resume" }] },
  );
  expect(result.reason).toBe("done");
  expect(readLog(openRun(diskFileSystem, run), "interventions.jsonl")).toEqual([
    { step: 2, command: "setLearningRate", learningRate: 0.25 },
  ]);
  expect(result.last?.learningRate).toBe(0.25);
  expect(events.filter(({ kind }) => kind === "warning")).toEqual([]);
  expect(readdirSync(run)).toEqual(expect.arrayContaining(["answers.jsonl", "commands.jsonl"]));
});

// Kills: whatever moment a training process is killed at, the run goes on and ends with the bytes of one never killed.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkpointFailPoints } from "../../src/runs/index.js";
import { resumeTraining, startTraining, type TrainingEvent } from "../../src/training/index.js";
import { folderBytes, resumeTiny, trainTiny } from "../../src/training/testing/tiny.js";
import { smallRequest } from "./smallTraining.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-resume-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const freshOut = (): string => join(folder, String(++count));
/** Tells of times, which differ. */
const notCompared = ["timing.jsonl"];
const minutes = 60_000;

/** Runs a training in a process of its own, which must die by SIGKILL. @returns the run folder */
function trainKilled(kind: "tiny" | "worker", failAt: string): Promise<string> {
  const out = freshOut();
  const preload = pathToFileURL("scripts/register-typescript.mjs").href;
  const script = fileURLToPath(new URL("./killedTraining.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", preload, script, kind, out], {
      env: { ...process.env, ISTHMUS_FAIL_AT: failAt },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (signal === "SIGKILL") resolve(join(out, readdirSync(out)[0] ?? ""));
      else reject(new Error(`${failAt} was never reached: exit code ${code}\n${said}`));
    });
  });
}

describe("a training that is killed", () => {
  let unbroken: Record<string, string>;
  beforeAll(async () => {
    unbroken = folderBytes((await trainTiny(freshOut())).run.path, notCompared);
  });

  const check = async (failAt: string): Promise<void> => {
    const run = await trainKilled("tiny", failAt);
    await resumeTiny(run);
    expect(folderBytes(run, notCompared), `killed at ${failAt}`).toEqual(unbroken);
  };
  /** Two at a time. */
  const checkAll = async (failPoints: readonly string[]): Promise<void> => {
    const left = [...failPoints];
    const one = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) await check(next);
    };
    await Promise.all([one(), one()]);
  };

  it(
    "before, within or after any write of a checkpoint goes on to the same bytes",
    // The second time that a point is reached there is a checkpoint to fall back to.
    () => checkAll(checkpointFailPoints.map((point) => `${point}#2`)),
    10 * minutes,
  );

  it(
    "while its first checkpoint is written begins again in the same folder, to the same bytes",
    () =>
      checkAll([
        "metrics:after#1",
        "checkpoint:model.safetensors:within#1",
        "checkpoint:last.json:after#1",
        "checkpoint:last.json:renamed#1",
      ]),
    5 * minutes,
  );

  it(
    "after any step goes on to the same bytes",
    () => checkAll([1, 2, 3, 4, 5, 6, 7, 8, 10, 12].map((step) => `step#${step}`)),
    5 * minutes,
  );
});

describe("a training in its worker thread", () => {
  it(
    "that is killed goes on in another process to the same bytes",
    async () => {
      const { run } = await startTraining(smallRequest(freshOut())).finished;
      const killed = await trainKilled("worker", "step#5");
      const events: TrainingEvent[] = [];
      const result = await resumeTraining(killed, (event) => events.push(event)).finished;
      // Three epochs of 16 + 16 + 8 images; the last checkpoint was saved after the first.
      expect(result).toMatchObject({ reason: "done", step: 9, run: killed });
      expect(events.find(({ kind }) => kind === "started")).toMatchObject({ fromStep: 3, resumed: true });
      expect(events.filter(({ kind }) => kind === "warning")).toEqual([]);
      const compared = [...notCompared, "environment.json"];
      expect(folderBytes(killed, compared)).toEqual(folderBytes(run, compared));
    },
    2 * minutes,
  );

  it("hears a stop that was sent before its first step, saves, and goes on", async () => {
    const training = startTraining(smallRequest(freshOut()));
    training.command({ kind: "stop" });
    const stopped = await training.finished;
    expect(stopped).toMatchObject({ reason: "stopped", step: 0 });
    expect(await resumeTraining(stopped.run).finished).toMatchObject({ reason: "done", step: 9 });
  });

  it("brings a mistake back as one that a person can mend", async () => {
    const request = smallRequest(freshOut());
    if (request.kind !== "new") throw new Error("smallRequest begins a run");
    const phases = request.experiment.phases.map((phase) => ({ ...phase, batchSize: 41 }));
    const refused = startTraining({ ...request, experiment: { ...request.experiment, phases } }).finished;
    await expect(refused).rejects.toMatchObject({
      name: "UserError",
      at: "phases[0].batchSize",
      message: "batchSize is 41 but the data has 40 training images",
    });
  });
});

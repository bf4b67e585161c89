// Trainings from a request: what is refused before a run folder is made or changed, and what a failure leaves.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { checkExperiment } from "../experiment/index.js";
import { diskFileSystem, type FileSystem, openRun, readLog, thisProcess } from "../runs/index.js";
import type { TrainingCommand } from "./events.js";
import type { Surroundings } from "./loop.js";
import { readRunExperiment, runTraining } from "./run.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-run-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
const freshOut = (): string => join(folder, String(++count));

const dense = {
  encoder: ["flatten", { dense: 4 }],
  decoder: [{ dense: 784 }, "sigmoid", { unflatten: [1, 28, 28] }],
};
function request(out: string, phase: object = {}, model: object = dense) {
  const experiment = checkExperiment({
    name: "small",
    data: { source: "mnist", limit: { train: 41, test: 20 } },
    model: { kind: "autoencoder", ...model },
    loss: "mse",
    phases: [{ epochs: 2, batchSize: 16, ...phase }],
  });
  return { kind: "new", experiment, out, date: "2026-11-22", engine: "reference" } as const;
}

const warnings: string[] = [];
const surroundings = (commands: TrainingCommand[] = []): Surroundings => ({
  emit: (event) => void (event.kind === "warning" && warnings.push(event.message)),
  poll: () => commands.splice(0),
  wait: () => {},
  milliseconds: () => 0,
  time: () => "2026-11-22T00:00:00Z",
  peakBytes: () => 1,
});

async function refusal(work: Promise<unknown>): Promise<UserError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

const stopped = () => runTraining(request(freshOut()), surroundings([{ kind: "stop" }]));
const resume = (run: string, files?: FileSystem) => runTraining({ kind: "resume", run }, surroundings(), files);

describe("before a run folder is made", () => {
  const withBatchNorm = {
    ...dense,
    encoder: ["flatten", { dense: 4 }, { unflatten: [4, 1, 1] }, "batchNorm2d", "flatten"],
  };

  it("a last batch of one image under batch norm is refused, with a batch size that works", async () => {
    const out = freshOut();
    const error = await refusal(runTraining(request(out, { batchSize: 20 }, withBatchNorm), surroundings()));
    expect(error.at).toBe("phases[0].batchSize");
    expect(error.message).toBe(
      "the last batch of an epoch has a single image, for 41 training images make batches of 20 and 1 is left: encoder[3] batchNorm2d: batch norm in training needs more than one value for each channel, got a batch of 1 with images of 1×1; use a larger batch",
    );
    // 41 = 2·19 + 3.
    expect(error.hint).toBe("Try --set phases.0.batchSize=19, which leaves no batch of one.");
    expect(existsSync(out)).toBe(false);
    const { hint = "" } = await refusal(runTraining(request(out, { batchSize: 1 }, withBatchNorm), surroundings()));
    // With 2 there is one left of 41.
    expect(hint).toBe("Try --set phases.0.batchSize=3, which leaves no batch of one.");
  });

  it("a last batch of one image is trained where nothing refuses it", async () => {
    expect(await runTraining(request(freshOut(), { batchSize: 20, epochs: 1 }), surroundings())).toMatchObject({
      step: 3,
    });
  });
});

describe("a training that fails before its first epoch is over", () => {
  it("leaves no folder", async () => {
    const out = freshOut();
    const linear = { ...dense, decoder: [{ dense: 784 }, { unflatten: [1, 28, 28] }] };
    const wild = request(out, { optimizer: { sgd: { learningRate: 1e30 } }, batchSize: 2 }, linear);
    expect((await refusal(runTraining(wild, surroundings()))).message).toMatch(/^step \d+ \(epoch 1\)/);
    expect(readdirSync(out)).toEqual([]);
  });
});

describe("a run that is taken up", () => {
  it("is locked while it is trained, and free afterwards", async () => {
    const { run } = await stopped();
    const lock = { process: process.pid, started: thisProcess.started(process.pid), host: thisProcess.host };
    writeFileSync(join(run, "lock.json"), JSON.stringify(lock));
    expect((await refusal(resume(run))).message).toBe(`process ${process.pid} trains this run at this moment`);
    rmSync(join(run, "lock.json"));
    expect(await resume(run)).toMatchObject({ reason: "done", step: 6 });
    expect(readdirSync(run)).not.toContain("lock.json");
  });

  it("on data of another size is refused, on data with other checksums warned of", async () => {
    const { run } = await stopped();
    const path = join(run, "environment.json");
    const environment = JSON.parse(readFileSync(path, "utf8"));
    expect(environment.data.images).toEqual({ train: 41, test: 20 });
    const change = (data: object): void =>
      writeFileSync(path, JSON.stringify({ ...environment, data: { ...environment.data, ...data } }));
    change({ images: { train: 1041, test: 20 } });
    expect(await refusal(resume(run))).toMatchObject({
      at: "data",
      message: "this run began with 1,041 train images, the data has 41 now",
      hint: `Put the data back as it was, or train anew on these: isthmus train ${run}`,
    });
    change({ checksums: { ...environment.data.checksums, "train-images-idx3-ubyte": "0" } });
    warnings.length = 0;
    expect(await resume(run)).toMatchObject({ reason: "done" });
    expect(warnings).toEqual(["the data has changed since this run began: train-images-idx3-ubyte"]);
  });

  it("without last.json is refused, for beginning again would remove its checkpoints", async () => {
    const { run } = await stopped();
    rmSync(join(run, "checkpoints", "last.json"));
    expect((await refusal(resume(run))).hint).toContain('write {"step":0} into the file');
    expect(readdirSync(join(run, "checkpoints"))).toEqual(["0"]);
  });

  it("in a folder that can't be written says so in one sentence, wherever it is found out", async () => {
    const { run } = await stopped();
    writeFileSync(join(run, "metrics.jsonl"), "{}\n");
    const fails = (): never => {
      throw Object.assign(new Error("injected"), { code: "EROFS" });
    };
    expect((await refusal(resume(run, { ...diskFileSystem, create: fails }))).message).toBe(
      "the run can't be trained here: the file system is read-only",
    );
    expect((await refusal(resume(run, { ...diskFileSystem, truncate: fails }))).message).toBe(
      "the run can't go on here: the file system is read-only",
    );
  });
});

describe("a training for a time", () => {
  it("is fitted and changed by its clock, and comes to the same bytes when it is trained again without one", async () => {
    let now = 0;
    let calls = 0;
    const clock = (): Surroundings => ({
      ...surroundings(),
      // Reading the clock takes its time, and from some moment on five times as long.
      milliseconds: () => (now += ++calls < 60 ? 20 : 100),
    });
    const asked = { ...request(freshOut()), time: { minutes: 0.2, spent: 1000, atMost: false } };
    const { run } = await runTraining(asked, clock());
    expect(now).toBeGreaterThan(9000);
    expect(now).toBeLessThan(12_000);
    const folder = openRun(diskFileSystem, run);
    const interventions = readLog(folder, "interventions.jsonl");
    expect(interventions.map(({ command }) => command)).toContain("setEpochs");

    const experiment = readRunExperiment(folder).experiment;
    expect(experiment.phases[0]?.epochs).not.toBe(2);
    const again = await runTraining({ ...request(freshOut()), experiment, interventions }, surroundings());
    for (const file of ["experiment.yaml", "metrics.jsonl", "interventions.jsonl"]) {
      expect(readFileSync(join(again.run, file), "utf8")).toBe(readFileSync(join(run, file), "utf8"));
    }
    const weights = (path: string) =>
      readFileSync(join(path, "checkpoints", String(again.step), "model.safetensors")).toString("hex");
    expect(weights(again.run)).toBe(weights(run));
  });
});

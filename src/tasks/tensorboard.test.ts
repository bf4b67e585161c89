// TensorBoard's files of a training: beside the run's own, one for each time that it is taken up, and nothing where nobody asks.
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { TrainingEvent } from "../training/events.js";
import { openBoard } from "./tensorboard.js";
import { train } from "./train.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-board-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = join(folder, "small.yaml");
writeFileSync(
  file,
  `name: small
data: { source: mnist, limit: { train: 32, test: 16 } }
model:
  kind: autoencoder
  encoder: [flatten, { dense: 4 }]
  decoder: [{ dense: 784 }, { unflatten: [1, 28, 28] }]
loss: bceWithLogits
phases: [{ epochs: 2, batchSize: 16 }]
`,
);

async function trained(more: object) {
  const events: TrainingEvent[] = [];
  const out = mkdtempSync(join(folder, "runs-"));
  const options = train.options.parse({ experiment: file, out, engine: "reference", ...more });
  const context = {
    signal: new AbortController().signal,
    report: () => {},
    onEvent: (event: TrainingEvent) => void events.push(event),
  };
  return { ...(await train.run(options, context)), events };
}

/** Records of an event file: the lengths before them lead from one to the next. */
function recordsOf(bytes: Buffer): readonly Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    records.push(bytes.subarray(at + 12, at + 12 + length));
    at += 16 + length;
  }
  return records;
}

it("are whole when the training is done: a version, a start, and each epoch's figures and picture", async () => {
  const { run } = await trained({ tensorboard: true });
  const [name = "", ...others] = readdirSync(join(run, "tensorboard"));
  expect(others).toEqual([]);
  expect(name).toMatch(/^events\.out\.tfevents\.\d{10}\.isthmus$/);
  const records = recordsOf(readFileSync(join(run, "tensorboard", name))).map((record) => record.toString("latin1"));
  const what = records.map((text) =>
    text.includes("\x89PNG")
      ? "picture"
      : text.includes("objective/test")
        ? "figures"
        : text.includes("brain.Event:2")
          ? "version"
          : "start",
  );
  expect(what.slice(0, 2)).toEqual(["version", "start"]);
  expect(what.slice(2).sort()).toEqual(["figures", "figures", "picture", "picture"]);
});

it("are written no more, with a reason, where something is in their place", async () => {
  const run = mkdtempSync(join(folder, "run-"));
  writeFileSync(join(run, "experiment.yaml"), "");
  const elsewhere = mkdtempSync(join(folder, "elsewhere-"));
  symlinkSync(elsewhere, join(run, "tensorboard"));
  const warnings: string[] = [];
  const board = openBoard({ time: () => "2026-11-29T18:00:00Z", warn: (message) => warnings.push(message) });
  const started = { kind: "started", run, fromStep: 0 } as Extract<TrainingEvent, { kind: "started" }>;
  board.hear(started);
  board.hear({ kind: "preview", step: 1, epoch: 1, path: join(run, "images/epochs/000001.webp"), isKept: true });
  board.hear(started);
  await board.close();
  expect(warnings).toEqual([expect.stringMatching(/^TensorBoard's files are written no more: is a link/)]);
  expect(readdirSync(elsewhere)).toEqual([]);
});

it("of a run that is taken up within a second are two, and the second one begins after the checkpoint", async () => {
  const run = mkdtempSync(join(folder, "run-"));
  writeFileSync(join(run, "experiment.yaml"), "");
  for (const fromStep of [0, 300]) {
    const board = openBoard({ time: () => "2026-11-29T18:00:00Z", warn: () => {} });
    board.hear({ kind: "started", run, fromStep } as Extract<TrainingEvent, { kind: "started" }>);
    await board.close();
  }
  const names = readdirSync(join(run, "tensorboard")).sort();
  expect(names).toEqual([1_795_975_200, 1_795_975_201].map((seconds) => `events.out.tfevents.${seconds}.isthmus`));
  const [, start] = recordsOf(readFileSync(join(run, "tensorboard", names[1] ?? "")));
  // Step 301 is ad 02.
  expect(start?.subarray(9).toString("hex")).toBe("10ad023a020801");
});

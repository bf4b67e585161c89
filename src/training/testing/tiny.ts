// A training small enough for tests: 40 pictures of 1×6×6, three steps an epoch (16, 16 and 8 images), on the
// reference engine, in the test's own process.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { randomSequence } from "../../base/random.js";
import type { ImageSet, OpenSource } from "../../data/define.js";
import { openEngine } from "../../engines/index.js";
import { experimentText } from "../../experiment/document.js";
import { checkExperiment, resolve } from "../../experiment/resolved.js";
import type { Experiment } from "../../experiment/schema.js";
import { diskFileSystem } from "../../runs/diskFileSystem.js";
import type { FileSystem } from "../../runs/fileSystem.js";
import type { Intervention } from "../../runs/records.js";
import { createRun, openRun, type RunFolder } from "../../runs/runFolder.js";
import type { TrainingCommand, TrainingEvent } from "../events.js";
import { type LoopResult, type Surroundings, trainingLoop } from "../loop.js";
import { restoreRun } from "../run.js";

function pictures(count: number, firstIndex: number): ImageSet {
  const pixels = new Uint8Array(new SharedArrayBuffer(count * 36));
  const random = randomSequence(7, "sample", 0, firstIndex);
  for (let i = 0; i < pixels.length; i++) pixels[i] = random.below(256);
  return { count, shape: [1, 6, 6], pixels, indices: Uint32Array.from({ length: count }, (_, i) => firstIndex + i) };
}

export const tinySource: OpenSource = {
  card: { name: "tiny", title: "Tiny", origin: "drawn", licence: "none", checksums: { tiny: "0" } },
  splits: { train: pictures(40, 0), test: pictures(12, 40) },
};

/** Everything that keeps state is in it: batch norm, dropout, Adam, a schedule that watches a figure, a second phase. */
export function tinyExperiment(changes: Readonly<Record<string, unknown>> = {}): Experiment {
  return checkExperiment({
    name: "tiny",
    data: "mnist",
    model: {
      kind: "autoencoder",
      input: [1, 6, 6],
      encoder: [
        { conv2d: { channels: 2, kernel: 3, padding: 1 } },
        "batchNorm2d",
        "elu",
        { dropout: 0.2 },
        "flatten",
        { dense: 4 },
      ],
      decoder: [{ dense: 36 }, "sigmoid", { unflatten: [1, 6, 6] }],
    },
    loss: "mse",
    phases: [
      {
        name: "first",
        epochs: 2,
        batchSize: 16,
        optimizer: { adam: { learningRate: 0.02 } },
        schedule: { reduceOnPlateau: { patience: 0, factor: 0.5 } },
      },
      { name: "second", epochs: 2, from: "best", keep: "best", schedule: "oneCycle" },
    ],
    ...changes,
  });
}

/** Steps in each of its epochs: 16 + 16 + 8 images. */
export const tinySteps = 3;

export interface TinyTraining {
  readonly run: RunFolder;
  readonly result: LoopResult;
  readonly events: readonly TrainingEvent[];
}

interface TinyOptions {
  /** Commands that come before the step after so many steps of this process. */
  readonly commands?: Readonly<Record<number, readonly TrainingCommand[]>>;
  readonly files?: FileSystem;
  readonly source?: OpenSource;
  readonly events?: TrainingEvent[];
}

export async function trainTiny(
  out: string,
  options: TinyOptions & { readonly experiment?: Experiment; readonly interventions?: readonly Intervention[] } = {},
): Promise<TinyTraining> {
  const experiment = options.experiment ?? tinyExperiment();
  const run = createRun({
    files: options.files ?? diskFileSystem,
    out,
    date: "2026-11-22",
    name: experiment.name,
    experiment: experimentText(experiment),
    schema: "{}\n",
    environment: {
      format: 1,
      isthmus: "0.0.0",
      node: "v20",
      platform: "test",
      engine: { name: "reference", library: "test", threads: 1 },
      data: { name: "tiny", checksums: {} },
      started: "2026-11-22T00:00:00Z",
    },
    summary: "",
  });
  return loop(run, experiment, { ...options, interventions: options.interventions ?? [] });
}

export async function resumeTiny(
  path: string,
  options: TinyOptions & { readonly experiment?: Experiment } = {},
): Promise<TinyTraining> {
  const run = openRun(options.files ?? diskFileSystem, path);
  return loop(run, options.experiment ?? tinyExperiment(), { ...options, ...restoreRun(run) });
}

async function loop(
  run: RunFolder,
  experiment: Experiment,
  options: TinyOptions & Omit<ReturnType<typeof restoreRun>, never>,
): Promise<TinyTraining> {
  const events = options.events ?? [];
  let polls = 0;
  let milliseconds = 0;
  const surroundings: Surroundings = {
    emit: (event) => events.push(event),
    poll: () => options.commands?.[polls++] ?? [],
    wait: () => {},
    milliseconds: () => (milliseconds += 150),
    time: () => "2026-11-22T00:00:00Z",
    peakBytes: () => 1,
  };
  const result = await trainingLoop({
    resolved: resolve(experiment),
    source: options.source ?? tinySource,
    engine: await openEngine("reference"),
    run,
    metadata: () => ({ model: "tiny" }),
    withThreads: () => openEngine("reference"),
    interventions: options.interventions,
    ...(options.from === undefined ? {} : { from: options.from }),
    surroundings,
  });
  return { run, result, events };
}

/** Every file of a folder by its path, as text that compares bytes. */
export function folderBytes(folder: string, skip: readonly string[] = []): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string, name: string): void => {
    if (skip.includes(name)) return;
    if (statSync(path).isDirectory()) {
      for (const entry of readdirSync(path).sort()) visit(join(path, entry), name === "" ? entry : `${name}/${entry}`);
    } else found[name] = readFileSync(path).toString("latin1");
  };
  visit(folder, "");
  return found;
}

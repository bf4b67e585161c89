// Puts runs side by side: what differs in their settings, their figures, their curves, the same test images through each.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import { pause } from "../base/turns.js";
import type { ImageSet } from "../data/define.js";
import { sequentialBatches } from "../data/sequentialBatches.js";
import { meanImageFigures } from "../evaluation/meanImage.js";
import { type Experiment, experimentModel } from "../experiment/index.js";
import { withDecoder } from "../inference/index.js";
import { type Figure, figuresOf, kindText, readLoss, readMetrics } from "../nn/index.js";
import { shownFigure } from "../report/figures.js";
import {
  diskFileSystem,
  type EpochRecord,
  type Figures,
  openRun,
  type RunFolder,
  readEnvironment,
  readLog,
} from "../runs/index.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { openData } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { resolveExperiment } from "./experiment.js";
import { openRunModel } from "./runModel.js";
import { writeResult } from "./writeResult.js";

/** A setting that is not the same in all runs. */
export interface SettingDifference {
  /** `phases.0.optimizer.adam.learningRate` */
  readonly path: string;
  /** For each run; undefined where it has no such setting. */
  readonly values: readonly unknown[];
}

export interface BestFigure {
  readonly which: "lowest" | "highest";
  readonly value: number;
  /** From 1. */
  readonly epoch: number;
}

export interface ComparedRun {
  readonly run: string;
  readonly name: string;
  readonly epochs: number;
  readonly parameters: number;
  readonly codeSize: number;
  /** Training alone, without evaluation. */
  readonly minutes: number;
  /** After the last epoch. */
  readonly train: Figures;
  readonly test: Figures;
  /** The best of each test figure over the epochs, and when: the highest where higher is better, else the lowest. */
  readonly best: Readonly<Record<string, BestFigure>>;
}

export interface Comparison {
  readonly runs: readonly ComparedRun[];
  readonly differences: readonly SettingDifference[];
  /** Figures that all runs have. */
  readonly figures: readonly string[];
  /** On the first run's test images, where its data open here. */
  readonly meanImage?: Figures;
  readonly files: Readonly<Record<string, string>>;
  /** Sentences about what could not be compared. */
  readonly notes: readonly string[];
}

const shownImages = 12;

export const compare = defineTask({
  name: "compare",
  summary: "Put runs side by side: what differs in their settings, figures, curves, and the same images through each.",
  options: z.strictObject({
    runs: z.array(z.string()).min(1, "expected two runs or more").describe("folders of two runs or more"),
    out: z.string().default("comparison").describe("folder for the pictures").meta({ placeholder: "DIR" }),
    pictures: z.enum(["yes", "no"]).default("yes").describe("draw curves and images"),
    threads: z.int().min(1).optional().describe("threads that compute (default: all processors)").meta({
      placeholder: "N",
    }),
  }),
  /** @throws UserError for fewer than two runs, more than eight, a run without a finished epoch, and runs on different data */
  async run(options, context): Promise<Comparison> {
    const { runs: paths } = options;
    const { signal } = context;
    if (paths.length < 2 || paths.length > mostRuns) {
      throw new UserError(`expected 2 to ${mostRuns} runs, got ${paths.length}`, {
        at: "RUN",
        hint: "Name their folders one after the other.",
      });
    }
    const opened = paths.map(openCompared);
    const [first, ...others] = opened as [OpenedRun, ...OpenedRun[]];
    for (const other of others) checkSameData(first, other);
    const notes: string[] = [];
    const files: Record<string, string> = {};
    const shared = Object.keys(first.last.test).filter((name) => others.every(({ last }) => name in last.test));
    if (!shared.some((name) => name !== "objective")) notes.push("the runs share no figure but their objectives");

    let meanImage: Figures | undefined;
    const source = await openData(first, context).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      notes.push(`the data do not open here, so there are no baselines and no images: ${error.message}`);
      return undefined;
    });
    if (source !== undefined)
      meanImage = { ...(await meanImageFigures(source.splits.train, source.splits.test, signal)) };
    if (options.pictures === "yes") {
      await drawCurves(opened, options.out, files);
      if (source !== undefined) {
        const test = source.splits.test;
        await drawImages({ opened, test, options, files, notes, context });
      }
    }
    return {
      runs: opened.map(comparedRun),
      differences: settingDifferences(opened.map((run) => run.experiment)),
      figures: shared,
      ...(meanImage === undefined ? {} : { meanImage }),
      files,
      notes,
    };
  },
});

/** As many as there are colours that everyone can tell apart, and rows that fit a screen. */
const mostRuns = 8;

interface OpenedRun {
  readonly run: RunFolder;
  readonly experiment: Experiment;
  readonly records: readonly EpochRecord[];
  readonly last: EpochRecord;
}

function openCompared(path: string): OpenedRun {
  const run = openRun(diskFileSystem, path);
  const { experiment } = resolveExperiment({ experiment: path });
  const records = readLog(run, "metrics.jsonl");
  const last = records.at(-1);
  if (last === undefined) {
    throw new UserError("has no finished epoch to compare", {
      at: path,
      hint: `Wait until it has saved, or, where nothing trains it: isthmus train ${path} --resume`,
    });
  }
  return { run, experiment, records, last };
}

/** Figures on other pictures say nothing about which model is better. */
function checkSameData(first: OpenedRun, other: OpenedRun): void {
  const of = ({ run }: OpenedRun) => {
    const { name, checksums, images } = readEnvironment(run).data;
    return { name, checksums: JSON.stringify(checksums), test: images?.test };
  };
  const [a, b] = [of(first), of(other)];
  const differs =
    a.name !== b.name ||
    a.checksums !== b.checksums ||
    (a.test !== undefined && b.test !== undefined && a.test !== b.test);
  if (!differs) return;
  const count = (images: number | undefined) => (images === undefined ? "" : `, ${images} test images`);
  throw new UserError(
    `was measured on other pictures (${b.name}${count(b.test)}) than ${first.run.path} (${a.name}${count(a.test)})`,
    {
      at: other.run.path,
      hint: "Compare runs on the same data; isthmus evaluate RUN --data SPEC measures a run on other data.",
    },
  );
}

/** What the figures of a run's records are. */
function runFigures(experiment: Experiment): readonly Figure[] {
  return figuresOf(experimentModel(experiment), readLoss(experiment.loss), readMetrics(experiment.metrics));
}

function comparedRun({ run, experiment, records, last }: OpenedRun): ComparedRun {
  const model = experimentModel(experiment);
  const told = runFigures(experiment);
  const seconds = readLog(run, "timing.jsonl").reduce((sum, timing) => sum + timing.seconds, 0);
  const best = Object.keys(last.test).map((name): [string, BestFigure] => {
    const which = told.find((figure) => figure.name === name)?.better === "higher" ? "highest" : "lowest";
    const sign = which === "highest" ? -1 : 1;
    let found: BestFigure = { which, value: sign * Number.POSITIVE_INFINITY, epoch: 0 };
    for (const { epoch, test } of records) {
      const value = test[name] ?? Number.NaN;
      if (sign * value < sign * found.value) found = { which, value, epoch };
    }
    return [name, found];
  });
  return {
    run: run.path,
    name: experiment.name,
    epochs: last.epoch,
    parameters: model.rows.reduce((sum, row) => sum + row.parameters, 0),
    codeSize: sizeOf(model.codeShape),
    minutes: seconds / 60,
    train: last.trainEvaluated ?? last.train,
    test: last.test,
    best: Object.fromEntries(best),
  };
}

/** Settings by path, those that differ, in the order of the first run that has them. */
export function settingDifferences(experiments: readonly Experiment[]): SettingDifference[] {
  const flat = experiments.map((experiment) => new Map(flattened(experiment, "")));
  const paths = [...new Set(flat.flatMap((settings) => [...settings.keys()]))];
  return paths.flatMap((path) => {
    const values = flat.map((settings) => settings.get(path));
    return values.every((value) => value === values[0]) ? [] : [{ path, values }];
  });
}

/** An element of a list (a layer, a transform) is one setting; only phases are opened further. */
function flattened(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  const isOpen = path === "" || path === "phases";
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = path === "" ? key : `${path}.${key}`;
    if (Array.isArray(value) && !isOpen) return [[at, elementText(inner)]];
    return flattened(inner, at);
  });
}

/** `{ dense: 784 }` as `dense: 784`. */
function elementText(element: unknown): unknown {
  if (typeof element !== "object" || element === null) return element;
  const entries = Object.entries(element);
  const [[name, options] = ["", undefined]] = entries;
  return entries.length === 1 && !Array.isArray(element)
    ? `${name}: ${JSON.stringify(options)}`
    : JSON.stringify(element);
}

async function drawCurves(opened: readonly OpenedRun[], out: string, files: Record<string, string>): Promise<void> {
  const { renderChart } = await import("../report/charts.js");
  const { comparedCurvesSpec } = await import("../report/comparedCurves.js");
  const [first] = opened as [OpenedRun];
  const usual = shownFigure(first.last.test);
  const isShared = (name: string) => opened.every(({ last }) => name in last.test);
  const figure = [usual, "mse", "objective"].find((name) => name !== "objective" && isShared(name)) ?? "objective";
  const kinds = opened.map(({ experiment }) => runFigures(experiment).find(({ name }) => name === figure));
  const isAlike = new Set(kinds.map((kind) => kind?.unit)).size === 1;
  const { png, svg } = renderChart(
    comparedCurvesSpec({
      figure,
      figures: kinds.flatMap((kind) => (isAlike && kind !== undefined ? [kind] : [])),
      runs: opened.map(({ records }, i) => ({ name: names(opened)[i] ?? "", records })),
    }),
  );
  files.curves = join(out, "curves.png");
  files.curvesSvg = join(out, "curves.svg");
  writeResult(files.curves, png);
  writeResult(files.curvesSvg, svg);
}

/** The experiments' names, with the folder's where two are equal. */
function names(opened: readonly OpenedRun[]): string[] {
  const all = opened.map(({ experiment }) => experiment.name);
  const unique = new Set(all).size === all.length;
  return opened.map(({ experiment, run }) => (unique ? experiment.name : (run.path.split(/[\\/]/).at(-1) ?? run.path)));
}

async function drawImages(options: {
  readonly opened: readonly OpenedRun[];
  readonly test: ImageSet;
  readonly options: z.output<typeof compare.options>;
  readonly files: Record<string, string>;
  readonly notes: string[];
  readonly context: TaskContext;
}): Promise<void> {
  const { opened, test, files, notes, context } = options;
  const size = sizeOf(test.shape);
  const count = Math.min(shownImages, test.count);
  const rows: { label: string; images: Float32Array }[] = [];
  for (const [i, { run, experiment, last }] of opened.entries()) {
    await pause(context.signal);
    const { decode, spec } = experimentModel(experiment);
    if (decode === undefined) {
      notes.push(`${run.path} is ${kindText(spec.kind)}'s run, which makes no pictures`);
      continue;
    }
    const corrupt = experiment.phases[last.phase]?.corrupt ?? [];
    const batches = sequentialBatches(test, count, { corrupt, seed: experiment.evaluationSeed });
    batches.fill(0);
    if (rows.length === 0) rows.push({ label: "original", images: batches.view(count).slice() });
    const label = names(opened)[i] ?? "";
    if (corrupt.length > 0) rows.push({ label: `input of ${label}`, images: batches.input(count).slice() });
    const model = withDecoder(await openRunModel(run.path, { threads: options.options.threads }), run.path);
    try {
      if (!sameShape(model.inputShape, test.shape)) {
        notes.push(`${run.path} takes pictures of ${timesText(model.inputShape)}, so it is not among the images`);
        continue;
      }
      rows.push({ label, images: await model.reconstruct(batches.input(count), context) });
    } finally {
      model.dispose();
    }
  }
  if (rows.length < 2) return;
  const images = new Float32Array(rows.length * count * size);
  for (const [row, { images: of }] of rows.entries()) images.set(of, row * count * size);
  const { renderLabelledRows } = await import("../report/labelledRows.js");
  files.images = join(options.options.out, "images.png");
  const places = (row: number) => Array.from({ length: count }, (_, i) => row * count + i);
  writeResult(
    files.images,
    renderLabelledRows({
      images,
      shape: test.shape,
      rows: rows.map(({ label }, row) => ({ label, images: places(row) })),
    }),
  );
}

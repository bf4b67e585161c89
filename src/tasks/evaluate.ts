// Says how good a trained model is, beside what needs no training, and shows where it is worst.
import { join } from "node:path";
import { z } from "zod";
import { InternalError, UserError } from "../base/errors.js";
import { randomSequence } from "../base/random.js";
import { countText, withThousands } from "../base/text.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { type Pca, pcaReconstructor } from "../data/principalComponents/pca.js";
import { sequentialBatches } from "../data/sequentialBatches.js";
import type { Executable } from "../engines/engine.js";
import {
  collectFigures,
  entropySum,
  type FigureCollector,
  type ImageFigures,
  type MeanFigures,
  meanFigures,
  worst,
} from "../evaluation/figures.js";
import { meanImageOf } from "../evaluation/meanImage.js";
import { nearestImages } from "../evaluation/nearestImages.js";
import { parseYaml } from "../experiment/index.js";
import { type Figure, figuresOf, posteriorProgram, readLoss } from "../nn/index.js";
import { unitFromPixels } from "../pixels/index.js";
import { readTransforms, severities, transformSpec } from "../pixels/transforms/index.js";
import { readLog } from "../runs/index.js";
import { sizeOf } from "../tensor/index.js";
import { evaluator } from "../training/evaluate.js";
import { openCodeSpace, openPictures } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import { cachedPca } from "./pcaCache.js";
import { type RunModel, runModelOptions } from "./runModel.js";
import { checkPictures, splitNames, splitOf } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

export type ReconstructorName = "model" | "pca" | "pcaOfInput" | "input" | "meanImage";

/** Figures of one way to make reconstructions. */
export interface EvaluationRow extends MeanFigures {
  readonly what: ReconstructorName;
  /** For people: `PCA, 128 components`. */
  readonly title: string;
}

export interface EvaluationGroup extends MeanFigures {
  /** `3`, or a class's name; `small` or `large`. */
  readonly group: string;
  /** The mean mse of principal components on the same images. */
  readonly pcaMse: number;
  /** The corrupted input's own figures, where there is one. */
  readonly input?: MeanFigures;
}

export interface SeverityRow {
  /** As an experiment has it. */
  readonly corruption: string;
  readonly severity: number;
  readonly model: MeanFigures;
  readonly input: MeanFigures;
}

export interface WorstImage {
  /** Its place in the split. */
  readonly image: number;
  readonly mse: number;
  readonly class?: string;
  /** The training image that is nearest to what the model made of it. */
  readonly nearest: { readonly image: number; readonly mse: number; readonly class?: string };
}

export interface Evaluation {
  readonly run: string;
  readonly name: string;
  readonly step: number;
  readonly epoch: number;
  readonly on: (typeof splitNames)[number];
  readonly images: number;
  readonly codeSize: number;
  /** What corrupted the input, every option written down; empty where nothing did. */
  readonly corrupt: readonly unknown[];
  readonly evaluationSeed: number;
  /** The model first. */
  readonly rows: readonly EvaluationRow[];
  /** Nats a pixel: no reconstruction has a lower bce. */
  readonly entropyFloor: number;
  /** The model's bce less the floor, where it has one. */
  readonly bceExcess?: number;
  readonly classes: readonly EvaluationGroup[];
  /** Below and above two fifths of the picture; for sources that know the size of what they show. */
  readonly sizes: readonly EvaluationGroup[];
  readonly severities: readonly SeverityRow[];
  /** Of a variational model: nats an image, with one code drawn for each image. */
  readonly variational?: {
    readonly bce: number;
    readonly kl: number;
    readonly sum: number;
    readonly bcePerPixel: number;
    readonly draws: string;
  };
  /** What a family without a posterior tells of itself beside pictures, as training evaluates it: parts of its objective, figures of its code. */
  readonly own: readonly (Figure & { readonly value: number })[];
  readonly worst: readonly WorstImage[];
  /** Pictures that were written. */
  readonly files: Readonly<Record<string, string>>;
  /** Sentences about what could not be measured. */
  readonly notes: readonly string[];
}

/** Images that are handed to the model at a time. */
const chunk = 500;
const worstShown = 16;
/** The share of the picture's side that parts small from large. */
const largeFrom = 0.4;

export const evaluate = defineTask({
  name: "evaluate",
  summary: "Measure a trained model beside baselines on the same images, and show where it is worst.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    data: z.string().optional().describe("measure on this source instead of the run's own").meta({
      placeholder: "SPEC",
    }),
    on: z.enum(splitNames).default("test").describe("which split"),
    corrupt: z
      .string()
      .optional()
      .describe(
        "what corrupts the input, for example gaussianNoise or {gaussianNoise: 0.3}; none for nothing (default: as trained)",
      )
      .meta({ placeholder: "SPEC" }),
    severities: z.boolean().default(false).describe("measure each corruption in its severities 1 to 5 as well"),
    format: z.enum(["table", "csv"]).default("table").describe("how the figures are printed; see --json too"),
    pictures: z.enum(["yes", "no"]).default("yes").describe("draw the worst images into the run's folder images"),
    ...runModelOptions,
  }),
  /** @throws UserError for a run that does not open, data of another shape, and corruptions that do not fit */
  async run(options, context): Promise<Evaluation> {
    const model = await openCodeSpace(options);
    try {
      return await evaluateRun(model, options, context);
    } finally {
      model.dispose();
    }
  },
});

async function evaluateRun(
  model: RunModel,
  options: z.output<typeof evaluate.options>,
  context: TaskContext,
): Promise<Evaluation> {
  const { experiment, checkpoint } = model;
  const source = await openPictures(model, options.data, context);
  const set = splitOf(source, options.on);
  checkPictures(model, set, options.data === undefined ? "data" : "--data");
  const corrupt = corruptionOf(options.corrupt, model);
  const seed = experiment.evaluationSeed;
  const codeSize = sizeOf(model.model.codeShape);
  const notes: string[] = [];

  const pca = await pcaOf(model, source, codeSize, notes, context);
  const meanImage = pca?.mean ?? meanImageOf(source.splits.train);
  const measured = await measure({ model, set, pca, meanImage, corrupt, seed, context, what: "images" });
  const { figures } = measured;
  const modelFigures = meanFigures(figures.model);
  const rows = [
    ["model", `${experiment.name}, code of ${withThousands(codeSize)}`, figures.model],
    ["pca", `PCA of the clean images, ${countText(pca?.count ?? 0, "component")}`, figures.pca],
    ["pcaOfInput", `PCA of the corrupted input, ${countText(pca?.count ?? 0, "component")}`, figures.pcaOfInput],
    ["input", "the corrupted input itself", figures.input],
    ["meanImage", "the mean training image", figures.meanImage],
  ] as const;

  const severityRows = options.severities ? await bySeverity({ model, set, corrupt, seed, context }) : [];
  const files: Record<string, string> = {};
  const worstImages = await findWorst({ model, set, source, measured, corrupt, seed, context, options, files });
  if (options.pictures === "yes" && severityRows.length > 0) {
    const { renderSeverities } = await import("../report/severities.js");
    const { png, svg } = renderSeverities({ name: experiment.name, rows: severityRows });
    files.severities = join(model.run.path, "images", "severities.png");
    writeResult(files.severities, png);
    writeResult(join(model.run.path, "images", "severities.svg"), svg);
  }
  const variational = await variationalFigures(model, set, corrupt, notes, context);
  const own = variational === undefined ? await ownFigures(model, set, corrupt, notes, context) : [];
  return {
    run: model.run.path,
    name: experiment.name,
    step: checkpoint.state.step,
    epoch: epochsDone(model),
    on: options.on,
    images: set.count,
    codeSize,
    corrupt,
    evaluationSeed: seed,
    rows: rows.flatMap(([what, title, of]) => (of === undefined ? [] : [{ what, title, ...meanFigures(of) }])),
    entropyFloor: measured.entropyFloor,
    ...(modelFigures.bce === undefined ? {} : { bceExcess: modelFigures.bce - measured.entropyFloor }),
    classes: groupsByClass(source, set, figures),
    sizes: groupsBySize(set, figures),
    severities: severityRows,
    ...(variational === undefined ? {} : { variational }),
    own,
    worst: worstImages,
    files,
    notes,
  };
}

/** Whole epochs that the weights were trained for. */
export function epochsDone({ run, checkpoint }: Pick<RunModel, "run" | "checkpoint">): number {
  return readLog(run, "metrics.jsonl").findLast(({ step }) => step <= checkpoint.state.step)?.epoch ?? 0;
}

/** What corrupts the input: as asked for, or as the phase did that the weights come from. */
function corruptionOf(asked: string | undefined, { experiment, checkpoint }: RunModel): readonly unknown[] {
  if (asked === undefined) {
    const phase = experiment.phases[Math.min(checkpoint.state.phase, experiment.phases.length - 1)];
    return phase?.corrupt ?? [];
  }
  return readCorruption(asked);
}

/**
 * What `corrupt` asks for, every option written down.
 * @throws UserError for what is no corruption
 */
export function readCorruption(asked: string): readonly unknown[] {
  if (asked.trim() === "none") return [];
  const written = parseYaml(asked, "--corrupt");
  const list = Array.isArray(written) ? written : [written];
  return readTransforms(list, "corrupt", "--corrupt").map(transformSpec);
}

async function pcaOf(
  model: RunModel,
  source: OpenSource,
  codeSize: number,
  notes: string[],
  context: TaskContext,
): Promise<Pca | undefined> {
  const { train } = source.splits;
  if (train.count < 2) {
    notes.push("principal components need two training images at least, so there is no PCA beside the model");
    return undefined;
  }
  const pictureSize = sizeOf(model.model.inputShape);
  if (codeSize >= pictureSize) {
    notes.push(
      `the code has ${withThousands(codeSize)} numbers and the picture ${withThousands(pictureSize)}: PCA of that size would be the picture itself, so there is none beside the model`,
    );
    return undefined;
  }
  const pca = await cachedPca(model.engine, train, codeSize, context);
  if (pca.count < codeSize) {
    notes.push(
      `PCA has ${countText(pca.count, "component")}, fewer than the code's ${codeSize}: there are only ${countText(train.count, "training image")} of ${countText(pca.size, "value")}`,
    );
  }
  return pca;
}

interface Measured {
  readonly figures: { readonly model: ImageFigures } & { readonly [Name in ReconstructorName]?: ImageFigures };
  readonly entropyFloor: number;
}

/** Every way of making reconstructions on the same images, chunk by chunk. */
async function measure(options: {
  readonly model: RunModel;
  readonly set: ImageSet;
  readonly pca?: Pca | undefined;
  readonly meanImage?: Float32Array;
  readonly corrupt: readonly unknown[];
  readonly seed: number;
  readonly context: TaskContext;
  readonly what: string;
}): Promise<Measured> {
  const { model, set, pca, meanImage, corrupt, seed, context } = options;
  const size = sizeOf(set.shape);
  const batches = sequentialBatches(set, chunk, { corrupt, seed, at: "--corrupt" });
  const collect = () => collectFigures(set.count, set.shape);
  const isCorrupted = corrupt.length > 0;
  const collectors: { readonly model: FigureCollector } & { readonly [Name in ReconstructorName]?: FigureCollector } = {
    model: collect(),
    ...(pca === undefined ? {} : { pca: collect() }),
    ...(meanImage === undefined ? {} : { meanImage: collect() }),
    ...(isCorrupted ? { input: collect() } : {}),
    ...(isCorrupted && pca !== undefined ? { pcaOfInput: collect() } : {}),
  };
  const linear = pca === undefined ? undefined : await pcaReconstructor(model.engine, pca);
  const means = meanImage === undefined ? undefined : repeated(meanImage, Math.min(chunk, set.count));
  let entropy = 0;
  try {
    for (let first = 0; first < set.count; ) {
      context.signal.throwIfAborted();
      context.report({ done: first, of: set.count, what: `measuring ${withThousands(set.count)} ${options.what}` });
      const count = batches.fill(first);
      const targets = batches.view(count);
      const inputs = batches.input(count);
      entropy += entropySum(targets);
      collectors.model.add(first, await model.reconstruct(inputs), targets);
      if (linear !== undefined) collectors.pca?.add(first, await linear.reconstruct(targets), targets);
      if (collectors.pcaOfInput !== undefined && linear !== undefined) {
        collectors.pcaOfInput.add(first, await linear.reconstruct(inputs), targets);
      }
      collectors.input?.add(first, inputs, targets);
      if (means !== undefined) collectors.meanImage?.add(first, means.subarray(0, count * size), targets);
      first += count;
    }
  } finally {
    linear?.dispose();
  }
  const others = Object.entries(collectors).map(([name, collector]) => [name, collector.finish()]);
  return {
    figures: { ...Object.fromEntries(others), model: collectors.model.finish() },
    entropyFloor: entropy / (set.count * size),
  };
}

function repeated(image: Float32Array, count: number): Float32Array {
  const images = new Float32Array(count * image.length);
  for (let i = 0; i < count; i++) images.set(image, i * image.length);
  return images;
}

function groupsByClass(source: OpenSource, set: ImageSet, figures: Measured["figures"]): EvaluationGroup[] {
  const { labels } = set;
  if (labels === undefined) return [];
  const members = new Map<number, number[]>();
  for (const [image, label] of labels.entries()) members.set(label, [...(members.get(label) ?? []), image]);
  // A table of a thousand people with one picture each says nothing.
  if (members.size > mostClasses) return [];
  return [...members.entries()]
    .sort(([a], [b]) => a - b)
    .map(([label, images]) => groupFigures(classNamed(source, label), images, figures));
}

const mostClasses = 100;

function groupsBySize(set: ImageSet, figures: Measured["figures"]): EvaluationGroup[] {
  const sizes = set.attributes?.size;
  if (sizes === undefined) return [];
  const all = Array.from(sizes.keys());
  const percent = `${100 * largeFrom}% of the picture`;
  return [
    { group: `small, below ${percent}`, images: all.filter((image) => (sizes[image] ?? 0) < largeFrom) },
    { group: `large, from ${percent}`, images: all.filter((image) => (sizes[image] ?? 0) >= largeFrom) },
  ].flatMap(({ group, images }) => (images.length === 0 ? [] : [groupFigures(group, images, figures)]));
}

function groupFigures(group: string, images: readonly number[], figures: Measured["figures"]): EvaluationGroup {
  const { model, pca, input } = figures;
  return {
    group,
    ...meanFigures(model, images),
    pcaMse: pca === undefined ? Number.NaN : meanFigures(pca, images).mse,
    ...(input === undefined ? {} : { input: meanFigures(input, images) }),
  };
}

function classNamed({ classes }: OpenSource, label: number): string {
  return classes?.[label] ?? String(label);
}

async function bySeverity(options: {
  readonly model: RunModel;
  readonly set: ImageSet;
  readonly corrupt: readonly unknown[];
  readonly seed: number;
  readonly context: TaskContext;
}): Promise<SeverityRow[]> {
  const named = readTransforms(options.corrupt, "corrupt", "--corrupt")
    .map(({ transform }) => transform)
    .filter((transform) => transform.severities !== undefined);
  if (named.length === 0) {
    throw new UserError("there is no corruption with severities to measure", {
      at: "--severities",
      hint: "Name one: --corrupt gaussianNoise.",
    });
  }
  const rows: SeverityRow[] = [];
  for (const { name } of named) {
    for (const severity of severities) {
      const corrupt = [{ [name]: { severity } }];
      const { figures } = await measure({ ...options, corrupt, what: `images, ${name} of severity ${severity}` });
      const input = figures.input ?? figures.model;
      rows.push({ corruption: name, severity, model: meanFigures(figures.model), input: meanFigures(input) });
    }
  }
  return rows;
}

/** As training evaluates it: one code for each image, drawn by (evaluation seed, latent, image). */
async function variationalFigures(
  model: RunModel,
  set: ImageSet,
  corrupt: readonly unknown[],
  notes: string[],
  context: TaskContext,
): Promise<Evaluation["variational"]> {
  if (model.model.posterior === undefined) return undefined;
  const seed = model.experiment.evaluationSeed;
  const width = sizeOf(model.model.codeShape);
  const batchSize = Math.min(variationalBatch, set.count);
  const batches = sequentialBatches(set, batchSize, { corrupt, seed, at: "--corrupt" });
  const collector = collectFigures(set.count, set.shape);
  const session = await model.engine.open(model.state);
  let divergence = 0;
  try {
    const executables = new Map<number, Executable>();
    for (let first = 0; first < set.count; ) {
      context.signal.throwIfAborted();
      const count = batches.fill(first);
      const executable = executables.get(count) ?? (await session.compile(posteriorProgram(model.model, count)));
      executables.set(count, executable);
      const { mean, logVariance } = await executable.run({ input: batches.input(count) });
      if (mean === undefined || logVariance === undefined) throw new InternalError("the encoder gave no distribution");
      const codes = new Float32Array(count * width);
      for (let i = 0; i < count; i++) {
        const random = randomSequence(seed, "latent", 0, set.indices[first + i] as number);
        for (let unit = i * width; unit < (i + 1) * width; unit++) {
          const [centre, spread] = [mean[unit] as number, logVariance[unit] as number];
          codes[unit] = centre + Math.exp(spread / 2) * random.normal();
          divergence += (centre * centre + Math.exp(spread) - 1 - spread) / 2;
        }
      }
      collector.add(first, await model.decode(codes), batches.view(count));
      first += count;
    }
  } finally {
    session.dispose();
  }
  const { bce: bcePerPixel } = meanFigures(collector.finish());
  if (bcePerPixel === undefined) {
    notes.push("BCE can't be told: the model's pictures leave [0, 1]");
    return undefined;
  }
  const bce = bcePerPixel * sizeOf(set.shape);
  const kl = divergence / set.count;
  return { bce, kl, sum: bce + kl, bcePerPixel, draws: `one code drawn for each image, by evaluation seed ${seed}` };
}

const variationalBatch = 125;

/** What the family tells of itself on these pictures, for one that draws no codes. */
async function ownFigures(
  { engine, experiment, model, state }: RunModel,
  set: ImageSet,
  corrupt: readonly unknown[],
  notes: string[],
  { signal, report }: TaskContext,
): Promise<Evaluation["own"]> {
  const loss = readLoss(experiment.loss);
  const told = figuresOf(model, loss, []).filter(({ isOwn }) => isOwn);
  if (told.length === 0 || model.posterior !== undefined) return [];
  if (model.classes !== undefined && set.labels === undefined) {
    notes.push(`${told.map(({ name }) => name).join(", ")} can't be told: these pictures have no labels`);
    return [];
  }
  report({ done: 0, of: 1, what: "measuring the model's own figures" });
  const session = await engine.open(state);
  try {
    const figures = await evaluator({
      session,
      model,
      loss,
      metrics: [],
      seed: experiment.evaluationSeed,
      average: false,
      corrupt,
      async before() {
        await new Promise((resolve) => setImmediate(resolve));
        signal.throwIfAborted();
      },
    })(set);
    return told.map((figure) => ({ ...figure, value: figures[figure.name] ?? Number.NaN }));
  } finally {
    session.dispose();
  }
}

async function findWorst(options: {
  readonly model: RunModel;
  readonly set: ImageSet;
  readonly source: OpenSource;
  readonly measured: Measured;
  readonly corrupt: readonly unknown[];
  readonly seed: number;
  readonly context: TaskContext;
  readonly options: z.output<typeof evaluate.options>;
  readonly files: Record<string, string>;
}): Promise<WorstImage[]> {
  const { model, set, source, measured, corrupt, seed, context, files } = options;
  const { train } = source.splits;
  const size = sizeOf(set.shape);
  const images = worst(measured.figures.model.mse, worstShown);
  const originals = new Float32Array(images.length * size);
  const inputs = new Float32Array(originals.length);
  const batches = sequentialBatches(set, 1, { corrupt, seed, at: "--corrupt" });
  for (const [place, image] of images.entries()) {
    batches.fill(image);
    originals.set(batches.view(1), place * size);
    inputs.set(batches.input(1), place * size);
  }
  const made = await model.reconstruct(inputs);
  context.report({ done: 0, of: 1, what: "looking for the nearest training images" });
  const nearest = await nearestImages(model.engine, made, train, { signal: context.signal });
  const label = (of: ImageSet, image: number) => {
    const number = of.labels?.[image];
    return number === undefined ? {} : { class: classNamed(source, number) };
  };
  const found = images.map((image, place) => {
    const { image: neighbour = 0, mse: distance = Number.NaN } = nearest[place] ?? {};
    return {
      image,
      mse: measured.figures.model.mse[image] ?? Number.NaN,
      ...label(set, image),
      nearest: { image: neighbour, mse: distance, ...label(train, neighbour) },
    };
  });
  if (options.options.pictures === "yes") {
    const { renderWorst } = await import("../report/worst.js");
    const neighbours = new Float32Array(originals.length);
    for (const [place, { nearest: of }] of found.entries()) {
      neighbours.set(unitFromPixels(readPixels(train, of.image, 1)), place * size);
    }
    files.worst = join(model.run.path, "images", `worst-${options.options.on}.png`);
    writeResult(
      files.worst,
      renderWorst({
        originals,
        ...(corrupt.length === 0 ? {} : { inputs }),
        reconstructions: made,
        neighbours,
        shape: set.shape,
        captions: found.map(({ class: of, mse, nearest: near }) => ({
          error: mse,
          ...(of === undefined ? {} : { class: of }),
          ...(near.class === undefined ? {} : { neighbourClass: near.class }),
        })),
      }),
    );
  }
  return found;
}

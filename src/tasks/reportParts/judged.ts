// Pictures through the model: its figures beside baselines, and where it is worst, middling and best.
import { UserError } from "../../base/errors.js";
import { countText } from "../../base/text.js";
import type { Pca } from "../../data/principalComponents/pca.js";
import { sequentialBatches } from "../../data/sequentialBatches.js";
import { meanFigures } from "../../evaluation/figures.js";
import { groupsByClass } from "../../evaluation/groups.js";
import { meanImageOf } from "../../evaluation/meanImage.js";
import { type Measured, measure } from "../../evaluation/measure.js";
import { nearestImages } from "../../evaluation/nearestImages.js";
import { className } from "../../evaluation/worstImages.js";
import type { Extremes, FiguresTable, FigureWords, JudgedImage } from "../../report/reportData.js";
import { sizeOf } from "../../tensor/index.js";
import { cachedPca } from "../pcaCache.js";
import { closeSide, judgedCount, largestPca, mostClasses, neighbourCount, pcaImages } from "./bounds.js";
import { type ChosenImages, chosenImages, pixelsOf } from "./chosen.js";
import { arithmeticOfModel } from "./network.js";
import type { OpenedRun } from "./opened.js";
import type { Sheets } from "./sheets.js";
import { type Baselines, figuresOfRun, rounded } from "./words.js";

/** What several sections are made of: each picture's figures. */
export interface Judged extends Measured {
  readonly chosen: ChosenImages;
  readonly corrupt: readonly unknown[];
  readonly pca: Pca | undefined;
  readonly meanImage: Float32Array;
  readonly notes: readonly string[];
}

/** Puts test pictures through the model and through what needs no training. */
export async function judge(opened: OpenedRun): Promise<Judged> {
  const { watch } = opened;
  const model = await opened.decoding();
  const { splits } = await opened.source();
  const { train, test } = splits;
  const count = judgedCount(test.shape, arithmeticOfModel(await opened.resolved()), test.count);
  if (count === 0) throw new UserError("there is no test picture");
  const chosen = chosenImages(test, count, "test");
  const codeSize = sizeOf(model.codeShape);
  const size = sizeOf(test.shape);
  const notes: string[] = [];
  let pca: Pca | undefined;
  if (codeSize >= size)
    notes.push("the code has as many numbers as the picture: PCA of that size would be the picture itself");
  else if (train.count < 2) notes.push("principal components need two training pictures at least");
  else if (size > largestPca) {
    notes.push("PCA of pictures of this size takes longer than a report: isthmus evaluate RUN has it");
  } else {
    const some = chosenImages(train, Math.min(pcaImages, train.count), "training");
    pca = await cachedPca(model.engine, some.set, codeSize, watch);
    notes.push(`PCA was fitted to ${some.what}`);
  }
  const meanImage = await meanImageOf(train, watch.signal);
  const corrupt = model.experiment.phases.at(-1)?.corrupt ?? [];
  const measured = await measure({
    ...{ model, set: chosen.set, corrupt, seed: model.experiment.evaluationSeed, watch },
    ...{ linear: pca === undefined ? undefined : { engine: model.engine, pca }, meanImage, what: "images" },
  });
  return { ...measured, chosen, corrupt, pca, meanImage, notes };
}

export function baselinesOf(judged: Judged): Baselines {
  const { figures, entropyFloor, pca, chosen } = judged;
  const numbers = (of: NonNullable<typeof figures.pca>): Record<string, number> => {
    const { images: _, ...values } = meanFigures(of);
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  };
  return {
    on: chosen.what,
    entropyFloor,
    ...(figures.meanImage === undefined ? {} : { meanImage: numbers(figures.meanImage) }),
    ...(figures.pca === undefined || pca === undefined
      ? {}
      : { pca: { ...numbers(figures.pca), components: pca.count } }),
  };
}

/** What the columns of tables of pictures are. */
const pictureFigures: readonly FigureWords[] = [
  { name: "mse", unit: "mean over pixels", summary: "mean of (reconstruction − picture)²", better: "lower" },
  { name: "mae", unit: "mean over pixels", summary: "mean of |reconstruction − picture|", better: "lower" },
  { name: "psnr", unit: "dB", summary: "mean over pictures of −10·log₁₀ of each one's mse", better: "higher" },
  {
    name: "ssim",
    unit: "0 to 1",
    summary: "structural similarity: windows of 11×11 pixels that look alike",
    better: "higher",
  },
  {
    name: "bce",
    unit: "nats a pixel",
    summary: "binary cross-entropy; not defined where a reconstruction leaves [0, 1]",
    better: "lower",
  },
];

const meanings = {
  model: "this run's model",
  pca: "principal components of the training pictures, as many as the code has numbers: the best that is linear",
  pcaOfInput: "the same components of what the model was given",
  input: "what the model was given, taken as the reconstruction",
  meanImage: "the mean training picture in place of every reconstruction: a model above it learned nothing",
} as const;

export async function figuresTable(opened: OpenedRun, judged: Judged): Promise<FiguresTable> {
  const { figures, entropyFloor, chosen, pca, notes } = judged;
  const { experiment, codeShape } = await opened.decoding();
  const { classes } = await opened.source();
  const titles = {
    model: `${experiment.name}, code of ${sizeOf(codeShape).toLocaleString("en-US")}`,
    pca: `PCA, ${countText(pca?.count ?? 0, "component")}`,
    pcaOfInput: `PCA of the corrupted input, ${countText(pca?.count ?? 0, "component")}`,
    input: "the corrupted input itself",
    meanImage: "the mean training image",
  } as const;
  const rows = (["model", "pca", "pcaOfInput", "input", "meanImage"] as const).flatMap((name) => {
    const of = figures[name];
    return of === undefined
      ? []
      : [{ name, title: titles[name], meaning: meanings[name], values: valuesOf(meanFigures(of)) }];
  });
  const groups = groupsByClass(classes === undefined ? {} : { classes }, chosen.set, figures);
  const isShown = (name: string): boolean => rows.some(({ values }) => values[name] !== undefined);
  return {
    on: chosen.what,
    columns: pictureFigures.filter(({ name }) => isShown(name)),
    rows,
    classes: groups.slice(0, 2 * mostClasses).map((group) => ({
      name: group.group,
      images: group.images,
      values: valuesOf(group),
    })),
    entropyFloor: rounded(entropyFloor),
    notes,
  };
}

/** A model without pictures has the figures of its records. */
export async function recordedTable(opened: OpenedRun): Promise<FiguresTable> {
  const last = (await opened.records()).at(-1);
  if (last === undefined) throw new UserError("there is no finished epoch to tell figures of");
  const resolved = await opened.resolved();
  const rows = (
    [
      ["test", "test images", last.test],
      ["validation", "validation images", last.validation],
      ["train", "training images", last.trainEvaluated ?? last.train],
    ] as const
  ).flatMap(([name, title, values]) =>
    values === undefined
      ? []
      : [{ name, title, meaning: `on the ${title}, after epoch ${last.epoch}`, values: { ...values } }],
  );
  return {
    on: "whole splits, as the training measured them",
    columns: figuresOfRun(resolved).filter(({ name }) => last.test[name] !== undefined),
    ...{ rows, classes: [], entropyFloor: Number.NaN, notes: [] },
  };
}

function valuesOf(figures: Readonly<Record<string, unknown>> | object): Record<string, number> {
  const values = figures as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    pictureFigures.flatMap(({ name }) => {
      const value = values[name];
      return typeof value === "number" && Number.isFinite(value) ? [[name, rounded(value)]] : [];
    }),
  );
}

/** Pictures in the overall rows. */
const shownExtremes = 8;
/** Numbers of a code that are shown. */
const shownCode = 128;

/** The worst, the median and the best pictures, of all and of each class, with what is near to what the model made of them. */
export async function extremesOf(opened: OpenedRun, judged: Judged, sheets: Sheets): Promise<Extremes> {
  const { watch } = opened;
  const { chosen, corrupt, figures } = judged;
  const { set } = chosen;
  const model = await opened.decoding();
  const source = await opened.source();
  const { train } = source.splits;
  const { mse } = figures.model;
  const order = Array.from(mse.keys()).sort((a, b) => (mse[b] as number) - (mse[a] as number) || a - b);
  const half = Math.min(shownExtremes, order.length);
  const middle = Math.max(0, Math.floor((order.length - half) / 2));
  const rows = {
    worst: order.slice(0, half),
    median: order.slice(middle, middle + half),
    best: order.slice(-half).reverse(),
  };
  const classRows = byClass(order, set.labels).slice(0, mostClasses);
  const wanted = [...new Set([...Object.values(rows).flat(), ...classRows.flatMap(({ images }) => images)])].sort(
    (a, b) => a - b,
  );

  const size = sizeOf(set.shape);
  const originals = new Float32Array(wanted.length * size);
  const inputs = new Float32Array(originals.length);
  const batches = sequentialBatches(set, 1, { corrupt, seed: model.experiment.evaluationSeed });
  for (const [place, image] of wanted.entries()) {
    batches.fill(image);
    originals.set(batches.view(1), place * size);
    inputs.set(batches.input(1), place * size);
  }
  const { signal } = watch;
  const reconstructions = await model.reconstruct(inputs, { signal });
  const codes = await model.encode(inputs, { signal });
  const neighbours = chosenImages(train, neighbourCount(train.shape, train.count), "training");
  const nearest = await nearestImages(model.engine, reconstructions, neighbours.set, { signal });
  const options = { columns: 12, longestSide: closeSide };
  const tiles = {
    original: await sheets.add("judged-originals", originals, set.shape, options),
    ...(corrupt.length === 0 ? {} : { input: await sheets.add("judged-inputs", inputs, set.shape, options) }),
    reconstruction: await sheets.add("judged-reconstructions", reconstructions, set.shape, options),
    difference: await sheets.addSigned(
      "judged-differences",
      Float32Array.from(reconstructions, (value, i) => Math.min(1, Math.max(0, value)) - (originals[i] as number)),
      set.shape,
      options,
    ),
    nearest: await sheets.add(
      "judged-nearest",
      pixelsOf(
        neighbours.set,
        nearest.map(({ image }) => image),
      ),
      set.shape,
      options,
    ),
  };
  const codeSize = sizeOf(model.codeShape);
  const label = (of: { readonly labels?: ArrayLike<number> }, image: number): string | undefined => {
    const number = of.labels?.[image];
    return number === undefined ? undefined : className(source, number);
  };
  const placeOf = new Map(wanted.map((image, place) => [image, place]));
  const judgedImage = (image: number): JudgedImage => {
    const place = placeOf.get(image) ?? 0;
    const { image: near, mse: nearestMse } = nearest[place] ?? { image: 0, mse: Number.NaN };
    const [own, its] = [label(set, image), label(neighbours.set, near)];
    return {
      image: chosen.places[image] as number,
      ...(own === undefined ? {} : { class: own }),
      mse: rounded(mse[image] as number, 4),
      original: tiles.original(place),
      ...(tiles.input === undefined ? {} : { input: tiles.input(place) }),
      reconstruction: tiles.reconstruction(place),
      difference: tiles.difference(place),
      nearest: tiles.nearest(place),
      nearestImage: neighbours.places[near] as number,
      nearestMse: rounded(nearestMse, 4),
      ...(its === undefined ? {} : { nearestClass: its }),
      code: Array.from(codes.subarray(place * codeSize, place * codeSize + Math.min(codeSize, shownCode)), (value) =>
        rounded(value, 3),
      ),
    };
  };
  return {
    on: chosen.what,
    neighbours: neighbours.what,
    worst: rows.worst.map(judgedImage),
    median: rows.median.map(judgedImage),
    best: rows.best.map(judgedImage),
    classes: classRows.map(({ label: number, images: [worst, median, best] }) => ({
      name: className(source, number),
      worst: judgedImage(worst),
      median: judgedImage(median),
      best: judgedImage(best),
    })),
    codeSize,
    codeScale: rounded(spreadOf(codes), 3),
  };
}

/** Of each class its worst, its median and its best picture. @param order the worst first */
function byClass(order: readonly number[], labels: ArrayLike<number> | undefined) {
  if (labels === undefined) return [];
  const members = new Map<number, number[]>();
  for (const image of order) {
    const label = labels[image] as number;
    const known = members.get(label);
    if (known === undefined) members.set(label, [image]);
    else known.push(image);
  }
  if (members.size < 2) return [];
  return [...members.entries()]
    .sort(([a], [b]) => a - b)
    .map(([label, images]) => ({
      label,
      images: [images[0], images[Math.floor(images.length / 2)], images.at(-1)] as [number, number, number],
    }));
}

/** The largest number of codes, so that all are drawn on one scale. */
function spreadOf(codes: Float32Array): number {
  let most = 0;
  for (const value of codes) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most || 1;
}

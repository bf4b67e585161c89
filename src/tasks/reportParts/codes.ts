// The space of codes: map, units, walks, samples, and what the codes know of the classes.
import { UserError } from "../../base/errors.js";
import { withThousands } from "../../base/text.js";
import { standardise } from "../../evaluation/codes.js";
import { classificationFigures, largestOfRows } from "../../evaluation/confusion.js";
import { encodeImages } from "../../evaluation/encodeImages.js";
import { neighbourVotes } from "../../evaluation/neighbours.js";
import { className } from "../../evaluation/worstImages.js";
import type { Decoding, RunModel } from "../../inference/index.js";
import { codePath, fitGaussian, gaussianCodes, principalMap, standardNormalCodes } from "../../latent/index.js";
import { packCodes, packFloats } from "../../report/page/map/packedCodes.js";
import type { UnitFacts } from "../../report/page/map/units.js";
import type { CodeMap, Confusion, Samples, Tile, UnitCard, Units, Walks } from "../../report/reportData.js";
import { sizeOf } from "../../tensor/index.js";
import {
  closeSide,
  codesCount,
  largestGaussian,
  mostCards,
  packedBytes,
  smallSide,
  trainingCodesCount,
} from "./bounds.js";
import { type ChosenImages, chosenImages, pixelsOf } from "./chosen.js";
import { arithmeticOfModel } from "./network.js";
import { type OpenedRun, once } from "./opened.js";
import type { Sheets } from "./sheets.js";
import { rounded } from "./words.js";

/** Codes of pictures, and those pictures on a sheet. */
export interface CodesOfImages {
  readonly chosen: ChosenImages;
  /** [picture, unit] */
  readonly codes: Float32Array;
  readonly codeSize: number;
}

export interface Codes {
  /** Of test pictures; their sheet is `map`. */
  test(): Promise<CodesOfImages & { readonly tile: (index: number) => Tile }>;
  training(): Promise<CodesOfImages>;
  statistics(): Promise<UnitStatistics>;
}

export function openCodes(opened: OpenedRun, sheets: Sheets): Codes {
  const { watch } = opened;
  const test = once(async () => {
    const model = await opened.model();
    const { splits } = await opened.source();
    const chosen = chosenImages(
      splits.test,
      codesCount(arithmeticOfModel(await opened.resolved()), splits.test.count),
      "test",
    );
    const codes = await encodeImages(model, chosen.set, watch);
    const pixels = pixelsOf(
      chosen.set,
      Array.from({ length: chosen.set.count }, (_, i) => i),
    );
    const tile = await sheets.add("map", pixels, chosen.set.shape, { columns: 32, longestSide: smallSide });
    return { chosen, codes, codeSize: sizeOf(model.codeShape), tile };
  });
  const training = once(async () => {
    const model = await opened.model();
    const { splits } = await opened.source();
    const count = trainingCodesCount(arithmeticOfModel(await opened.resolved()), splits.train.count);
    const chosen = chosenImages(splits.train, count, "training");
    return { chosen, codes: await encodeImages(model, chosen.set, watch), codeSize: sizeOf(model.codeShape) };
  });
  const statistics = once(async () => statisticsOf(opened, await test()));
  return { test, training, statistics };
}

/** Each unit over the test codes. */
export interface UnitStatistics {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  /** Nats an image; of a variational model. */
  readonly kl?: Float64Array;
  /** Those that do most first. */
  readonly order: readonly number[];
}

async function statisticsOf(opened: OpenedRun, { codes, codeSize, chosen }: CodesOfImages): Promise<UnitStatistics> {
  const count = codes.length / codeSize;
  const mean = new Float64Array(codeSize);
  const deviation = new Float64Array(codeSize);
  for (let i = 0; i < codes.length; i++)
    mean[i % codeSize] = (mean[i % codeSize] as number) + (codes[i] as number) / count;
  for (let i = 0; i < codes.length; i++) {
    const distance = (codes[i] as number) - (mean[i % codeSize] as number);
    deviation[i % codeSize] = (deviation[i % codeSize] as number) + (distance * distance) / count;
  }
  for (let unit = 0; unit < codeSize; unit++) deviation[unit] = Math.sqrt(deviation[unit] as number);
  const model = await opened.model();
  const kl = model.posterior === undefined ? undefined : await divergences(model, chosen, codeSize);
  const weight = kl ?? deviation;
  const order = Array.from({ length: codeSize }, (_, unit) => unit).sort(
    (a, b) => (weight[b] as number) - (weight[a] as number) || a - b,
  );
  return { mean, deviation, ...(kl === undefined ? {} : { kl }), order };
}

/** ½ (mean² + variance − 1 − ln variance) of each unit, averaged over the pictures. */
async function divergences(model: RunModel, { set }: ChosenImages, codeSize: number): Promise<Float64Array> {
  const sums = new Float64Array(codeSize);
  const chunk = 250;
  for (let first = 0; first < set.count; first += chunk) {
    const images = Array.from({ length: Math.min(chunk, set.count - first) }, (_, i) => first + i);
    const posterior = await model.posterior?.(pixelsOf(set, images));
    if (posterior === undefined) break;
    const { mean, logVariance } = posterior;
    for (let i = 0; i < mean.length; i++) {
      const [centre, spread] = [mean[i] as number, logVariance[i] as number];
      sums[i % codeSize] =
        (sums[i % codeSize] as number) + (centre * centre + Math.exp(spread) - 1 - spread) / 2 / set.count;
    }
  }
  return sums;
}

/** Units in order, as sliders and planes take them. */
export function unitFactsOf(statistics: UnitStatistics, most: number): readonly UnitFacts[] {
  const { mean, deviation, kl, order } = statistics;
  return order.slice(0, most).map((unit) => ({
    unit,
    mean: rounded(mean[unit] as number),
    deviation: rounded(deviation[unit] as number),
    ...(kl === undefined ? {} : { kl: rounded(kl[unit] as number, 4) }),
    isDead: isDead(statistics, unit),
  }));
}

/** Below this part of the largest a unit says nothing. */
const deadPart = 1e-3;
/** Nats an image below which a unit of a variational model says nothing (as Burda et al. 2016 count active units by 0.01). */
const deadNats = 0.01;

function isDead(statistics: UnitStatistics, unit: number): boolean {
  const { kl, deviation } = statistics;
  if (kl !== undefined) return (kl[unit] as number) < deadNats;
  return (deviation[unit] as number) <= deadPart * Math.max(...deviation);
}

export async function mapOf(
  opened: OpenedRun,
  codes: Codes,
  errorOf?: (image: number) => number | undefined,
): Promise<CodeMap> {
  const { codes: values, codeSize, chosen } = await codes.test();
  if (chosen.set.count < 3) throw new UserError("a map needs three test pictures at least");
  const { points, shares, mean, directions } = await principalMap(values, codeSize, opened.watch.signal);
  const source = await opened.source();
  const { labels } = chosen.set;
  const known = labels === undefined ? [] : [...new Set(labels)].sort((a, b) => a - b);
  const errors = Array.from({ length: chosen.set.count }, (_, i) => errorOf?.(chosen.places[i] as number));
  const percent = (axis: 0 | 1): string => `${(100 * shares[axis]).toFixed(1)}% of the variance`;
  return {
    title: `codes of ${chosen.what}`,
    axes: [`first component, ${percent(0)}`, `second component, ${percent(1)}`],
    points: Array.from({ length: chosen.set.count }, (_, i) => [
      rounded(points[2 * i] as number, 4),
      rounded(points[2 * i + 1] as number, 4),
    ]),
    ...(labels === undefined ? {} : { labels: Array.from(labels, (label) => known.indexOf(label)) }),
    classes: known.map((label) => className(source, label)),
    ...(errors.every((error) => error !== undefined)
      ? { errors: errors.map((error) => rounded(error as number, 3)) }
      : {}),
    images: Array.from(chosen.places),
    sheet: "map",
    plane: packFloats([...mean, ...directions]),
    ...(2 * values.length <= packedBytes ? { codes: packCodes(values, codeSize) } : {}),
    command: "isthmus map RUN --method pca",
  };
}

/** Steps of a traversal, in standard deviations from the mean code. */
const traversalSteps = [-3, -2, -1, 0, 1, 2, 3] as const;
const histogramBins = 24;
const movingPictures = 5;

export async function unitsOf(opened: OpenedRun, codes: Codes, sheets: Sheets): Promise<Units> {
  const { codes: values, codeSize, chosen, tile } = await codes.test();
  const statistics = await codes.statistics();
  const { mean, deviation, kl, order } = statistics;
  const shown = order.slice(0, mostCards);
  const model = await opened.decoding().catch(() => undefined);
  const traversal = model === undefined ? undefined : await traversals(model, statistics, shown, sheets, opened);
  const { count } = chosen.set;
  const cards = shown.map((unit, place): UnitCard => {
    const of = Float32Array.from({ length: count }, (_, i) => values[i * codeSize + unit] as number);
    const byValue = Array.from(of.keys()).sort((a, b) => (of[a] as number) - (of[b] as number) || a - b);
    const ends = Math.min(movingPictures, Math.floor(count / 2));
    return {
      unit,
      mean: rounded(mean[unit] as number, 4),
      standardDeviation: rounded(deviation[unit] as number, 4),
      ...(kl === undefined ? {} : { kl: rounded(kl[unit] as number, 4) }),
      isDead: isDead(statistics, unit),
      histogram: histogramOf(of),
      lowest: byValue.slice(0, ends).map(tile),
      highest: byValue
        .slice(count - ends)
        .reverse()
        .map(tile),
      ...(traversal === undefined
        ? {}
        : { traversal: traversalSteps.map((_, step) => traversal(place * traversalSteps.length + step)) }),
    };
  });
  return {
    on: `codes of ${chosen.what}`,
    units: codeSize,
    dead: order.filter((unit) => isDead(statistics, unit)).length,
    order:
      kl === undefined ? "by their standard deviation, the largest first" : "by their KL divergence, the largest first",
    cards,
    steps: traversalSteps,
  };
}

async function traversals(
  model: RunModel & Decoding,
  { mean, deviation }: UnitStatistics,
  units: readonly number[],
  sheets: Sheets,
  { watch }: OpenedRun,
): Promise<(index: number) => Tile> {
  const width = mean.length;
  const codes = new Float32Array(units.length * traversalSteps.length * width);
  let at = 0;
  for (const unit of units) {
    for (const step of traversalSteps) {
      codes.set(mean, at);
      codes[at + unit] = (mean[unit] as number) + step * (deviation[unit] as number);
      at += width;
    }
  }
  const pictures = await model.decode(codes, { signal: watch.signal });
  return await sheets.add("traversals", pictures, model.inputShape, {
    columns: traversalSteps.length,
    longestSide: smallSide,
  });
}

function histogramOf(values: Float32Array): UnitCard["histogram"] {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    from = Math.min(from, value);
    to = Math.max(to, value);
  }
  if (!(to > from)) [from, to] = [(Number.isFinite(from) ? from : 0) - 0.5, (Number.isFinite(from) ? from : 0) + 0.5];
  const counts = new Array<number>(histogramBins).fill(0);
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const bin = Math.min(histogramBins - 1, Math.floor(((value - from) / (to - from)) * histogramBins));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { from: rounded(from, 4), to: rounded(to, 4), counts };
}

const walkSteps = 9;

/** Ways between test pictures: of different classes where there are classes, each straight and spherical. */
export async function walksOf(opened: OpenedRun, sheets: Sheets): Promise<Walks> {
  const model = await opened.decoding();
  const source = await opened.source();
  const { test } = source.splits;
  if (test.count < 2) throw new UserError("a walk needs two test pictures");
  const pairs = pairsOf(test.labels, test.count);
  const images = pairs.flat();
  const { signal } = opened.watch;
  const pixels = pixelsOf(test, images);
  const codes = await model.encode(pixels, { signal });
  const codeSize = sizeOf(model.codeShape);
  const kinds = ["straight", "spherical"] as const;
  const paths = pairs.flatMap((_, pair) => {
    const stops = codes.subarray(2 * pair * codeSize, (2 * pair + 2) * codeSize);
    return kinds.map((kind) => codePath(stops, codeSize, walkSteps, kind));
  });
  const all = new Float32Array(paths.length * walkSteps * codeSize);
  for (const [i, path] of paths.entries()) all.set(path, i * walkSteps * codeSize);
  const tile = await sheets.add("walks", await model.decode(all, { signal }), model.inputShape, {
    columns: walkSteps,
    longestSide: closeSide,
  });
  const original = await sheets.add("walk-ends", pixels, test.shape, { longestSide: closeSide });
  const name = (image: number): string => {
    const label = test.labels?.[image];
    return label === undefined ? `test ${image}` : `test ${image} (${className(source, label)})`;
  };
  return {
    steps: walkSteps,
    walks: paths.map((_, i) => {
      const [from = 0, to = 0] = pairs[Math.floor(i / kinds.length)] ?? [];
      return {
        kind: kinds[i % kinds.length] as string,
        ...{ from: name(from), to: name(to) },
        tiles: Array.from({ length: walkSteps }, (_, step) => tile(i * walkSteps + step)),
      };
    }),
    ends: pairs.map((_, pair) => [original(2 * pair), original(2 * pair + 1)]),
    stops: pairs.map((_, pair) => packFloats(codes.subarray(2 * pair * codeSize, (2 * pair + 2) * codeSize))),
  };
}

/** Up to three pairs of the first pictures, each picture once. */
function pairsOf(labels: ArrayLike<number> | undefined, count: number): readonly (readonly [number, number])[] {
  const used = new Set<number>();
  const pairs: [number, number][] = [];
  const looked = Math.min(count, 500);
  for (let from = 0; from < looked && pairs.length < 3; from++) {
    if (used.has(from)) continue;
    for (let to = from + 1; to < looked; to++) {
      if (used.has(to) || (labels !== undefined && labels[to] === labels[from])) continue;
      pairs.push([from, to]);
      used.add(from).add(to);
      break;
    }
  }
  return pairs.length > 0 ? pairs : [[0, 1]];
}

const sampleCount = 48;

/** Pictures of codes drawn by lot: from the prior of a variational model, else from a normal distribution fitted to training codes. */
export async function samplesOf(opened: OpenedRun, codes: Codes, sheets: Sheets): Promise<Samples> {
  const model = await opened.decoding();
  const { signal } = opened.watch;
  const codeSize = sizeOf(model.codeShape);
  const seed = 0;
  const drawn = async (): Promise<Pick<Samples, "sampler" | "from"> & { readonly codes: Float32Array }> => {
    if (model.posterior !== undefined) {
      return {
        sampler: "prior",
        from: "the standard normal prior",
        codes: await standardNormalCodes(sampleCount, codeSize, seed, signal),
      };
    }
    if (codeSize > largestGaussian) {
      throw new UserError(
        `a normal distribution of ${withThousands(codeSize)} numbers takes longer than a report: isthmus sample RUN draws from one`,
      );
    }
    const { codes: fitted, chosen } = await codes.training();
    if (chosen.set.count < 2) throw new UserError("a distribution can't be fitted to a single training picture");
    const gaussian = await fitGaussian(fitted, codeSize, signal);
    return {
      sampler: "gaussian",
      from: `a normal distribution fitted to codes of ${chosen.what}`,
      codes: await gaussianCodes(gaussian, sampleCount, seed, signal),
    };
  };
  const { sampler, from, codes: made } = await drawn();
  const tile = await sheets.add("samples", await model.decode(made, { signal }), model.inputShape, {
    longestSide: closeSide,
  });
  return { sampler, from, seed, tiles: Array.from({ length: sampleCount }, (_, i) => tile(i)) };
}

const neighbours = 5;
const mostConfused = 40;

/** Which classes are taken for which: by a classifier's own answers, else by the nearest codes of training pictures. */
export async function confusionOf(opened: OpenedRun, codes: Codes): Promise<Confusion> {
  const source = await opened.source();
  const { train, test: tested } = source.splits;
  if (tested.labels === undefined || train.labels === undefined) throw new UserError("these pictures have no classes");
  const classCount = Math.max(largest(train.labels), largest(tested.labels)) + 1;
  if (classCount < 2) throw new UserError("all pictures are of one class");
  if (classCount > mostConfused) {
    throw new UserError(`${classCount} classes are more than a matrix shows: isthmus probe RUN has the figures`);
  }
  const model = await opened.model();
  const test = await codes.test();
  const labels = test.chosen.set.labels ?? [];
  const isClassifier = model.decode === undefined;
  const found = isClassifier
    ? largestOfRows(test.codes, test.codeSize)
    : await votes(model, await codes.training(), { ...test, labels }, opened);
  const { accuracy, standardError, confusion } = classificationFigures(found, labels, classCount);
  const cells = confusion.map((row) => row.map((): Tile | null => null));
  for (let i = 0; i < labels.length; i++) {
    const row = cells[labels[i] as number] as (Tile | null)[];
    row[found[i] as number] ??= test.tile(i);
  }
  const known = source.classes;
  return {
    title: isClassifier
      ? "what the classifier says"
      : `what the ${neighbours} nearest codes of training pictures say (standardised, of ${(await codes.training()).chosen.what})`,
    on: test.chosen.what,
    accuracy: rounded(accuracy),
    standardError: rounded(standardError, 3),
    classes: Array.from({ length: classCount }, (_, label) => known?.[label] ?? String(label)),
    counts: confusion,
    pictures: cells,
  };
}

async function votes(
  model: RunModel,
  training: CodesOfImages,
  test: CodesOfImages & { readonly labels: ArrayLike<number> },
  { watch: { signal } }: OpenedRun,
): Promise<Uint16Array> {
  const width = training.codeSize;
  const labelled = (of: CodesOfImages, labels: ArrayLike<number>) => ({
    ...{ codes: of.codes, labels, count: of.chosen.set.count, width },
  });
  const [fit, queries] = await standardise(
    labelled(training, training.chosen.set.labels ?? []),
    [labelled(test, test.labels)],
    signal,
  );
  if (fit === undefined || queries === undefined) return new Uint16Array(0);
  const counts = [Math.min(neighbours, fit.count)];
  const found = await neighbourVotes(model.engine, fit, queries, counts, { signal });
  return found.get(counts[0] as number) ?? new Uint16Array(0);
}

function largest(labels: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < labels.length; i++) most = Math.max(most, labels[i] as number);
  return most;
}

// Scores that say how far a picture lies from those that a model learned, and what reference pictures have of them.

import { UserError } from "../../base/errors.js";
import { type CodeGaussian, fitGaussian, mahalanobisDistances } from "../../base/gaussian.js";
import { concatenated } from "../../base/numbers.js";
import { isPauseDue, pause } from "../../base/turns.js";
import type { Engine } from "../../engines/engine.js";
import {
  type Abortable,
  type Decoding,
  errorMap,
  imageError,
  imageErrorNames,
  type TrainedModel,
} from "../../inference/index.js";
import { imageSizes } from "../../pixels/imageSizes.js";
import { sizeOf } from "../../tensor/index.js";
import { standardiseInPlace, type UnitMoments, unitMoments } from "../likeness.js";
import { nearestRows } from "../nearestRows.js";

export const scoreNames = ["combined", ...imageErrorNames, "mahalanobis", "neighbour", "kl"] as const;
export type ScoreName = (typeof scoreNames)[number];

/** What each score is, for people. The higher, the less a picture is like those that were learned. */
export const scoreTexts: Readonly<Record<ScoreName, string>> = {
  combined:
    "the error of the reconstruction (1 − structural similarity; below 11×11 pixels mse) and the squared Mahalanobis distance of the code, each over its mean among the reference pictures, added",
  mse: "mean squared error of the reconstruction",
  mae: "mean absolute error of the reconstruction",
  ssim: "1 − structural similarity of the reconstruction",
  local: "largest squared error of the reconstruction after a Gaussian blur",
  mahalanobis: "Mahalanobis distance of the code from the reference pictures' codes",
  neighbour: "distance of the standardised code to the nearest reference picture's",
  kl: "Kullback–Leibler divergence of the code's distribution from the prior, in nats",
};

/** Added to the codes' covariance, as a share of the mean variance: few pictures, or units that follow others, make it singular. */
const ridge = 1e-3;
/** Steps of the table of errors at single places, which are differences of values in [0, 1]. */
const errorSteps = 4096;

/** What is kept of reference pictures: with it, any picture's score has a quantile. */
export interface Reference {
  readonly by: ScoreName;
  /** From the smallest up. Of `neighbour` each picture's distance to the nearest other one. */
  readonly scores: Float64Array;
  /** What 99.9 % of the absolute errors at single places do not exceed: the top of a heat map's scale. */
  readonly errorTop: number;
  /** Of `mahalanobis` and `combined`. */
  readonly gaussian?: CodeGaussian;
  /** Of `combined`: the reference pictures' mean error and mean squared Mahalanobis distance. */
  readonly means?: { readonly error: number; readonly code: number };
  /** Of `neighbour`: mean and reciprocal deviation of each unit, and the standardised codes. */
  readonly neighbours?: UnitMoments & { readonly codes: Float32Array };
}

type Scoring = TrainedModel & Decoding;

/** Blocks of pictures, each [image, channel, height, width] in [0, 1]. */
export type Blocks = AsyncIterable<Float32Array> | Iterable<Float32Array>;

/**
 * Scores reference pictures, in inference mode, in one pass; memory holds their codes at most, and only for scores by code.
 * @param options.engine multiplies, for `neighbour`
 * @throws UserError where the model or the pictures do not have that score; AbortError
 */
export async function makeReference(options: {
  readonly model: Scoring;
  readonly by: ScoreName;
  readonly engine: Engine;
  readonly blocks: Blocks;
  readonly signal?: AbortSignal | undefined;
}): Promise<Reference> {
  const { model, by, engine, blocks, signal } = options;
  checkScore(model, by);
  const sizes = imageSizes(model.inputShape);
  const width = sizeOf(model.codeShape);
  const places = new Float64Array(errorSteps + 1);
  const scores: Float64Array[] = [];
  const codes: Float32Array[] = [];
  const isOfCode = by === "mahalanobis" || by === "neighbour" || by === "combined";
  const isOfPicture = by !== "mahalanobis" && by !== "neighbour";
  for await (const images of blocks) {
    const made = await model.reconstruct(images, { signal });
    await countErrors(places, made, images, sizes, signal);
    if (isOfCode) codes.push(await model.encode(images, { signal }));
    if (isOfPicture) scores.push(await pictureScores(model, by, images, made, signal));
  }
  const errorTop = topOf(places);
  if (!isOfCode) return finished({ by, errorTop, scores: concatenated(scores, Float64Array) });
  const all = concatenated(codes, Float32Array);
  if (all.length === 0) return { by, errorTop, scores: new Float64Array() };
  if (all.length < 2 * width) {
    throw new UserError(`a score by ${by} needs two reference pictures at least`, {
      at: "--by",
      hint: "Take --by mse, or more pictures.",
    });
  }
  if (by !== "neighbour") {
    const gaussian = await fitGaussian(all, width, signal, ridge);
    const distances = await mahalanobisDistances(gaussian, all, signal);
    if (by === "mahalanobis") return finished({ by, errorTop, gaussian, scores: distances });
    const errors = concatenated(scores, Float64Array);
    // A mean of 0 is that of pictures without an error, or of one code: any other then counts for what it is.
    const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length || 1;
    const means = { error: meanOf(errors), code: meanOf(distances.map((distance) => distance * distance)) };
    return finished({ by, errorTop, gaussian, means, scores: combined(errors, distances, means) });
  }
  const moments = unitMoments(all, width);
  standardiseInPlace(all, moments);
  const { distances } = await nearestRows(engine, all, all, width, { count: 1, areRows: true, signal });
  return finished({ by, errorTop, neighbours: { ...moments, codes: all }, scores: distances });
}

function finished(reference: Reference): Reference {
  if (!reference.scores.every(Number.isFinite)) throw notFinite("a reference picture");
  return { ...reference, scores: reference.scores.sort() };
}

function notFinite(what: string): UserError {
  return new UserError(`the model gives no finite score for ${what}`, {
    hint: "Its weights or the picture hold numbers that are not finite. Take another checkpoint.",
  });
}

/** What scores pictures as a reference was scored. */
export interface Scorer {
  /**
   * @param images [image, channel, height, width] in [0, 1]
   * @returns a score for each
   * @throws UserError for a score that is not finite; AbortError
   */
  score(images: Float32Array, how?: Abortable): Promise<Float64Array>;
}

export function openScorer(model: Scoring, reference: Reference, engine: Engine): Scorer {
  const { by, gaussian, means, neighbours } = reference;
  const width = sizeOf(model.codeShape);
  const find = async (images: Float32Array, signal: AbortSignal | undefined): Promise<Float64Array> => {
    const ofPictures = async () =>
      await pictureScores(model, by, images, await model.reconstruct(images, { signal }), signal);
    if (gaussian !== undefined) {
      const distances = await mahalanobisDistances(gaussian, await model.encode(images, { signal }), signal);
      return means === undefined ? distances : combined(await ofPictures(), distances, means);
    }
    if (neighbours === undefined) return await ofPictures();
    const codes = await model.encode(images, { signal });
    standardiseInPlace(codes, neighbours);
    return (await nearestRows(engine, codes, neighbours.codes, width, { count: 1, signal })).distances;
  };
  return {
    async score(images, { signal } = {}) {
      const scores = await find(images, signal);
      if (!scores.every(Number.isFinite)) throw notFinite("a picture");
      return scores;
    },
  };
}

function combined(
  errors: Float64Array,
  distances: Float64Array,
  means: { readonly error: number; readonly code: number },
) {
  return errors.map((error, i) => error / means.error + (distances[i] as number) ** 2 / means.code);
}

/** Scores that need no reference; of `combined` the picture's part. */
async function pictureScores(
  model: TrainedModel,
  by: ScoreName,
  images: Float32Array,
  made: Float32Array,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  if (by === "kl") return await divergences(model, images, signal);
  const size = sizeOf(model.inputShape);
  const sizes = imageSizes(model.inputShape);
  const error = imageError(
    imageErrorNames.find((name) => name === by) ?? (hasRoomForSsim(sizes) ? "ssim" : "mse"),
    sizes,
  );
  const scores = new Float64Array(images.length / size);
  for (let image = 0, at = 0; image < scores.length; image++, at += size) {
    if (isPauseDue()) await pause(signal);
    scores[image] = error(made.subarray(at, at + size), images.subarray(at, at + size));
  }
  return scores;
}

/** ½·Σ(μ² + σ² − ln σ² − 1) over the units of a code. @throws UserError for a model whose codes have no distribution */
export async function divergences(
  model: TrainedModel,
  images: Float32Array,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  if (model.posterior === undefined) throw noDistribution();
  const { mean, logVariance } = await model.posterior(images, { signal });
  const width = sizeOf(model.codeShape);
  return Float64Array.from({ length: mean.length / width }, (_, image) => {
    let sum = 0;
    for (let at = image * width; at < (image + 1) * width; at++) {
      const [mu, log] = [mean[at] as number, logVariance[at] as number];
      sum += (mu * mu + Math.exp(log) - log - 1) / 2;
    }
    return sum;
  });
}

function noDistribution(): UserError {
  return new UserError("kl is a score of variational models: this one's codes have no distribution", {
    at: "--by",
    hint: `Take another: ${scoreNames.filter((name) => name !== "kl").join(", ")}.`,
  });
}

/** @throws UserError where a model or its pictures do not have that score */
export function checkScore(model: TrainedModel, by: ScoreName): void {
  if (by === "kl" && model.posterior === undefined) throw noDistribution();
  const { height, width } = imageSizes(model.inputShape);
  if (by === "ssim" && !hasRoomForSsim({ height, width })) {
    throw new UserError(`ssim needs pictures of at least 11×11 pixels, the model takes ${height}×${width}`, {
      at: "--by",
      hint: "Take --by mse.",
    });
  }
}

/** Its window is as large. */
function hasRoomForSsim({ height, width }: { readonly height: number; readonly width: number }): boolean {
  return height >= 11 && width >= 11;
}

async function countErrors(
  counts: Float64Array,
  made: Float32Array,
  images: Float32Array,
  sizes: ReturnType<typeof imageSizes>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const size = sizes.channels * sizes.height * sizes.width;
  for (let at = 0; at < images.length; at += size) {
    if (isPauseDue()) await pause(signal);
    for (const error of errorMap(made.subarray(at, at + size), images.subarray(at, at + size), sizes)) {
      const step = Math.min(errorSteps, Math.ceil(error * errorSteps));
      counts[step] = (counts[step] ?? 0) + 1;
    }
  }
}

function topOf(counts: Float64Array): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [step, count] of counts.entries()) {
    seen += count;
    if (seen >= 0.999 * all) return Math.max(1, step) / errorSteps;
  }
  return 1;
}

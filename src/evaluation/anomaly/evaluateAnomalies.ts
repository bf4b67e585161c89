// How well a model's scores tell anomalous pictures from normal ones, beside what needs no training: principal components and the
// nearest training picture.
import { countText, withThousands } from "../../base/text.js";
import { pause } from "../../base/turns.js";
import type { ImageSet } from "../../data/define.js";
import { readPixels } from "../../data/imageStore.js";
import { type Pca, pcaReconstructor } from "../../data/principalComponents/pca.js";
import type { Engine } from "../../engines/engine.js";
import { type Decoding, meanSquaredError, type TrainedModel } from "../../inference/index.js";
import { unitFromPixels } from "../../pixels/index.js";
import { sizeOf } from "../../tensor/index.js";
import { nearestImages } from "../nearestImages.js";
import type { Watch } from "../watch.js";
import { scoreAt } from "./quantiles.js";
import {
  areaUnderRoc,
  averagePrecision,
  bestThresholds,
  figuresAt,
  type KnownScores,
  type RocPoint,
  rocCurve,
  type ThresholdFigures,
} from "./roc.js";
import { openScorer, type Reference } from "./scorer.js";

export interface AnomalyRow {
  /** A score's name, `pca` or `nearestImage`. */
  readonly what: string;
  /** For people. */
  readonly title: string;
  /** Area under the ROC curve: the chance that an anomalous picture has a higher score than a normal one. 0.5 is a coin's. */
  readonly area: number;
  /** Of 95 %, by DeLong. */
  readonly interval: readonly [number, number];
  /** Drawing by lot gets the share of anomalous pictures. */
  readonly averagePrecision: number;
  /** Of the model: what `isthmus score` says at its usual threshold, the quantile 0.99 of the training pictures. */
  readonly usual?: ThresholdFigures;
  /** The best thresholds on these very pictures, which flatter. */
  readonly best: { readonly youden: ThresholdFigures; readonly f1: ThresholdFigures };
}

export interface AnomalyFigures {
  readonly normal: number;
  readonly anomalous: number;
  readonly rows: readonly AnomalyRow[];
}

/** The threshold that `isthmus score` takes where none is asked for: a quantile of the training pictures. */
export const usualQuantile = 0.99;

const chunk = 500;

/**
 * @param options.isNormal for each image of the set
 * @param options.references of the model's scores, each a row
 * @param options.baselines the training pictures, and principal components of them
 * @returns the figures, and the curves by row
 * @throws AbortError
 */
export async function evaluateAnomalies(options: {
  readonly model: TrainedModel & Decoding;
  readonly engine: Engine;
  readonly set: ImageSet;
  readonly isNormal: readonly boolean[];
  readonly references: readonly Reference[];
  readonly baselines: { readonly train: ImageSet; readonly pca: Pca | undefined } | undefined;
  readonly watch: Watch;
}): Promise<{ readonly figures: AnomalyFigures; readonly curves: readonly (readonly RocPoint[])[] }> {
  const { model, engine, set, isNormal, references, baselines, watch } = options;
  const { signal } = watch;
  const rows: AnomalyRow[] = [];
  const curves: (readonly RocPoint[])[] = [];
  const add = (what: string, title: string, scores: Float64Array, reference?: Reference): void => {
    const known: KnownScores = {
      normal: scores.filter((_, image) => isNormal[image] === true),
      anomalous: scores.filter((_, image) => isNormal[image] === false),
    };
    // `score` calls anomalous what lies above the quantile's score, so the next score there is is the threshold.
    const limit = reference === undefined ? Number.NaN : scoreAt(reference.scores, usualQuantile);
    const above = scores.reduce(
      (least, score) => (score > limit && score < least ? score : least),
      Number.POSITIVE_INFINITY,
    );
    rows.push({
      what,
      title,
      ...areaUnderRoc(known),
      averagePrecision: averagePrecision(known),
      ...(reference === undefined ? {} : { usual: { ...figuresAt(known, above), threshold: limit } }),
      best: bestThresholds(known),
    });
    curves.push(rocCurve(known));
  };
  for (const reference of references) {
    const scorer = openScorer(model, reference, engine);
    const scored = await eachImage(
      set,
      watch,
      `scoring ${withThousands(set.count)} images by ${reference.by}`,
      (images) => scorer.score(images, { signal }),
    );
    add(reference.by, `the model, ${reference.by}`, scored, reference);
  }
  if (baselines !== undefined) {
    const { train, pca } = baselines;
    const size = sizeOf(set.shape);
    if (pca !== undefined) {
      const linear = await pcaReconstructor(engine, pca);
      try {
        const scored = await eachImage(set, watch, "scoring by principal components", async (images) => {
          const made = await linear.reconstruct(images);
          return Float64Array.from({ length: images.length / size }, (_, i) =>
            meanSquaredError(made.subarray(i * size, (i + 1) * size), images.subarray(i * size, (i + 1) * size)),
          );
        });
        add("pca", `PCA, ${countText(pca.count, "component")}, mse`, scored);
      } finally {
        linear.dispose();
      }
    }
    const scored = await eachImage(set, watch, "looking for the nearest training images", async (images) =>
      Float64Array.from(await nearestImages(engine, images, train, { signal }), ({ mse }) => mse),
    );
    add("nearestImage", "nearest training picture, mse of pixels", scored);
  }
  const normal = isNormal.filter((is) => is).length;
  return { figures: { normal, anomalous: isNormal.length - normal, rows }, curves };
}

async function eachImage(
  set: ImageSet,
  { report, signal }: Watch,
  what: string,
  score: (images: Float32Array) => Promise<Float64Array>,
): Promise<Float64Array> {
  const scores = new Float64Array(set.count);
  for (let first = 0; first < set.count; first += chunk) {
    await pause(signal);
    report({ done: first, of: set.count, what });
    const count = Math.min(chunk, set.count - first);
    scores.set(await score(unitFromPixels(readPixels(set, first, count))), first);
  }
  return scores;
}

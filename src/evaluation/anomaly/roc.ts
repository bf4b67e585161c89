// How well scores tell anomalous pictures from normal ones: the ROC curve, the area under it with its interval, the average
// precision, and what thresholds do. Ties are exact: equal scores are one threshold.

/** Scores of pictures that are known: what is anomalous should have the higher ones. */
export interface KnownScores {
  readonly normal: Float64Array;
  readonly anomalous: Float64Array;
}

/** What pictures with a score of at least `threshold` are worth when they count as anomalous. */
export interface RocPoint {
  /** Infinity at the curve's beginning, where nothing counts as anomalous. */
  readonly threshold: number;
  /** Shares of the anomalous and of the normal pictures that are taken for anomalous. */
  readonly truePositiveRate: number;
  readonly falsePositiveRate: number;
}

export interface ThresholdFigures extends RocPoint {
  /** Share of what is taken for anomalous that is so; NaN where nothing is. */
  readonly precision: number;
  readonly f1: number;
}

/** From (0, 0) to (1, 1), a point for each different score. */
export function rocCurve({ normal, anomalous }: KnownScores): readonly RocPoint[] {
  const up = Float64Array.from(normal).sort();
  const down = Float64Array.from(anomalous).sort();
  const points: RocPoint[] = [{ threshold: Number.POSITIVE_INFINITY, truePositiveRate: 0, falsePositiveRate: 0 }];
  let [i, j] = [up.length, down.length];
  while (i > 0 || j > 0) {
    const threshold = Math.max(up[i - 1] ?? Number.NEGATIVE_INFINITY, down[j - 1] ?? Number.NEGATIVE_INFINITY);
    while (i > 0 && up[i - 1] === threshold) i--;
    while (j > 0 && down[j - 1] === threshold) j--;
    points.push({
      threshold,
      truePositiveRate: 1 - j / down.length,
      falsePositiveRate: 1 - i / up.length,
    });
  }
  return points;
}

/**
 * The points of a curve at which it turns: those between two others on a line are left out, so that a picture of it is small.
 */
export function cornersOf(points: readonly RocPoint[]): readonly RocPoint[] {
  return points.filter((point, i) => {
    const [before, after] = [points[i - 1], points[i + 1]];
    if (before === undefined || after === undefined) return true;
    const [x1, y1] = [
      point.falsePositiveRate - before.falsePositiveRate,
      point.truePositiveRate - before.truePositiveRate,
    ];
    const [x2, y2] = [
      after.falsePositiveRate - point.falsePositiveRate,
      after.truePositiveRate - point.truePositiveRate,
    ];
    return x1 * y2 !== x2 * y1;
  });
}

/**
 * The chance that an anomalous picture has a higher score than a normal one, ties counting half (Mann and Whitney), which is
 * the area under the ROC curve; and its 95 % interval by the variance of DeLong, DeLong and Clarke-Pearson (1988), held
 * within [0, 1]. An area of 1 or 0 has no variance by that, so its interval is a point: few pictures say less than it looks.
 */
export function areaUnderRoc({ normal, anomalous }: KnownScores): {
  readonly area: number;
  readonly interval: readonly [number, number];
} {
  const [m, n] = [anomalous.length, normal.length];
  const overNormal = sharesBelow(anomalous, normal);
  const overAnomalous = sharesBelow(normal, anomalous);
  const area = overNormal.reduce((sum, share) => sum + share, 0) / m;
  const variance = varianceOf(overNormal) / m + varianceOf(overAnomalous) / n;
  const half = 1.959963984540054 * Math.sqrt(variance);
  return { area, interval: [Math.max(0, area - half), Math.min(1, area + half)] };
}

/** For each value the share of the others that lie below it, equal ones counting half. */
function sharesBelow(values: Float64Array, others: Float64Array): Float64Array {
  const sorted = Float64Array.from(others).sort();
  const order = Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const shares = new Float64Array(values.length);
  let [below, notAbove] = [0, 0];
  for (const place of order) {
    const value = values[place] as number;
    while (below < sorted.length && (sorted[below] as number) < value) below++;
    while (notAbove < sorted.length && (sorted[notAbove] as number) <= value) notAbove++;
    shares[place] = (below + notAbove) / (2 * sorted.length);
  }
  return shares;
}

/** Divided by the number less one; 0 for a single value. */
function varianceOf(values: Float64Array): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/**
 * The precision at each threshold, weighted by the recall that it adds: scikit-learn's `average_precision_score`. What drawing by lot
 * gets is the share of anomalous pictures.
 */
export function averagePrecision(scores: KnownScores): number {
  let sum = 0;
  let recall = 0;
  for (const point of rocCurve(scores).slice(1)) {
    sum += (point.truePositiveRate - recall) * precisionOf(point, scores);
    recall = point.truePositiveRate;
  }
  return sum;
}

function precisionOf({ truePositiveRate, falsePositiveRate }: RocPoint, { normal, anomalous }: KnownScores): number {
  const found = truePositiveRate * anomalous.length;
  return found / (found + falsePositiveRate * normal.length);
}

/** What a threshold is worth: pictures with at least that score count as anomalous. */
export function figuresAt(scores: KnownScores, threshold: number): ThresholdFigures {
  const share = (values: Float64Array) =>
    values.reduce((count, value) => count + Number(value >= threshold), 0) / values.length;
  return withPrecision(
    { threshold, truePositiveRate: share(scores.anomalous), falsePositiveRate: share(scores.normal) },
    scores,
  );
}

function withPrecision(point: RocPoint, scores: KnownScores): ThresholdFigures {
  const precision = precisionOf(point, scores);
  const recall = point.truePositiveRate;
  return { ...point, precision, f1: recall === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/**
 * The best thresholds on these very pictures: with the largest difference of the two rates (Youden's J), and with the largest F1; of
 * equals the highest threshold.
 */
export function bestThresholds(scores: KnownScores): {
  readonly youden: ThresholdFigures;
  readonly f1: ThresholdFigures;
} {
  const points = rocCurve(scores)
    .slice(1)
    .map((point) => withPrecision(point, scores));
  const best = (of: (figures: ThresholdFigures) => number): ThresholdFigures =>
    points.reduce((leader, point) => (of(point) > of(leader) ? point : leader));
  return { youden: best((point) => point.truePositiveRate - point.falsePositiveRate), f1: best(({ f1 }) => f1) };
}

// What follows from a threshold of anomaly scores: counts, rates, and the curve of all thresholds. Pure.
import { areaUnderRoc, cornersOf, rocCurve } from "../../../evaluation/anomaly/roc.js";

export interface ThresholdCounts {
  /** Anomalous images at or above the threshold, and below it. */
  readonly found: number;
  readonly missed: number;
  /** Normal images at or above the threshold, and below it. */
  readonly falseAlarms: number;
  readonly passed: number;
  /** found ÷ anomalous, falseAlarms ÷ normal, found ÷ all at or above; NaN without such images. */
  readonly recall: number;
  readonly falseAlarmRate: number;
  readonly precision: number;
}

/** Images at or above the threshold count as anomalous. @param isAnomalous of each image, 0 or 1 */
export function countsAt(
  scores: ArrayLike<number>,
  isAnomalous: ArrayLike<number>,
  threshold: number,
): ThresholdCounts {
  let [found, missed, falseAlarms, passed] = [0, 0, 0, 0];
  for (let i = 0; i < scores.length; i++) {
    const isAbove = scores[i] >= threshold;
    if (isAnomalous[i] === 1) isAbove ? found++ : missed++;
    else isAbove ? falseAlarms++ : passed++;
  }
  return {
    ...{ found, missed, falseAlarms, passed },
    recall: found / (found + missed),
    falseAlarmRate: falseAlarms / (falseAlarms + passed),
    precision: found / (found + falseAlarms),
  };
}

export interface RocCurve {
  /** False alarm rate and recall as the threshold falls, from (0, 0) to (1, 1), corners alone. */
  readonly points: readonly (readonly [number, number])[];
  /** The area under it: how likely an anomalous image scores above a normal one, equal scores counting half. */
  readonly area: number;
}

/** @returns undefined where one of the two kinds is missing */
export function rocOf(scores: ArrayLike<number>, isAnomalous: ArrayLike<number>): RocCurve | undefined {
  const of = (kind: 0 | 1) =>
    Float64Array.from(Array.from(scores).filter((_, i) => (isAnomalous[i] === 1 ? 1 : 0) === kind));
  const known = { normal: of(0), anomalous: of(1) };
  if (known.normal.length === 0 || known.anomalous.length === 0) return undefined;
  const points = cornersOf(rocCurve(known)).map(
    ({ falsePositiveRate, truePositiveRate }) => [falsePositiveRate, truePositiveRate] as const,
  );
  return { points, area: areaUnderRoc(known).area };
}

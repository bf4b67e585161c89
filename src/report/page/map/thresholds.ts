// What follows from a threshold of anomaly scores: counts, rates, and the curve of all thresholds. Pure.

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
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[b] - scores[a]);
  let anomalous = 0;
  for (const i of order) anomalous += isAnomalous[i] === 1 ? 1 : 0;
  const normal = order.length - anomalous;
  if (anomalous === 0 || normal === 0) return undefined;
  const points: (readonly [number, number])[] = [[0, 0]];
  let [found, alarms, area] = [0, 0, 0];
  for (let at = 0; at < order.length; ) {
    const [foundBefore, alarmsBefore] = [found, alarms];
    const score = scores[order[at]];
    for (; at < order.length && scores[order[at]] === score; at++) {
      if (isAnomalous[order[at]] === 1) found++;
      else alarms++;
    }
    area += ((alarms - alarmsBefore) * (found + foundBefore)) / 2;
    const point = [alarms / normal, found / anomalous] as const;
    const [x, y] = points[points.length - 1];
    const [px, py] = points[points.length - 2] ?? [-1, -1];
    // A straight way on needs no corner.
    if ((x === point[0] && px === x) || (y === point[1] && py === y)) points.pop();
    points.push(point);
  }
  return { points, area: area / (normal * anomalous) };
}

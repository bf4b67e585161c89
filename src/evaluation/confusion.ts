// What a classifier's predictions are worth.

export interface ClassificationFigures {
  /** Share of predictions that are right. */
  readonly accuracy: number;
  /** √(p(1−p)/n), what the accuracy would vary by with other test images. */
  readonly standardError: number;
  readonly images: number;
  /** [true class][predicted class], counts. */
  readonly confusion: readonly (readonly number[])[];
  /** By true class; NaN for one without images. */
  readonly classAccuracy: readonly number[];
}

/** @param predictions,labels whole numbers from 0 below `classes` */
export function classificationFigures(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
): ClassificationFigures {
  const images = labels.length;
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let right = 0;
  for (let i = 0; i < images; i++) {
    const [of, found] = [labels[i] as number, predictions[i] as number];
    const row = confusion[of] as number[];
    row[found] = (row[found] as number) + 1;
    if (of === found) right++;
  }
  const accuracy = right / images;
  return {
    accuracy,
    standardError: Math.sqrt((accuracy * (1 - accuracy)) / images),
    images,
    confusion,
    classAccuracy: confusion.map((row, of) => (row[of] as number) / row.reduce((sum, count) => sum + count, 0)),
  };
}

/** Share of predictions that are right. */
export function accuracyOf(predictions: ArrayLike<number>, labels: ArrayLike<number>): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (predictions[i] === labels[i]) right++;
  return right / labels.length;
}

/** The place of each row's largest number; of equals the first. */
export function largestOfRows(values: ArrayLike<number>, width: number): Uint16Array {
  const places = new Uint16Array(values.length / width);
  for (let row = 0; row < places.length; row++) {
    let best = 0;
    for (let i = 1; i < width; i++) {
      if ((values[row * width + i] as number) > (values[row * width + best] as number)) best = i;
    }
    places[row] = best;
  }
  return places;
}

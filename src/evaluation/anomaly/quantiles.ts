// Where a score stands among the scores of pictures that are as they should be.

/**
 * The share of the sorted scores that lie below a score: 0 where none does, 1 where all do.
 * @param sorted from the smallest up, at least one
 */
export function quantileOf(sorted: Float64Array, score: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < score) low = middle + 1;
    else high = middle;
  }
  return low / sorted.length;
}

/**
 * The largest score that does not yet have the quantile: one above it has at least `quantile` of the sorted scores below it.
 * @param quantile in (0, 1]
 */
export function scoreAt(sorted: Float64Array, quantile: number): number {
  // Rounding: 0.07·100 is a little above 7.
  const below = Math.max(1, Math.ceil(quantile * sorted.length - 1e-9));
  return sorted[Math.min(sorted.length, below) - 1] as number;
}

// The nearest of many codes.
import { InternalError } from "../base/errors.js";
import { isPauseDue, pause } from "../base/turns.js";

export interface NearestCode {
  /** Its place among the codes. */
  readonly index: number;
  /** Euclidean. */
  readonly distance: number;
}

/**
 * For each query the nearest code; of equally near ones the first.
 * @param queries [query, unit]
 * @param codes [code, unit], at least one that is not left out
 * @param leaveOut places of codes that do not count
 * @throws AbortError
 */
export async function nearestCodes(
  queries: Float32Array,
  codes: Float32Array,
  codeSize: number,
  leaveOut: ReadonlySet<number> = new Set(),
  signal?: AbortSignal,
): Promise<NearestCode[]> {
  const count = codes.length / codeSize;
  const found: NearestCode[] = [];
  for (let query = 0; query * codeSize < queries.length; query++) {
    if (isPauseDue()) await pause(signal);
    let index = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let code = 0; code < count; code++) {
      if (leaveOut.has(code)) continue;
      const squares = squaredDistance(queries, query * codeSize, codes, code * codeSize, codeSize, least);
      if (squares < least) {
        index = code;
        least = squares;
      }
    }
    if (index === -1) throw new InternalError(`none of ${count} codes is at a finite distance`);
    found.push({ index, distance: Math.sqrt(least) });
  }
  return found;
}

/** Stops as soon as the sum is no less than `enough`. */
function squaredDistance(
  a: Float32Array,
  startA: number,
  b: Float32Array,
  startB: number,
  size: number,
  enough: number,
): number {
  let squares = 0;
  for (let i = 0; i < size && squares < enough; i++) {
    const difference = (a[startA + i] as number) - (b[startB + i] as number);
    squares += difference * difference;
  }
  return squares;
}

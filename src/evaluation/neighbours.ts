// The k nearest neighbours of codes, by products on an engine, and the vote of their classes.
import { isPauseDue, pause } from "../base/turns.js";
import { openProducts } from "../data/principalComponents/products.js";
import type { Engine } from "../engines/engine.js";
import type { LabelledCodes } from "./codes.js";

const queryChunk = 500;
const codeChunk = 2000;

/**
 * What the classes of the nearest codes say, for each k: the class with the most votes, of equals the smallest number, as
 * scikit-learn's `KNeighborsClassifier` (brute, uniform weights) decides. Distances are Euclidean.
 * @returns by k, the predictions in the queries' order
 * @throws AbortError
 */
export async function neighbourVotes(
  engine: Engine,
  train: LabelledCodes,
  queries: LabelledCodes,
  counts: readonly number[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ReadonlyMap<number, Uint16Array>> {
  const most = Math.min(Math.max(...counts), train.count);
  const { width } = train;
  const predictions = new Map(counts.map((k) => [k, new Uint16Array(queries.count)]));
  const squares = await squaredLengths(train.codes, width, signal);
  const classes = Array.from(train.labels).reduce((largest, label) => Math.max(largest, label), 0) + 1;
  const products = await openProducts(engine);
  try {
    for (let first = 0; first < queries.count; first += queryChunk) {
      const rows = Math.min(queryChunk, queries.count - first);
      const some = queries.codes.subarray(first * width, (first + rows) * width);
      const nearest = Array.from({ length: rows }, () => nearestList(most));
      for (let start = 0; start < train.count; start += codeChunk) {
        await pause(signal);
        const columns = Math.min(codeChunk, train.count - start);
        const inner = await products.multiply(some, train.codes.subarray(start * width, (start + columns) * width), {
          shapeA: [rows, width],
          shapeB: [columns, width],
          transposeB: true,
        });
        for (const [row, list] of nearest.entries()) {
          for (let column = 0, at = row * columns; column < columns; column++, at++) {
            list.offer((squares[start + column] as number) - 2 * (inner[at] as number), start + column);
          }
        }
      }
      for (const [row, { places }] of nearest.entries()) {
        for (const [k, found] of predictions)
          found[first + row] = vote(places, Math.min(k, most), train.labels, classes);
      }
    }
  } finally {
    products.dispose();
  }
  return predictions;
}

/** The `most` smallest values that were offered, sorted. */
function nearestList(most: number) {
  const values = new Float64Array(most).fill(Number.POSITIVE_INFINITY);
  const places = new Uint32Array(most);
  return {
    places,
    offer(value: number, place: number): void {
      if (!(value < (values[most - 1] as number))) return;
      let at = most - 1;
      for (; at > 0 && (values[at - 1] as number) > value; at--) {
        values[at] = values[at - 1] as number;
        places[at] = places[at - 1] as number;
      }
      values[at] = value;
      places[at] = place;
    },
  };
}

function vote(places: Uint32Array, k: number, labels: ArrayLike<number>, classes: number): number {
  const votes = new Uint32Array(classes);
  for (let i = 0; i < k; i++) {
    const label = labels[places[i] as number] as number;
    votes[label] = (votes[label] as number) + 1;
  }
  return votes.indexOf(Math.max(...votes));
}

async function squaredLengths(
  codes: Float32Array,
  width: number,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const lengths = new Float64Array(codes.length / width);
  for (let row = 0, at = 0; row < lengths.length; row++) {
    if (isPauseDue()) await pause(signal);
    let sum = 0;
    for (let unit = 0; unit < width; unit++, at++) sum += (codes[at] as number) ** 2;
    lengths[row] = sum;
  }
  return lengths;
}
